const hidden = '<secret>';

/**
 * A value that must not be seen: printing, JSON, inspection and string conversion all give `<secret>`.
 *
 * Only `reveal` gives it away, at the one place that puts it on the wire.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    // What console.log and util.inspect of Node look for.
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), { value: () => hidden });
  }

  /** The value itself, for the wire only. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }
}
