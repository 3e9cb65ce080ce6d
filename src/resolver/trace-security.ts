import { labelCount, type Name } from '../dns/name.ts';
import { isType, type Rdata, type RRset } from '../dns/rrset.ts';
import type { World } from '../world/world.ts';
import { mergedReferral, speakersOf } from './agreement.ts';
import type { RootHints } from './hints.ts';
import { type FoundKeys, firstEnd, type KeyChain, keyChainOf, type SignatureEnd } from './key-chain.ts';
import type { Ledger } from './ledger.ts';
import type { Level, TraceServer } from './level.ts';
import { defaultLimits, type LimitFired, type Limits } from './limits.ts';
import { mapBounded } from './map-bounded.ts';
import { type Memory, makeMemory } from './memory.ts';
import { askServer } from './query.ts';
import type { Link } from './resolution.ts';
import type { Wanted } from './scrub.ts';
import { indeterminate, type Security } from './security.ts';
import type { Trace } from './trace.ts';
import { anchorAbove, type TrustAnchors } from './trust-anchors.ts';
import { TrustBudget } from './validation.ts';
import { Validator } from './validator.ts';
import { Walker } from './walker.ts';
import type { TrustWork } from './zone-trust.ts';

/** What DNSSEC has to say about one zone of a trace. */
export interface ZoneSecurity {
  readonly zone: Name;
  /** Whether its keys can be trusted. */
  readonly security: Security;
  /** The zone above that has the same security, so that nothing was to be found out here; null for a finding of its own. */
  readonly since: Name | null;
  /** Null where no DS record or trust anchor stands for its keys. */
  readonly chain: KeyChain | null;
  /** The signature that ends first, of those that came with what its servers said; null where nothing is secure. */
  readonly firstEnd: SignatureEnd | null;
  /** What is to be said about what each server said, in the order of the level; null where it said nothing. */
  readonly servers: readonly (Security | null)[];
}

/** What DNSSEC has to say about a trace. All of it is JSON. */
export interface TraceSecurity {
  /** The time by which signatures were judged, RFC 3339. */
  readonly at: string;
  /** One for each level of the trace. */
  readonly zones: readonly ZoneSecurity[];
  /** What is to be said about the answer; null when there is none. */
  readonly outcome: Security | null;
  readonly limits: readonly LimitFired[];
  /** Packets sent. */
  readonly queries: number;
}

/** How a trace is judged. */
export interface JudgeOptions {
  readonly hints: RootHints;
  readonly trustAnchors: TrustAnchors;
  /** The port of every server; 53 unless given. */
  readonly port?: number;
  readonly limits?: Partial<Limits>;
  readonly signal?: AbortSignal;
}

/**
 * Judges `trace` by DNSSEC (RFC 4035 section 5): whether each zone's keys can be trusted, and what each server said.
 *
 * Its queries must have asked for signatures (`TraceOptions.dnssecOk`). Asks for DNSKEY records of the zones that have a DS
 * record or a trust anchor: at `maxTraceKeyServers` of the root and of a top-level domain, at every server of other zones. What
 * is below a zone that is not secure costs nothing. Rejects only with `signal.reason`.
 */
export async function judgeTrace(world: World, trace: Trace, options: JudgeOptions): Promise<TraceSecurity> {
  return await new Judge(world, trace, options).go();
}

class Judge {
  readonly #world: World;
  readonly #trace: Trace;
  readonly #options: JudgeOptions;
  readonly #limits: Limits;
  readonly #memory: Memory;
  readonly #walker: Walker;
  readonly #validator: Validator;
  readonly #ledger: Ledger;
  #queries = 0;

  constructor(world: World, trace: Trace, options: JudgeOptions) {
    const { hints, trustAnchors, port = 53 } = options;
    this.#world = world;
    this.#trace = trace;
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#memory = makeMemory(hints, this.#limits);
    const how = { minimise: true, verifyGlue: false, mixCase: false, wholeAnswers: false, budget: null };
    this.#walker = new Walker(world, { port, limits: this.#limits, trustAnchors, ...how });
    this.#validator = new Validator(trustAnchors, this.#limits);
    this.#ledger = this.#walker.newLedger();
  }

  async go(): Promise<TraceSecurity> {
    const { levels } = this.#trace;
    this.#learn();
    const asked = await Promise.all(levels.map((level, depth) => this.#keysAt(level, depth)));
    const zones: ZoneSecurity[] = [];
    for (const [depth, level] of levels.entries()) {
      zones.push(await this.#zone(level, depth, asked[depth] ?? new Map(), zones.at(-1)));
    }
    const { limits, queries } = this.#ledger.way();
    return {
      at: new Date(this.#world.clock.now()).toISOString(),
      zones,
      outcome: outcomeOf(this.#trace, zones),
      limits,
      queries: queries + this.#queries,
    };
  }

  /** Remembers the delegations of the trace, so that nobody is asked for them again. */
  #learn(): void {
    let zone = this.#memory.delegations.root;
    for (const { servers, next } of this.#trace.levels) {
      const referral = servers.find(server => server.referral?.cut === next)?.referral ?? null;
      if (referral !== null) {
        const nowMs = this.#world.clock.elapsed();
        zone = this.#memory.delegations.learn(mergedReferral(referral, servers), zone, nowMs);
      }
    }
  }

  /** The DS data that stands for the keys of the zone at `depth`; null when there is none. */
  #dsAt(
    level: Level,
    depth: number,
  ): { readonly from: KeyChain['from']; readonly ds: readonly Rdata[] } | null {
    const anchored = this.#options.trustAnchors.anchors.get(level.zone);
    if (anchored !== undefined) {
      return { from: 'anchor', ds: anchored };
    }
    const above = this.#trace.levels[depth - 1]?.servers ?? [];
    const ds = above.flatMap(({ referral }) =>
      referral?.cut === level.zone ? (referral.ds?.data ?? []) : [],
    );
    return ds.length === 0 ? null : { from: 'parent', ds: [...new Set(ds)] };
  }

  /** Asks the servers of a zone with DS data for its keys, all at once. */
  async #keysAt(level: Level, depth: number): Promise<ReadonlyMap<TraceServer, FoundKeys>> {
    const isAnchored = anchorAbove(this.#options.trustAnchors, level.zone) !== null;
    if (!isAnchored || this.#dsAt(level, depth) === null) {
      return new Map();
    }
    const isLast = depth === this.#trace.levels.length - 1;
    const speaking = level.servers.filter(({ exchange }) => exchange?.kind === 'response');
    const few =
      labelCount(level.zone) <= 1 && !isLast ? speaking.slice(0, this.#limits.maxTraceKeyServers) : speaking;
    const found = await mapBounded(few, this.#limits.maxTraceInFlight, async server => {
      const keys = await this.#keysOf(level.zone, server);
      return keys === null ? [] : [[server, keys] as const];
    });
    return new Map(found.flat());
  }

  async #keysOf(zone: Name, { address }: TraceServer): Promise<FoundKeys | null> {
    if (address === null) {
      return null;
    }
    const { port = 53, signal } = this.#options;
    const question: Wanted = { name: zone, type: 'DNSKEY' };
    const { verdict, attempts } = await askServer(this.#world, { address, port }, question, {
      zone,
      limits: this.#limits,
      timeoutMs: this.#limits.maxTimeoutMs,
      dnssecOk: true,
      ...(signal === undefined ? {} : { signal }),
    });
    this.#queries += attempts.length;
    const rrset = verdict.kind === 'answer' ? verdict.rrsets.find(each => isType(each, 'DNSKEY')) : undefined;
    return verdict.kind === 'answer' && rrset !== undefined && isType(rrset, 'DNSKEY')
      ? { rrset, evidence: verdict.evidence }
      : null;
  }

  async #zone(
    level: Level,
    depth: number,
    asked: ReadonlyMap<TraceServer, FoundKeys>,
    above: ZoneSecurity | undefined,
  ): Promise<ZoneSecurity> {
    const { zone, servers } = level;
    const isAnchored = this.#options.trustAnchors.anchors.has(zone);
    if (above !== undefined && above.security.kind !== 'secure' && !isAnchored) {
      const { security } = above;
      const since = above.since ?? above.zone;
      return { zone, security, since, chain: null, firstEnd: null, servers: saying(servers, security) };
    }
    if (!servers.some(({ exchange }) => exchange?.kind === 'response')) {
      // Nothing was said that could be judged (RFC 4035 section 4.3).
      return {
        zone,
        security: indeterminate,
        since: null,
        chain: null,
        firstEnd: null,
        servers: servers.map(() => null),
      };
    }
    const work = this.#work();
    const { keys, security } = await this.#trust(zone, [...asked.values()], work);
    const link = this.#dsAt(level, depth);
    const budget = { nowSeconds: work.nowSeconds(), budget: work.budget() };
    const chain = link === null ? null : keyChainOf(link.from, link.ds, keys, budget);
    if (security.kind !== 'secure') {
      return { zone, security, since: null, chain, firstEnd: null, servers: saying(servers, security) };
    }
    const judged = await this.#servers(level, asked, work);
    const said = servers.flatMap(({ verdict }) => ('evidence' in verdict ? [verdict.evidence] : []));
    const evidences = keys === null ? said : [keys.evidence, ...said];
    return {
      zone,
      security,
      since: null,
      chain,
      firstEnd: firstEnd(evidences, work.nowSeconds()),
      servers: judged,
    };
  }

  /** Whether the keys of a zone can be trusted: those of the first server whose keys can, as a resolver would go on asking. */
  async #trust(
    zone: Name,
    found: readonly FoundKeys[],
    work: TrustWork,
  ): Promise<{ readonly keys: FoundKeys | null; readonly security: Security }> {
    let security: Security | null = null;
    for (const keys of distinct(found)) {
      this.#memory.answers.putAnswer(keys.rrset, this.#world.clock.elapsed(), keys.evidence);
      const trust = await this.#validator.trustOf(zone, work);
      if (trust.kind === 'secure') {
        return { keys, security: { kind: 'secure' } };
      }
      security ??= trust.security;
      this.#validator.forgetBogus();
    }
    if (security === null) {
      const trust = await this.#validator.trustOf(zone, work);
      security = trust.kind === 'secure' ? { kind: 'secure' } : trust.security;
    }
    return { keys: found[0] ?? null, security };
  }

  /** Judges what each server of a secure zone said; the same words from several servers are judged once. */
  async #servers(
    level: Level,
    asked: ReadonlyMap<TraceServer, FoundKeys>,
    work: TrustWork,
  ): Promise<readonly (Security | null)[]> {
    const known = new Map<string, Security>();
    const judged: (Security | null)[] = [];
    for (const server of level.servers) {
      const link = linkOf(server, this.#trace.question);
      if (link === null) {
        judged.push(null);
        continue;
      }
      const words = JSON.stringify([link, server.referral]);
      const security = known.get(words) ?? (await this.#said(server, link, work));
      known.set(words, security);
      judged.push(security);
      const { referral } = server;
      if (referral !== null && referral.cut === level.next && security.kind !== 'bogus') {
        this.#memory.answers.putDelegationSigner(referral, link.evidence, this.#world.clock.elapsed());
      }
    }
    return await this.#withKeys(level, asked, judged, work);
  }

  async #said({ referral }: TraceServer, link: Link, work: TrustWork): Promise<Security> {
    if (referral !== null) {
      return await this.#validator.referral(referral, link.evidence, work);
    }
    const { security } = await this.#validator.validate(link, work);
    return security;
  }

  /** The judgements, with servers whose keys are not those that the DS records stand for as bogus. */
  async #withKeys(
    level: Level,
    asked: ReadonlyMap<TraceServer, FoundKeys>,
    judged: readonly (Security | null)[],
    work: TrustWork,
  ): Promise<readonly (Security | null)[]> {
    const trust = await this.#validator.trustOf(level.zone, work);
    if (trust.kind !== 'secure') {
      return judged;
    }
    const result = [...judged];
    for (const [at, server] of level.servers.entries()) {
      const keys = asked.get(server);
      const said = judged[at] ?? null;
      if (keys !== undefined && said !== null && said.kind !== 'bogus') {
        const { security } = await this.#validator.validate(keysLink(level.zone, keys), work);
        result[at] = security.kind === 'bogus' ? security : said;
      }
    }
    return result;
  }

  #work(): TrustWork {
    const { signal } = this.#options;
    const options = signal === undefined ? {} : { signal };
    return this.#walker.trustWork(this.#memory, this.#ledger, options, new TrustBudget(this.#limits));
  }
}

function keysLink(zone: Name, { rrset, evidence }: FoundKeys): Link {
  return { kind: 'answer', question: { name: zone, type: 'DNSKEY' }, rrsets: [rrset], evidence };
}

/** What a server said, as a validator takes it; null when that is nothing that DNSSEC has a say in. */
function linkOf({ verdict }: TraceServer, question: Wanted): Link | null {
  switch (verdict.kind) {
    case 'answer':
      return { kind: 'answer', question, rrsets: verdict.rrsets, evidence: verdict.evidence };
    case 'alias':
      return { kind: 'alias', question, rrsets: verdict.alias.rrsets, evidence: verdict.evidence };
    case 'nodata':
    case 'nxdomain': {
      const rrsets: readonly RRset[] = verdict.soa === null ? [] : [verdict.soa];
      return { kind: verdict.kind, question, rrsets, evidence: verdict.evidence };
    }
    case 'referral':
      return { kind: 'nodata', question, rrsets: [], evidence: verdict.evidence };
    default:
      return null;
  }
}

/** The same judgement for every server that said something. */
function saying(servers: readonly TraceServer[], security: Security): readonly (Security | null)[] {
  return servers.map(({ verdict }) => ('evidence' in verdict ? security : null));
}

function distinct(found: readonly FoundKeys[]): readonly FoundKeys[] {
  const words = ({ rrset, evidence }: FoundKeys): string => JSON.stringify([rrset.data.toSorted(), evidence]);
  return [...new Map(found.map(keys => [words(keys), keys])).values()];
}

/** What is to be said about the answer: the best that a server that gives it has, as a resolver goes on asking. */
function outcomeOf({ outcome, levels }: Trace, zones: readonly ZoneSecurity[]): Security | null {
  const last = levels.at(-1);
  if (outcome.kind === 'failure' || last === undefined) {
    return null;
  }
  const speakers = new Set(speakersOf(last));
  const given = last.servers.flatMap((server, at) =>
    speakers.has(server) ? (zones.at(-1)?.servers[at] ?? []) : [],
  );
  return given.find(({ kind }) => kind !== 'bogus') ?? given[0] ?? null;
}
