export { TopicsConfig } from './topics.config.js';
export { TopicsGatewayModule } from './topics.module.js';
