export { ChatConfig } from './model/index.js';
