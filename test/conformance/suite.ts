import { messageOf } from '../../src/error.ts';

/** One vector that did not give what it should. */
export interface Failed {
  readonly id: string;
  readonly why: string;
}

/** What came of a run. */
export interface Outcome {
  readonly passed: number;
  readonly failed: readonly Failed[];
}

/** Runs vectors one after the other and keeps count. */
export class Suite {
  passed = 0;
  readonly failed: Failed[] = [];
  readonly #seen = new Map<string, number>();

  /** `run` gives null when the vector passes, why not otherwise; what it throws is a failure. */
  check(id: string, run: () => string | null): void {
    const count = (this.#seen.get(id) ?? 0) + 1;
    this.#seen.set(id, count);
    const unique = count === 1 ? id : `${id} #${count}`;
    let why: string | null;
    try {
      why = run();
    } catch (error) {
      why = `threw ${messageOf(error)}`;
    }
    if (why === null) this.passed += 1;
    else this.failed.push({ id: unique, why });
  }
}

/** An object of a parsed JSON file. */
export type Json = Readonly<Record<string, unknown>>;

/** The objects of a JSON array. Throws when the text is none. */
export function objectsOf(text: string): readonly Json[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new Error('the file holds no array');
  return value.filter((item): item is Json => typeof item === 'object' && item !== null);
}

/** The text of a field, '' when it is no text. */
export function textAt(object: Json, key: string): string {
  const value = object[key];
  return typeof value === 'string' ? value : '';
}

/** Octets of hexadecimal text. */
export function octetsOfHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/** Hexadecimal text of octets. */
export function hexOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}
