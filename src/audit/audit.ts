import { ZonecutError } from '../error.ts';
import { Chance } from '../world/bulk-udp.ts';
import type { World } from '../world/world.ts';
import { type Batch, type LineProblem, nameLengthAt } from './batch.ts';
import { Engine, type EngineCounts, type EngineSettings, type Outcome } from './engine.ts';
import { auditLimits } from './limits.ts';
import { NamesSeen } from './names-seen.ts';
import { InOrder } from './order.ts';
import {
  findingLine,
  isCritical,
  noOutcomes,
  notANameLine,
  type OutcomeCounts,
  type Summary,
  summaryLine,
  unknownLine,
} from './summary.ts';
import { Tally } from './tally.ts';

/** Milliseconds between two looks at what there is to write and to tell. */
const watchMs = 200;
/** Characters that wait to be written before more names begin. */
const maxUnwritten = 256 * 1024;

/** Where an audit stands: all that is needed to go on from there. */
export interface AuditPoint {
  /** Names and told lines whose results are all written. */
  readonly items: number;
  /** What these items were, as a hash: the same input has the same one. */
  readonly digest: string;
  readonly counts: OutcomeCounts;
}

/** The beginning. */
export const auditStart: AuditPoint = { items: 0, digest: '', counts: noOutcomes };

/** Takes the output of an audit. */
export interface AuditSink {
  /** Writes lines; `point` is where the audit stands when they are written. Rejects when it cannot, and then all is over. */
  write(text: string, point: AuditPoint): Promise<void>;
}

/** How an audit stands, for people who wait. */
export interface AuditProgress {
  readonly summary: Summary;
  /** Names that ended in this process; some may wait for one before them, and are not in the summary yet. */
  readonly ended: number;
  /** Names with a finding and with a critical one so far, those that wait for a name before them included. */
  readonly faulty: number;
  readonly critical: number;
  /** Names that have begun and not ended. */
  readonly underWay: number;
  readonly engine: EngineCounts;
}

/** How an audit is made. */
export interface AuditOptions {
  readonly settings: EngineSettings;
  /** Where to go on; the beginning unless given. */
  readonly from?: AuditPoint;
  readonly onProgress?: (progress: AuditProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Looks at every delegation that `source` names, each once, and writes what is wrong to `sink`, in the order of the source.
 *
 * The same source gives the same findings in the same order, whatever ends first. Takes bounded memory however many names
 * come.
 * Rejects with the signal's reason, with what the source or the sink threw, with ZC_JOURNAL when the source is not what it was
 * at `from`, and with ZC_PORT.
 */
export async function audit(
  world: World,
  source: AsyncIterable<Batch>,
  sink: AuditSink,
  options: AuditOptions,
): Promise<Summary> {
  return await new Audit(world, sink, options).run(source);
}

/** A result that has something to tell. */
interface Told {
  readonly outcome: Outcome | null;
  readonly text: string;
}

class Audit {
  readonly #world: World;
  readonly #sink: AuditSink;
  readonly #options: AuditOptions;
  readonly #from: AuditPoint;
  readonly #engine: Engine;
  readonly #order: InOrder<Told>;
  readonly #seen: NamesSeen;
  readonly #tally: Tally;
  readonly #digests: Digests;
  #ready: string[] = [];
  #readyLength = 0;
  #items = 0;
  #ended = 0;
  #faulty: number;
  #critical: number;
  #duplicates = 0;
  #notNames = 0;
  #writing: Promise<void> | null = null;
  #failure: { readonly cause: unknown } | null = null;
  #wakeUp: (() => void) | null = null;

  constructor(world: World, sink: AuditSink, options: AuditOptions) {
    this.#world = world;
    this.#sink = sink;
    this.#options = options;
    this.#from = options.from ?? auditStart;
    const limits = { ...auditLimits, ...options.settings.limits };
    this.#engine = new Engine(world, options.settings, (seq, outcome) => this.#told(seq, outcome));
    this.#order = new InOrder(this.#from.items, limits.maxNamesAhead, told => this.#release(told));
    const { counts } = this.#from;
    this.#tally = new Tally(counts);
    this.#faulty = counts.faulty;
    this.#critical = counts.critical;
    this.#digests = new Digests(limits.maxNamesAhead);
    const chance = new Chance(world.random);
    const seed = (): number => (chance.next() << 16) | chance.next();
    this.#seen = new NamesSeen(limits.maxNamesRemembered, [seed(), seed()]);
  }

  async run(source: AsyncIterable<Batch>): Promise<Summary> {
    const over = new AbortController();
    await this.#engine.open();
    const watching = this.#watch(over.signal);
    try {
      for await (const batch of source) await this.#take(batch);
      if (this.#items < this.#from.items) throw otherInput(`only ${this.#items} names`);
      while (this.#order.finished < this.#items) await this.#wait();
      await this.#written();
      await this.#sink.write(summaryLine(this.#summary()), this.#point());
      this.#tell();
      return this.#summary();
    } finally {
      over.abort();
      await watching;
      await this.#engine.close();
    }
  }

  async #take(batch: Batch): Promise<void> {
    const { octets, problems } = batch;
    let problem = 0;
    let at = 0;
    for (let name = 0; name <= batch.size; name += 1) {
      for (let next = problems[problem]; next?.before === name; next = problems[problem]) {
        await this.#problem(next);
        problem += 1;
      }
      if (name === batch.size) break;
      const wire = octets.subarray(at, at + nameLengthAt(octets, at));
      at += wire.length;
      if (!this.#seen.isNew(wire, wire.length)) this.#duplicates += 1;
      else {
        const seq = this.#next(wire);
        if (seq === null) continue;
        if (!this.#hasRoom(seq)) await this.#room(seq);
        this.#engine.begin(seq, wire, wire.length);
      }
    }
    this.#check();
  }

  async #problem({ line, text, why }: LineProblem): Promise<void> {
    this.#notNames += 1;
    if (this.#notNames > auditLimits.maxLinesTold) return;
    const seq = this.#next(noOctets);
    if (seq === null) return;
    await this.#room(seq);
    this.#order.done(seq, { outcome: null, text: notANameLine(line, text, why) });
  }

  /** The number of an item that is to be done; null for one that was done before. */
  #next(octets: Uint8Array): number | null {
    const seq = this.#items;
    this.#items += 1;
    this.#digests.add(seq, octets);
    if (seq >= this.#from.items) return seq;
    if (this.#items === this.#from.items && this.#digests.at(this.#items) !== this.#from.digest) {
      throw otherInput(`the first ${this.#items} names are others`);
    }
    return null;
  }

  #hasRoom(seq: number): boolean {
    return (
      this.#engine.hasRoom &&
      this.#order.hasRoom(seq) &&
      this.#readyLength < maxUnwritten &&
      this.#failure === null &&
      this.#options.signal?.aborted !== true
    );
  }

  async #room(seq: number): Promise<void> {
    while (!this.#hasRoom(seq)) {
      if (this.#readyLength >= maxUnwritten) await this.#written();
      else if (this.#order.hasRoom(seq)) await this.#engine.room();
      else await this.#wait();
      this.#check();
    }
  }

  /** Throws what ends the audit before its time. */
  #check(): void {
    this.#options.signal?.throwIfAborted();
    if (this.#failure !== null) throw this.#failure.cause;
  }

  /** Resolves when a name has ended, and now and then. */
  async #wait(): Promise<void> {
    this.#check();
    await new Promise<void>(resolve => {
      this.#wakeUp = resolve;
    });
    this.#check();
  }

  #wake(): void {
    const wakeUp = this.#wakeUp;
    this.#wakeUp = null;
    wakeUp?.();
  }

  #told(seq: number, outcome: Outcome): void {
    this.#ended += 1;
    if (outcome.kind === 'faulty') this.#faulty += 1;
    if (isCritical(outcome)) this.#critical += 1;
    this.#order.done(seq, outcome.kind === 'healthy' ? null : { outcome, text: textOf(outcome) });
    this.#wake();
  }

  /** Takes a result whose turn it is. */
  #release(told: Told | null): void {
    if (told === null) this.#tally.healthy();
    else if (told.outcome !== null) this.#tally.add(told.outcome);
    if (told === null || told.text === '') return;
    this.#ready.push(told.text);
    this.#readyLength += told.text.length;
  }

  /** Writes and tells now and then, until it is over. */
  async #watch(over: AbortSignal): Promise<void> {
    let writtenItems = this.#from.items;
    while (!over.aborted) {
      await this.#world.clock.sleep(watchMs, over).catch(() => {});
      if (over.aborted) break;
      if (this.#order.finished !== writtenItems) {
        writtenItems = this.#order.finished;
        await this.#write();
      }
      this.#tell();
      this.#wake();
      this.#engine.nudge();
    }
    await this.#writing?.catch(() => {});
  }

  /** Writes what is ready, after what is being written. */
  async #written(): Promise<void> {
    await this.#write();
    this.#check();
  }

  async #write(): Promise<void> {
    await this.#writing;
    if (this.#failure !== null) return;
    const text = this.#ready.join('');
    this.#ready = [];
    this.#readyLength = 0;
    this.#writing = this.#sink.write(text, this.#point()).catch((cause: unknown) => {
      this.#failure = { cause };
    });
    await this.#writing;
  }

  #point(): AuditPoint {
    const items = this.#order.finished;
    return { items, digest: this.#digests.at(items), counts: this.#tally.counts() };
  }

  #summary(): Summary {
    const counts = this.#tally.counts();
    return {
      ...counts,
      servers: counts.servers.slice(0, auditLimits.maxServersShown),
      duplicates: this.#duplicates,
      notNames: this.#notNames,
      parents: this.#options.settings.parents,
    };
  }

  #tell(): void {
    this.#options.onProgress?.({
      summary: this.#summary(),
      ended: this.#ended,
      faulty: this.#faulty,
      critical: this.#critical,
      underWay: this.#engine.underWay,
      engine: this.#engine.counts,
    });
  }
}

const noOctets = new Uint8Array(0);

function textOf({ kind, findings, reason, name }: Outcome): string {
  return kind === 'unknown' ? unknownLine(name, reason ?? '') : findings.map(findingLine).join('');
}

function otherInput(what: string): ZonecutError {
  return new ZonecutError('ZC_JOURNAL', `the input is not what it was when the audit began: ${what}`, {
    hint: 'Give the same input, or begin anew without --resume.',
  });
}

/** A hash of all items up to each of the newest ones. */
class Digests {
  readonly #hashes: Int32Array;
  #low = 0x811c9dc5 | 0;
  #high = 0x2545f491 | 0;

  constructor(most: number) {
    this.#hashes = new Int32Array(2 * (most + 1));
  }

  /** Adds item `seq`, the next one. */
  add(seq: number, octets: Uint8Array): void {
    let low = Math.imul(this.#low ^ octets.length, 0x01000193);
    let high = Math.imul(this.#high ^ octets.length, 0x5bd1e995);
    for (let at = 0; at < octets.length; at += 1) {
      const octet = octets[at] ?? 0;
      low = Math.imul(low ^ octet, 0x01000193);
      high = Math.imul(high ^ octet, 0x5bd1e995);
      high ^= high >>> 13;
    }
    this.#low = low;
    this.#high = high;
    const slot = 2 * ((seq + 1) % (this.#hashes.length / 2));
    this.#hashes[slot] = low;
    this.#hashes[slot + 1] = high;
  }

  /** The hash of the first `items` items. */
  at(items: number): string {
    if (items === 0) return '';
    const slot = 2 * (items % (this.#hashes.length / 2));
    const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    return hex(this.#hashes[slot] ?? 0) + hex(this.#hashes[slot + 1] ?? 0);
  }
}
