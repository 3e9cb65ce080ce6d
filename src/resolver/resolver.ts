import type { Name } from '../dns/name.ts';
import { maxTtl } from '../dns/rrset.ts';
import type { World } from '../world/world.ts';
import type { CacheEntry } from './cache.ts';
import type { KnownZone } from './delegations.ts';
import { addressesIn } from './frame.ts';
import type { RootHints } from './hints.ts';
import { SharedBudget } from './ledger.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { type Memory, makeMemory } from './memory.ts';
import { Questions, type Turn } from './questions.ts';
import type { Resolution, ZoneCut, ZoneFailure } from './resolution.ts';
import type { Wanted } from './scrub.ts';
import type { TrustAnchors } from './trust-anchors.ts';
import { Walker, type WalkOptions } from './walker.ts';
import { findZone } from './zone-cut.ts';

/** How a resolver works. */
export interface ResolverOptions {
  readonly hints: RootHints;
  /** The port of every authoritative server; 53 unless given. */
  readonly port?: number;
  readonly limits?: Partial<Limits>;
  /** What to remember with, when it is shared; a memory of its own unless given. */
  readonly memory?: Memory;
  /** False sends whole names to every server, as before RFC 9156. */
  readonly minimise?: boolean;
  /** What is validated from (RFC 4035); nothing is validated unless given. */
  readonly trustAnchors?: TrustAnchors;
  /** True mixes the letters of names in queries, for networks with forgers ("0x20"); see `AskOptions.mixCase`. */
  readonly mixCase?: boolean;
  /** True looks up the addresses of servers outside of their zone and takes glue for them as a last resort only. */
  readonly verifyGlue?: boolean;
  /**
   * True keeps the NS RRset that a server sends beside an answer, for clients that want to see it. It counts as long as the
   * answer does, and nothing is resolved by it.
   */
  readonly wholeAnswers?: boolean;
  /** True asks again for what is asked for in the last tenth of its TTL, so that clients never wait for it. */
  readonly prefetch?: boolean;
  /** Packets that all questions may spend together; each has `maxQueries` of its own as well. */
  readonly budget?: SharedBudget;
}

/** How one question is resolved. */
export interface ResolveOptions {
  /** False looks at nothing that is remembered, and leaves nothing behind: every fact is asked for now. */
  readonly cache?: boolean;
  /** False gives what is remembered or the failure `not-remembered`, and asks nobody. */
  readonly network?: boolean;
  /** False ends at an alias, with the alias as the answer. */
  readonly followAliases?: boolean;
  /** True gives what was found without validating it. */
  readonly checkingDisabled?: boolean;
  readonly signal?: AbortSignal;
}

/** What a resolver remembers, for people to look at. */
export interface ResolverDump {
  readonly answers: readonly CacheEntry[];
  readonly delegations: readonly KnownZone[];
}

/** Finds answers by asking authoritative servers from the root down, and none but those. */
export interface Resolver {
  /** Resolves `wanted`. Identical questions under way are one. Rejects only with `signal.reason`. */
  resolve(wanted: Wanted, options?: ResolveOptions): Promise<Resolution>;
  /** The IPv4 and then the IPv6 addresses of `name`; empty when it has none or they cannot be found. */
  addressesOf(name: Name, options?: ResolveOptions): Promise<readonly string[]>;
  /**
   * The deepest zone that holds `name` now, whether or not `name` exists in it, with its NS RRset and their addresses.
   *
   * What is remembered of answers is not looked at, of delegations only until their TTL is over, and nothing with
   * `cache: false`. A zone whose servers do not answer is a failure, not the zone above it.
   */
  zoneOf(name: Name, options?: ResolveOptions): Promise<ZoneCut | ZoneFailure>;
  /** Forgets everything, or what it knows of `name` and the names below it. */
  forget(name?: Name): void;
  dump(): ResolverDump;
}

/** A resolver that knows nothing yet but the root servers. */
export function createResolver(world: World, options: ResolverOptions): Resolver {
  return new IterativeResolver(world, options);
}

class IterativeResolver implements Resolver {
  readonly #world: World;
  readonly #hints: RootHints;
  readonly #limits: Limits;
  readonly #memory: Memory;
  readonly #prefetch: boolean;
  /** Until when something that could not be asked for anew is left alone, in milliseconds. */
  readonly #restUntilMs = new Map<string, number>();
  readonly #walker: Walker;
  readonly #questions: Questions<Resolution>;

  constructor(world: World, options: ResolverOptions) {
    this.#world = world;
    this.#hints = options.hints;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#memory = options.memory ?? makeMemory(options.hints, this.#limits);
    this.#prefetch = options.prefetch ?? false;
    this.#questions = new Questions(this.#limits, () => world.clock.elapsed());
    this.#walker = new Walker(world, {
      port: options.port ?? 53,
      limits: this.#limits,
      minimise: options.minimise ?? true,
      verifyGlue: options.verifyGlue ?? false,
      mixCase: options.mixCase ?? false,
      wholeAnswers: options.wholeAnswers ?? false,
      budget: options.budget ?? null,
      trustAnchors: options.trustAnchors ?? null,
    });
  }

  resolve(wanted: Wanted, options: ResolveOptions = {}): Promise<Resolution> {
    const { followAliases = true, checkingDisabled = false, signal } = options;
    if (options.cache === false) {
      return this.#walker.checkAnew(wanted, this.#freshMemory(), options);
    }
    if (signal?.aborted === true) {
      return Promise.reject(signal.reason);
    }
    if (options.network === false) {
      return Promise.resolve(this.#remembered(wanted, options));
    }
    const key = keyOf(wanted, followAliases, checkingDisabled);
    const joined = this.#questions.joined(key);
    if (joined === null && !this.#questions.makeRoom()) {
      return Promise.resolve(tooManyQuestions(this.#limits, wanted));
    }
    const resolution = joined ?? this.#begin(key, wanted, options);
    return signal === undefined ? resolution : unlessAborted(resolution, signal);
  }

  #remembered(wanted: Wanted, options: ResolveOptions): Resolution {
    const nowMs = this.#world.clock.elapsed();
    const ledger = this.#walker.newLedger();
    const step = this.#walker.machine(wanted, this.#memory, { ...options, ledger }).next(nowMs);
    if (step.kind === 'done') {
      return step.resolution;
    }
    const reason = `${wanted.name} ${wanted.type} is not remembered`;
    return ledger.close({ kind: 'failure', cause: 'not-remembered', reason, zone: step.zone });
  }

  async addressesOf(name: Name, options: ResolveOptions = {}): Promise<readonly string[]> {
    return await bothFamilies(type => this.resolve({ name, type }, options));
  }

  async zoneOf(name: Name, options: ResolveOptions = {}): Promise<ZoneCut | ZoneFailure> {
    const kept = options.cache === false ? this.#freshMemory() : this.#memory;
    const budget = new SharedBudget('maxQueries', this.#limits);
    const found = await findZone(name, {
      run: async wanted => {
        // Answers of its own, so that what is found is what the servers say now and not what they said.
        const memory = { ...kept, answers: this.#freshMemory().answers };
        const course = { followAliases: false, ledger: this.#walker.newLedger(budget) };
        const machine = this.#walker.machine(wanted, memory, course);
        const resolution = await this.#walker.run(machine, signalOf(options));
        return { resolution, zone: machine.zone() };
      },
      addressesOf: async server =>
        await bothFamilies(type =>
          this.#walker.walk({ name: server, type }, kept, budget, signalOf(options)),
        ),
      limits: this.#limits,
    });
    return { ...found, limits: budget.left === 0 ? [{ ...budget.fired, at: name }] : [] };
  }

  forget(name?: Name): void {
    this.#memory.answers.forget(name);
    this.#memory.delegations.forget(name);
    this.#walker.forget();
  }

  dump(): ResolverDump {
    const nowMs = this.#world.clock.elapsed();
    return { answers: this.#memory.answers.dump(nowMs), delegations: this.#memory.delegations.dump(nowMs) };
  }

  /** Starts a resolution that others may join; it ends by its own limits, whoever of them gives up. */
  #begin(key: string, wanted: Wanted, options: ResolveOptions): Promise<Resolution> {
    const check = (turn: Turn): Promise<Resolution> =>
      this.#walker.check(wanted, this.#memory, shared(options, turn));
    const work = async (turn: Turn): Promise<Resolution> => {
      const found = await check(turn);
      if (found.fromCache && found.isExpiring) {
        this.#refresh(`${key} again`, wanted, options);
      }
      return found;
    };
    const late = (): Resolution => tooManyQuestions(this.#limits, wanted);
    return this.#questions.begin(key, this.#prefetch ? work : check, late);
  }

  /** Asks for something anew while what is remembered of it is still good; not again right after that failed. */
  #refresh(key: string, wanted: Wanted, options: ResolveOptions): void {
    const { clock } = this.#world;
    const rests = (this.#restUntilMs.get(key) ?? 0) > clock.elapsed();
    if (rests || this.#questions.joined(key) !== null || !this.#questions.hasRoom) {
      return;
    }
    this.#restUntilMs.delete(key);
    const work = async (turn: Turn): Promise<Resolution> => {
      const again = { ...shared(options, turn), refresh: true };
      const found = await this.#walker.check(wanted, this.#memory, again);
      if (found.kind === 'failure' && this.#restUntilMs.size < this.#limits.maxQuestions) {
        this.#restUntilMs.set(key, clock.elapsed() + 1000 * this.#limits.firstFailureTtlSeconds);
      }
      return found;
    };
    void this.#questions.begin(key, work, () => tooManyQuestions(this.#limits, wanted));
  }

  /** A memory for facts as they are now, with their TTLs as they were said. */
  #freshMemory(): Memory {
    return makeMemory(this.#hints, { ...this.#limits, minTtlSeconds: 0, maxTtlSeconds: maxTtl });
  }
}

/** One text for each question that may be joined, the usual ones the shortest. */
function keyOf({ name, type }: Wanted, followAliases: boolean, checkingDisabled: boolean): string {
  const unusual = `${followAliases ? '' : ' alias'}${checkingDisabled ? ' unchecked' : ''}`;
  return unusual === '' ? `${name} ${type}` : `${name} ${type}${unusual}`;
}

/** What others who join the question may have a say in: all but the signal of the first. */
function shared(options: ResolveOptions, turn: Turn): WalkOptions {
  const { followAliases = true, checkingDisabled = false } = options;
  return { followAliases, checkingDisabled, joins: true, turn };
}

function signalOf({ signal }: ResolveOptions): WalkOptions {
  return signal === undefined ? {} : { signal };
}

function tooManyQuestions(limits: Limits, wanted: Wanted): Resolution {
  const limit = 'maxQuestions';
  const value = limits[limit];
  const reason = `${limit} (${value}) was reached at ${wanted.name}`;
  return {
    ...{ kind: 'failure', cause: 'limit', reason, zone: null, limit },
    hops: [],
    limits: [{ limit, value, at: wanted.name }],
    queries: 0,
    fromCache: false,
    isExpiring: false,
    security: null,
  };
}

/** The addresses in what `resolve` finds for A and AAAA. */
async function bothFamilies(
  resolve: (type: 'A' | 'AAAA') => Promise<Resolution>,
): Promise<readonly string[]> {
  return (await Promise.all([resolve('A'), resolve('AAAA')])).flatMap(addressesIn);
}

/** What `promise` gives, unless the signal is aborted before. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
