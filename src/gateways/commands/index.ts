export { CommandsConfig } from './commands.config.js';
export { CommandsGatewayModule } from './commands.module.js';
