import { isAtOrBelow, type Name } from '../dns/name.ts';
import { invariant } from '../error.ts';
import type { World } from '../world/world.ts';
import { agreementOf, mergedReferral, type TraceOutcome, verdictOfLevel } from './agreement.ts';
import { glueFor, isServerAddress, type KnownZone } from './delegations.ts';
import { zoneNameOf } from './frame.ts';
import type { RootHints } from './hints.ts';
import { SharedBudget } from './ledger.ts';
import type { Level, TraceServer } from './level.ts';
import { defaultLimits, type LimitFired, type Limits } from './limits.ts';
import { mapBounded } from './map-bounded.ts';
import { type Memory, makeMemory } from './memory.ts';
import { askServer } from './query.ts';
import type { Hop, Outcome } from './resolution.ts';
import { createResolver, type Resolver } from './resolver.ts';
import type { Wanted } from './scrub.ts';

/** Something that a cache kept from the first walk. */
export interface Remembered {
  readonly what: 'delegation' | 'answer';
  readonly name: Name;
  /** Seconds that are left. */
  readonly ttlSeconds: number;
}

/** The same question a second time, with what a resolver would have kept of the first. */
export interface SecondPass {
  readonly fromCache: readonly Remembered[];
  /** What had to be asked all the same. */
  readonly asked: readonly Hop[];
  readonly outcome: Outcome['kind'];
}

/** A walk from the root to the servers that answer, with every server on the way. All of it is JSON. */
export interface Trace {
  readonly question: Wanted;
  readonly levels: readonly Level[];
  readonly second: SecondPass;
  readonly outcome: TraceOutcome;
  readonly limits: readonly LimitFired[];
  /** Packets sent in the first walk. */
  readonly queries: number;
}

/** How a trace is made. */
export interface TraceOptions {
  readonly hints: RootHints;
  /** The port of every server; 53 unless given. */
  readonly port?: number;
  readonly limits?: Partial<Limits>;
  /** True asks for signatures too (DO); see `judgeTrace`. */
  readonly dnssecOk?: boolean;
  /** Milliseconds for a first try; 1500 unless given. */
  readonly timeoutMs?: number;
  /** Packets to a silent server; 2 unless given. */
  readonly tries?: number;
  /** Called as each level is known, for those who watch. */
  readonly onLevel?: (level: Level) => void;
  readonly signal?: AbortSignal;
}

/**
 * Walks from the root to the zone that holds `question`, and asks every server of every zone on the way, at most
 * `maxTraceInFlight` at a time. The whole question is asked, nothing is taken from a cache, and an alias is not followed.
 *
 * Rejects only with `signal.reason`.
 */
export async function traceName(world: World, question: Wanted, options: TraceOptions): Promise<Trace> {
  return await new Walk(world, question, options).go();
}

interface Place {
  readonly name: Name;
  readonly address: string | null;
  readonly from: TraceServer['from'];
}

class Walk {
  readonly #world: World;
  readonly #question: Wanted;
  readonly #options: TraceOptions;
  readonly #limits: Limits;
  readonly #memory: Memory;
  readonly #resolver: Resolver;
  readonly #budget: SharedBudget;
  readonly #fired: LimitFired[] = [];
  readonly #levels: Level[] = [];
  #queries = 0;

  constructor(world: World, question: Wanted, options: TraceOptions) {
    this.#world = world;
    this.#question = question;
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#budget = new SharedBudget('maxTraceQueries', this.#limits);
    this.#memory = makeMemory(options.hints, this.#limits);
    this.#resolver = createResolver(world, {
      hints: options.hints,
      port: options.port ?? 53,
      limits: this.#limits,
      memory: this.#memory,
      budget: this.#budget,
    });
  }

  async go(): Promise<Trace> {
    let zone: KnownZone | null = this.#memory.delegations.root;
    while (zone !== null) {
      if (this.#levels.length > this.#limits.maxReferrals) {
        this.#fire('maxReferrals', this.#question.name);
        break;
      }
      zone = this.#budget.left === 0 ? null : await this.#level(zone);
    }
    if (this.#budget.left === 0) {
      this.#fire('maxTraceQueries', this.#question.name);
    }
    const last = this.#levels.at(-1);
    invariant(last !== undefined, 'a trace has the root level');
    const outcome = verdictOfLevel(last);
    this.#remember(outcome);
    return {
      question: this.#question,
      levels: this.#levels,
      second: await this.#again(outcome),
      outcome,
      limits: this.#fired,
      queries: this.#queries,
    };
  }

  /** Asks every server of `zone`, and gives the zone that most of them refer to. */
  async #level(zone: KnownZone): Promise<KnownZone | null> {
    const places = await this.#placesOf(zone);
    if (places.length > this.#limits.maxTraceServers) {
      this.#fire('maxTraceServers', zone.apex);
    }
    const asked = places.slice(0, this.#limits.maxTraceServers);
    const servers = await mapBounded(asked, this.#limits.maxTraceInFlight, place => this.#ask(zone, place));
    const { agrees, opinions, referral } = agreementOf(servers, cut =>
      isAtOrBelow(zoneNameOf(this.#question), cut),
    );
    const next = referral === null ? null : mergedReferral(referral, servers);
    const level: Level = {
      zone: zone.apex,
      ns: zone.ns.data,
      servers,
      agrees,
      opinions,
      next: next?.cut ?? null,
    };
    this.#levels.push(level);
    this.#options.onLevel?.(level);
    return next === null ? null : this.#memory.delegations.learn(next, zone, this.#world.clock.elapsed());
  }

  async #placesOf(zone: KnownZone): Promise<readonly Place[]> {
    const names = zone.ns.data.slice(0, this.#limits.maxServersPerCut);
    if (names.length < zone.ns.data.length) {
      this.#fire('maxServersPerCut', zone.apex);
    }
    const found = await mapBounded(names, this.#limits.maxTraceInFlight, name => this.#locate(name, zone));
    return found.flat();
  }

  /** Where a server is: at its glue, else (its name being outside of the zone) where the DNS says. */
  async #locate(name: Name, zone: KnownZone): Promise<readonly Place[]> {
    const glue = glueFor(zone, name);
    if (glue.length > 0) {
      const from = zone.parent === null ? 'hints' : 'glue';
      return this.#few(glue, name).map(address => ({ name, address, from }));
    }
    const found = isAtOrBelow(name, zone.apex)
      ? []
      : await this.#resolver.addressesOf(
          name,
          this.#options.signal === undefined ? {} : { signal: this.#options.signal },
        );
    const addresses = this.#few(found.filter(isServerAddress), name);
    return addresses.length === 0
      ? [{ name, address: null, from: 'resolved' }]
      : addresses.map(address => ({ name, address, from: 'resolved' }));
  }

  #few(addresses: readonly string[], name: Name): readonly string[] {
    if (addresses.length > this.#limits.maxAddressesPerServer) {
      this.#fire('maxAddressesPerServer', name);
    }
    return addresses.slice(0, this.#limits.maxAddressesPerServer);
  }

  async #ask(zone: KnownZone, place: Place): Promise<TraceServer> {
    const { address } = place;
    if (address === null) {
      const nothing = { exchange: null, referral: null, rttMs: null, attempts: [] };
      return { ...place, ...nothing, verdict: { kind: 'no-address' } };
    }
    const endpoint = { address, port: this.#options.port ?? 53 };
    const { exchange, verdict, attempts } = await askServer(this.#world, endpoint, this.#question, {
      zone: zone.apex,
      limits: this.#limits,
      timeoutMs: this.#options.timeoutMs ?? this.#limits.maxTimeoutMs,
      tries: this.#options.tries ?? 2,
      dnssecOk: this.#options.dnssecOk ?? false,
      ...(this.#options.signal === undefined ? {} : { signal: this.#options.signal }),
    });
    this.#queries += attempts.length;
    this.#budget.spend(attempts.length);
    return {
      ...place,
      exchange,
      verdict,
      referral: verdict.kind === 'referral' ? verdict.delegation : null,
      rttMs: exchange.kind === 'response' ? exchange.rttMs : null,
      attempts,
    };
  }

  /** Feeds the answer to the cache, as a resolver would; the delegations are there already. */
  #remember(outcome: TraceOutcome): void {
    const { answers } = this.#memory;
    const nowMs = this.#world.clock.elapsed();
    const { name, type } = this.#question;
    switch (outcome.kind) {
      case 'answer':
      case 'alias':
        for (const rrset of outcome.rrsets) {
          answers.putAnswer(rrset, nowMs);
        }
        return;
      case 'nodata':
        answers.putNodata(name, type, outcome.soa, nowMs);
        return;
      case 'nxdomain':
        answers.putNxdomain(name, outcome.soa, nowMs);
        return;
      case 'failure':
        return;
    }
  }

  /** The second pass: what is remembered, and what a resolver has to ask all the same. */
  async #again(outcome: TraceOutcome): Promise<SecondPass> {
    const nowMs = this.#world.clock.elapsed();
    const delegations = this.#memory.delegations
      .path(this.#question.name, nowMs)
      .filter(zone => zone.parent !== null);
    const resolution = await this.#resolver.resolve(this.#question, {
      followAliases: false,
      // Servers that did not answer a moment ago need not be waited for again.
      network: outcome.kind !== 'failure',
      ...(this.#options.signal === undefined ? {} : { signal: this.#options.signal }),
    });
    const answered = resolution.hops.some(
      hop => hop.fromCache && hop.depth === 0 && hop.verdict.kind !== 'referral',
    );
    const ttlSeconds = resolution.kind === 'failure' ? 0 : resolution.ttlSeconds;
    return {
      fromCache: [
        ...delegations.map(
          (zone): Remembered => ({
            what: 'delegation',
            name: zone.apex,
            ttlSeconds: Math.floor((zone.expiresAtMs - nowMs) / 1000),
          }),
        ),
        ...(answered ? [{ what: 'answer', name: this.#question.name, ttlSeconds } as const] : []),
      ],
      asked: resolution.hops.filter(hop => !hop.fromCache),
      outcome: resolution.kind,
    };
  }

  #fire(limit: LimitFired['limit'], at: string): void {
    this.#fired.push({ limit, value: this.#limits[limit], at });
  }
}
