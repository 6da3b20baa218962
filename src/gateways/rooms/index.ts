export { RoomsConfig } from './rooms.config.js';
export { RoomsGatewayModule } from './rooms.module.js';
