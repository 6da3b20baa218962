export { AddressConnections, type Place } from './address-connections.js';
export { addressGroup, isLoopback, readAddress } from './address-text.js';
export { AddressesConfig } from './addresses.config.js';
export { AddressesModule } from './addresses.module.js';
export { clientAddress, type AddressedRequest } from './client-address.js';
export { excerpt, StrangerLog } from './stranger-log.js';
export { TrustedProxies } from './trusted-proxies.js';
