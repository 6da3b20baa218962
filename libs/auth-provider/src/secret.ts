/** What Node asks for when it prints; by its name, so that the types of this package need none of Node. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

const MASK = '[secret]';

/** A value that cannot be printed by accident: only {@link reveal} gives it away. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [INSPECT](): string {
    return MASK;
  }
}
