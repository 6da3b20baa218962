export { ChatModule } from './chat.module.js';
export { ChatService } from './chat.service.js';
export { ChatConfig } from './model/index.js';
