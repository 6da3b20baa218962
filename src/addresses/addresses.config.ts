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
}
