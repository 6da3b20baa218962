export { HermesGatewayModule } from './hermes.module.js';
