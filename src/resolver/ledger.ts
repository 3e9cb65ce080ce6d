import type { Name } from '../dns/name.ts';
import type { Verdict } from './classify.ts';
import type { Frame } from './frame.ts';
import type { LimitFired, LimitName, Limits } from './limits.ts';
import type { Hop, Outcome, Resolution, ResolutionFailure, Way } from './resolution.ts';
import type { Dropped, Wanted } from './scrub.ts';

/** Packets that several questions may spend together: those of one trace, or of one search for a zone. */
export class SharedBudget {
  /** The limit that is reached when nothing is left. */
  readonly fired: Omit<LimitFired, 'at'>;
  #left: number;

  constructor(limit: LimitName, limits: Limits) {
    this.fired = { limit, value: limits[limit] };
    this.#left = limits[limit];
  }

  /** Packets that are left; none below zero. */
  get left(): number {
    return Math.max(0, this.#left);
  }

  /** Takes `packets` that were sent. */
  spend(packets: number): void {
    this.#left -= packets;
  }
}

/**
 * The books of one question of a caller: every hop, every packet, every limit that fired.
 *
 * There is one for all the work below the question, and nothing resets it: an attack that makes a resolver restart, follow
 * and look up again and again ends when the budget does (CAMP, NRDelegation).
 */
export class Ledger {
  readonly #limits: Limits;
  readonly #startedMs: number;
  readonly #shared: SharedBudget | null;
  readonly #hops: Hop[] = [];
  readonly #fired: LimitFired[] = [];
  #queries = 0;
  #moves = 0;
  #isExpiring = false;

  constructor(limits: Limits, startedMs: number, shared: SharedBudget | null = null) {
    this.#limits = limits;
    this.#shared = shared;
    this.#startedMs = startedMs;
  }

  /** Packets that may still be sent. */
  get queriesLeft(): number {
    const own = this.#limits.maxQueries - this.#queries;
    return this.#shared === null ? own : Math.min(own, this.#shared.left);
  }

  /** Milliseconds that are left at `nowMs`. */
  leftMs(nowMs: number): number {
    return this.#startedMs + this.#limits.totalTimeoutMs - nowMs;
  }

  /** Counts one move of the machine. */
  countMove(): void {
    this.#moves += 1;
  }

  /** The limit of the whole question that is used up at `nowMs`; null while none is. */
  spent(nowMs: number): LimitName | null {
    if (this.queriesLeft <= 0) {
      return this.#queries < this.#limits.maxQueries && this.#shared !== null
        ? this.#shared.fired.limit
        : 'maxQueries';
    }
    if (this.leftMs(nowMs) <= 0) {
      return 'totalTimeoutMs';
    }
    return this.#moves >= this.#limits.maxMoves ? 'maxMoves' : null;
  }

  /** Records a hop, and the packets that it took. */
  record(hop: Hop): void {
    this.#queries += hop.attempts.length;
    this.#shared?.spend(hop.attempts.length);
    this.#hops.push(hop);
  }

  /** Records something remembered that `frame` goes on with. */
  recordRemembered(frame: Frame, depth: number, zone: Name, verdict: Verdict, question?: Wanted): void {
    this.record({
      zone,
      server: null,
      question: question ?? frame.target,
      goal: frame.goal,
      depth,
      exchange: null,
      verdict,
      attempts: [],
      fromCache: true,
    });
  }

  /** Records that a limit cut something short, once for each thing. */
  fire(limit: LimitName, at: string): void {
    if (!this.#fired.some(fired => fired.limit === limit && fired.at === at)) {
      this.#fired.push({ limit, value: this.#limits[limit], at });
    }
  }

  /** Records that something remembered was used in the last tenth of its time. */
  noteExpiring(): void {
    this.#isExpiring = true;
  }

  /** Records what was fired elsewhere. */
  take(fired: readonly LimitFired[]): void {
    for (const { limit, at } of fired) {
      this.fire(limit, at);
    }
  }

  /** Records the sets that were too large to be believed. */
  takeDropped(dropped: readonly Dropped[]): void {
    for (const { rrset, why } of dropped) {
      if (why === 'over-limit') {
        const large = rrset.data.length > this.#limits.maxRecordsPerSet;
        this.fire(large ? 'maxRecordsPerSet' : 'maxGluePerReferral', `${rrset.owner} ${rrset.type}`);
      }
    }
  }

  /** The failure that a limit makes, which is recorded as fired. */
  failureBy(limit: LimitName, at: string, zone: ResolutionFailure['zone']): ResolutionFailure {
    this.fire(limit, at);
    const reason = `${limit} (${this.#limits[limit]}) was reached at ${at}`;
    return { kind: 'failure', cause: 'limit', reason, zone, limit };
  }

  /** The outcome with how it was found. */
  close(outcome: Outcome): Resolution {
    if (outcome.kind === 'failure') {
      return { ...outcome, ...this.way() };
    }
    // Written out, as objects made of others by spreading take as long as all else together.
    const { rrsets, ttlSeconds, links } = outcome;
    const { hops, limits, queries, fromCache, isExpiring, security } = this.way();
    return outcome.kind === 'answer'
      ? {
          kind: outcome.kind,
          rrsets,
          ttlSeconds,
          links,
          hops,
          limits,
          queries,
          fromCache,
          isExpiring,
          security,
        }
      : { ...outcome, hops, limits, queries, fromCache, isExpiring, security };
  }

  /** How everything was found so far. */
  way(): Way {
    return {
      hops: this.#hops.slice(),
      limits: this.#fired.slice(),
      queries: this.#queries,
      fromCache: this.#queries === 0,
      isExpiring: this.#isExpiring,
      security: null,
    };
  }
}
