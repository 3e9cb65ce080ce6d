/** A case that broke a promise, with what is needed to see it again. */
export interface Broken {
  /** The number of the case in its run, from 0. */
  readonly at: number;
  readonly why: string;
  /** The input: hexadecimal of octets, JSON of text. */
  readonly input: string;
}

/** Broken cases that a run keeps: one is enough to work on, and a hundred are the same mistake. */
const maxKept = 20;

/** What came of a run of one kind of cases. */
export class Tally {
  readonly kind: string;
  cases = 0;
  /** Cases that gave a value; the others gave the codec's own error. */
  values = 0;
  octets = 0;
  failed = 0;
  readonly broken: Broken[] = [];
  slowestMs = 0;
  slowestInput = '';
  /** Time of garbage collection and of other programs, which a second try of the same case did not take. */
  hiccups = 0;
  readonly #start = performance.now();

  constructor(kind: string) {
    this.kind = kind;
  }

  /** Counts a case that broke a promise. */
  fail(at: number, why: string, input: string): void {
    this.failed += 1;
    if (this.broken.length < maxKept) this.broken.push({ at, why, input });
  }

  /** Keeps the slowest case. */
  took(milliseconds: number, input: () => string): void {
    if (milliseconds <= this.slowestMs) return;
    this.slowestMs = milliseconds;
    this.slowestInput = input();
  }

  /** The figures in one line. */
  summary(): string {
    const seconds = (performance.now() - this.#start) / 1000;
    const rate = Math.round(this.cases / seconds);
    return (
      `${this.kind}: ${this.cases} cases, ${this.values} values, ${this.cases - this.values} refused, ` +
      `${this.failed} failed; ${(this.octets / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s, ${rate}/s; ` +
      `slowest ${this.slowestMs.toFixed(2)} ms; ${this.hiccups} hiccups`
    );
  }
}

/** Times that a slow case is tried again: the machine may be busy, and collecting garbage is no work of the codec. */
const tries = 12;

/** Milliseconds before the second try, doubled before each further one, so that what keeps the machine busy can end. */
const firstPauseMs = 1;

/**
 * The milliseconds that `run` takes: the first time when it is below `limitMs`, the fastest of several otherwise.
 *
 * `run` must not throw.
 */
export function measure(tally: Tally, limitMs: number, run: () => void): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (attempt > 0) pause(firstPauseMs * 2 ** (attempt - 1));
    const start = performance.now();
    run();
    fastest = Math.min(fastest, performance.now() - start);
    if (fastest <= limitMs) {
      if (attempt > 0) tally.hiccups += 1;
      return fastest;
    }
  }
  return fastest;
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
