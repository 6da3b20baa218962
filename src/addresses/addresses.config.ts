import { IsInt, Min } from 'class-validator';
import { Setting, commaList } from '../config/index.js';
import { TrustedProxies } from './trusted-proxies.js';

/** Who the clients are, on every transport. */
export class AddressesConfig {
  @Setting(
    'HERMES_TRUSTED_PROXIES',
    'networks of the proxies in front, e.g. `10.0.0.0/8`, `loopback`, `private`: their X-Forwarded-For names the client',
    { parse: (text) => new TrustedProxies(commaList(text)) },
  )
  readonly trustedProxies: TrustedProxies = TrustedProxies.none;

  @Setting(
    'HERMES_MAX_CONNECTIONS_PER_ADDRESS',
    'connections of one address (an IPv4 address, or 64 bits of IPv6); further ones get HTTP 429; 0 for no bound',
  )
  @IsInt()
  @Min(0)
  readonly maxConnectionsPerAddress: number = 20_000;
}
