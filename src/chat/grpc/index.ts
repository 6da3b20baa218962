export { GrpcConfig } from './grpc.config.js';
