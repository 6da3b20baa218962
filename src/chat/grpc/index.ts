export { GrpcConfig } from './grpc.config.js';
export { ChatGrpcModule } from './grpc.module.js';
export { GrpcServer } from './grpc-server.js';
export { GrpcStats } from './grpc-stats.js';
export { startGrpc } from './start-grpc.js';
