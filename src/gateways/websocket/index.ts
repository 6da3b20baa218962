export { ClientGateway, type Gateway, type UpgradeRequest } from './client-gateway.js';
export { CommandBody, ConnectedSession } from './command.decorators.js';
export { CommandCall, type Command } from './command.js';
export type { DecodedFrame, Dialect } from './dialect.js';
export { PING_FRAME } from './ping-frame.js';
export { Refusal } from './refusal.js';
export { HermesWsAdapter } from './websocket.adapter.js';
export { WebSocketConfig } from './websocket.config.js';
export { WebSocketModule } from './websocket.module.js';
