export { PartnerModule as default } from './partner.module.js';
