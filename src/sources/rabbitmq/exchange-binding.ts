import { WILDCARD, isReservedChannel } from '@hermes/protocol';

/** One exchange this node listens to, and the part of its events it wants. */
export interface ExchangeBinding {
  readonly name: string;
  readonly type: string;
  readonly routingKey: string;
  /** Goes with the broker's restart, so it is always declared by whoever needs it. */
  readonly transient?: true;
}

/** What every broker knows; other types come with plugins and begin with `x-`. */
const BUILT_IN = new Set(['fanout', 'direct', 'topic', 'headers']);
const ANY_KEY = '#';
const MAX_BYTES = 255;

/** Carries what is published through Hermes itself; every node listens to it. */
export const BUS_EXCHANGE: ExchangeBinding = { name: 'hermes.events', type: 'fanout', routingKey: ANY_KEY };

/** Where the producers of high-templar send their triggers. */
export function roomsBinding(name: string): ExchangeBinding {
  return { name, type: 'direct', routingKey: '*', transient: true };
}

export function isBuiltIn({ type }: ExchangeBinding): boolean {
  return BUILT_IN.has(type);
}

/**
 * Reads `name[:type[:routingKey]]`, comma separated. The same exchange may be named again with another routing key.
 *
 * @throws {Error} with every fault, each naming its entry
 */
export function parseExchangeBindings(text: string): readonly ExchangeBinding[] {
  const entries = text.split(',').map((entry) => entry.trim());
  const bindings = entries.map(bindingOf);
  const faults = bindings.flatMap((binding, index) => {
    const fault = faultOf(binding) ?? conflictOf(binding, bindings.slice(0, index));
    return fault === undefined ? [] : [`entry ${JSON.stringify(entries[index])}: ${fault}`];
  });
  if (faults.length > 0) throw new Error(faults.join('; '));
  return bindings;
}

function bindingOf(entry: string): ExchangeBinding {
  const [name = '', type = '', ...key] = entry.split(':').map((part) => part.trim());
  return { name, type: type || 'fanout', routingKey: key.join(':') || ANY_KEY };
}

function faultOf(binding: ExchangeBinding): string | undefined {
  const { name, type, routingKey } = binding;
  if (name === '') return 'the name of the exchange is missing';
  if (name === WILDCARD) return `${WILDCARD} means every channel and cannot be an exchange`;
  if (name === BUS_EXCHANGE.name) return `${name} is Hermes's own and always listened to`;
  if (isReservedChannel(name))
    return `${name} is a channel of Hermes's own, so its events would be refused: bind another exchange to it`;
  if (Buffer.byteLength(name) > MAX_BYTES) return `the name is longer than ${MAX_BYTES} bytes`;
  if (Buffer.byteLength(routingKey) > MAX_BYTES) return `the routing key is longer than ${MAX_BYTES} bytes`;
  if (!isBuiltIn(binding) && !/^x-[\w-]+$/.test(type)) {
    return `the type must be fanout, direct, topic, headers or begin with x-, got ${JSON.stringify(type)}`;
  }
  if (type === 'direct' && routingKey === ANY_KEY)
    return `a direct exchange needs a routing key, as in ${name}:direct:key`;
  return undefined;
}

function conflictOf(binding: ExchangeBinding, earlier: readonly ExchangeBinding[]): string | undefined {
  const namesakes = earlier.filter(({ name }) => name === binding.name);
  const other = namesakes.find(({ type }) => type !== binding.type);
  if (other !== undefined) return `${binding.name} is ${other.type} in an earlier entry`;
  const isRepeated = namesakes.some(({ routingKey }) => routingKey === binding.routingKey);
  return isRepeated ? 'repeats an earlier entry' : undefined;
}
