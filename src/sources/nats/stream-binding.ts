import { overlap, subjectFault } from './subject.js';

/** One JetStream stream this node reads, and the part of its messages it wants. */
export interface StreamBinding {
  readonly stream: string;
  /** Undefined: all of them. */
  readonly filter: string | undefined;
}

/**
 * Reads `stream[:filterSubject]`, comma separated. The same stream may be named again with another filter.
 *
 * @throws {Error} with every fault, each naming its entry
 */
export function parseStreamBindings(text: string): readonly StreamBinding[] {
  const entries = text.split(',').map((entry) => entry.trim());
  const bindings = entries.map(bindingOf);
  const faults = bindings.flatMap((binding, index) => {
    const fault = faultOf(binding) ?? conflictOf(binding, bindings.slice(0, index));
    return fault === undefined ? [] : [`entry ${JSON.stringify(entries[index])}: ${fault}`];
  });
  if (faults.length > 0) throw new Error(faults.join('; '));
  return bindings;
}

/** As it is written in the setting, for the log and the operator. */
export function nameOf({ stream, filter }: StreamBinding): string {
  return filter === undefined ? stream : `${stream}:${filter}`;
}

function bindingOf(entry: string): StreamBinding {
  const [stream = '', ...filter] = entry.split(':').map((part) => part.trim());
  return { stream, filter: filter.join(':') || undefined };
}

function faultOf({ stream, filter }: StreamBinding): string | undefined {
  if (stream === '') return 'the name of the stream is missing';
  if (/[\s.*>/\\]/.test(stream)) return 'the name of a stream has no blanks, dots, wildcards or slashes';
  return filter === undefined ? undefined : subjectFault(filter);
}

function conflictOf(binding: StreamBinding, earlier: readonly StreamBinding[]): string | undefined {
  const other = earlier.find(
    ({ stream, filter }) => stream === binding.stream && overlap(filter ?? '>', binding.filter ?? '>'),
  );
  return other === undefined ? undefined : `takes in what ${nameOf(other)} does; those messages would come twice`;
}
