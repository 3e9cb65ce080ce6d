import type { Fault } from './authority.ts';

/** Sentences that are kept. */
const mostSentences = 100;

/** Judges the output of an audit of generated names, line by line, in the order of the names. */
export class Judge {
  readonly #faultOf: (at: number) => Fault;
  readonly #names: number;
  readonly #wrong: string[] = [];
  /** The name whose lines come now. */
  #at = 0;
  #ids = new Set<string>();
  #keys = new Set<string>();
  #isSummed = false;
  /** Findings so far. */
  findings = 0;

  constructor(faultOf: (at: number) => Fault, names: number) {
    this.#faultOf = faultOf;
    this.#names = names;
  }

  /** Takes the next line. */
  line(line: string): void {
    if (line === '') return;
    const { kind, name = '', id = '', subject, variant }: Readonly<Record<string, string>> = JSON.parse(line);
    if (this.#isSummed) this.#say(`after the summary: ${line}`);
    if (kind === 'summary') {
      this.#isSummed = true;
      return;
    }
    if (kind !== 'finding') {
      this.#say(line);
      return;
    }
    this.findings += 1;
    const at = Number(/-(\d+)\./.exec(name)?.[1]);
    if (at < this.#at) this.#say(`${name} comes after number ${this.#at}`);
    while (this.#at < at) this.#next();
    const key = `${id} ${subject} ${variant}`;
    if (this.#keys.has(key)) this.#say(`${name}: twice ${key}`);
    this.#keys.add(key);
    this.#ids.add(id);
  }

  /** What is wrong, in sentences: missed, invented, told twice, out of order, or not complete. */
  end(): readonly string[] {
    while (this.#at < this.#names) this.#next();
    if (!this.#isSummed) this.#say('no summary at the end');
    return this.#wrong;
  }

  #next(): void {
    const { kind, expected, also = [] } = this.#faultOf(this.#at);
    const found = [...this.#ids];
    for (const id of expected) {
      if (!this.#ids.has(id)) this.#say(`${kind}-${this.#at}: missed ${id}, found ${found.join(' ')}`);
    }
    for (const id of found) {
      if (!expected.includes(id) && !also.includes(id)) this.#say(`${kind}-${this.#at}: invented ${id}`);
    }
    this.#at += 1;
    this.#ids.clear();
    this.#keys.clear();
  }

  #say(sentence: string): void {
    if (this.#wrong.length < mostSentences) this.#wrong.push(sentence);
  }
}
