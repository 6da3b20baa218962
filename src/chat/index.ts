export { ChatConfig } from './chat.config.js';
export { GrpcConfig } from './grpc/index.js';
