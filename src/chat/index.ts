export { ChatModule } from './chat.module.js';
export { ChatService } from './chat.service.js';
export { ChatShutdown } from './chat-shutdown.js';
export { ChatStats } from './chat-stats.js';
export { ChatConfig, ChatStore } from './model/index.js';
