import { setMaxListeners } from 'node:events';
import type { CutFinding, CutSeverity } from '../checks/cut/finding.ts';
import { isAtLeast, judgeCut } from '../checks/cut/judge.ts';
import { dsIn } from '../checks/cut/said.ts';
import { hostedChecks } from '../checks/hosted.ts';
import { type Name, nameFromOctets, octetsOfName } from '../dns/name.ts';
import { messageOf, ZonecutError } from '../error.ts';
import type { RootHints } from '../resolver/hints.ts';
import { createResolver } from '../resolver/resolver.ts';
import type { Net } from '../survey/ask.ts';
import { surveyFacts } from '../survey/cut-survey.ts';
import type { CutFacts } from '../survey/facts.ts';
import type { SourceAddresses } from '../world/routes.ts';
import type { Endpoint, World } from '../world/world.ts';
import type { Account } from './account.ts';
import { Courier } from './courier.ts';
import { Hosts } from './hosts.ts';
import { type AuditLimits, auditLimits } from './limits.ts';
import { Turns } from './lookups.ts';
import { type Parent, Parents } from './parents.ts';
import { polite, WayMemory } from './recall.ts';
import { Servers } from './servers.ts';
import { Walk, type WalkSurroundings, walkScratch } from './walk.ts';
import { watchedChecks, watchedKeyChecks } from './watched.ts';

/** How delegations are looked at. */
export interface EngineSettings {
  readonly hints: RootHints;
  /** The port of every authoritative server. */
  readonly port: number;
  /** Whether the World is declared offline: then nobody's pace is kept. */
  readonly offline: boolean;
  /** From which ports queries leave; one port where every server is the user's own. */
  readonly ports: 'single' | 'pool';
  /** `each`: every server of a parent is asked for each name; `one`: one of them, in turn. */
  readonly parents: 'each' | 'one';
  /** Whether DS at the parent are looked at, and what belongs to them. */
  readonly dnssec: boolean;
  /** Findings that are less severe are not told. */
  readonly least: CutSeverity;
  /** The addresses of this machine that queries leave from. */
  readonly source?: SourceAddresses;
  readonly endpointOf?: (endpoint: Endpoint) => Endpoint;
  readonly limits?: Partial<AuditLimits>;
  /** The account whose zones are looked at: what it shows of each is compared with the delegation. */
  readonly account?: Account;
}

/**
 * What came of one name: `odd` for a name that was odd at first sight and of which the survey found nothing wrong. A name with DS or in
 * the account is surveyed anyway, and healthy then.
 */
export interface Outcome {
  /** Empty where `healthy`, of which nothing is told. */
  readonly name: string;
  readonly kind: 'healthy' | 'odd' | 'faulty' | 'unknown';
  /** The worst first; none unless `faulty`. */
  readonly findings: readonly CutFinding[];
  /** Why nothing is known; null unless `unknown`. */
  readonly reason: string | null;
}

const healthy: Outcome = { name: '', kind: 'healthy', findings: [], reason: null };

/** Milliseconds between the first survey of a name and the second, and as many more before each further one. */
const pauseMs = 500;

/** Whether everybody who was asked answered. */
function isSteady({ parents, children, hosts }: CutFacts): boolean {
  const seen = [
    ...parents.flatMap(({ ns, ds, dname }) => [ns, ds, dname]),
    ...children.flatMap(({ soa, ns, tcp, hosts: addresses, keys }) => [soa, ns, tcp, ...addresses, ...keys]),
  ];
  return (
    seen.every(
      one => one === null || one.exchange.kind === 'response' || one.exchange.kind === 'not-asked',
    ) && hosts.every(({ outcome }) => outcome !== 'failure')
  );
}

function isSame(some: readonly CutFinding[], others: readonly CutFinding[]): boolean {
  const keysOf = (findings: readonly CutFinding[]): string =>
    findings
      .map(({ id, variant, subject }) => `${id} ${variant} ${subject}`)
      .toSorted()
      .join('\n');
  return keysOf(some) === keysOf(others);
}

/** What an engine has done so far. */
export interface EngineCounts {
  /** Packets of the fast walks. */
  readonly packets: number;
  readonly strays: number;
  /** Names that were looked at closely. */
  readonly surveyed: number;
  /** Queries that wait for the pace of their server. */
  readonly paced: number;
}

/** Looks at delegations, very many at once: fast on octets, and closely at what is odd. */
export class Engine {
  readonly #world: World;
  readonly #settings: EngineSettings;
  readonly #limits: AuditLimits;
  readonly #courier: Courier;
  readonly #parents: Parents;
  readonly #around: WalkSurroundings;
  readonly #net: Net;
  readonly #stopped = new AbortController();
  readonly #surveys: Turns;
  readonly #way: WayMemory;
  readonly #told: (seq: number, outcome: Outcome) => void;
  readonly #idle: Walk[] = [];
  #underWay = 0;
  #waiting = 0;
  #surveyed = 0;
  #wakeUp: (() => void) | null = null;

  /** `told` is called once for each name that `begin` took, in whatever order they end. */
  constructor(world: World, settings: EngineSettings, told: (seq: number, outcome: Outcome) => void) {
    const limits = { ...auditLimits, ...settings.limits };
    const { offline, port, endpointOf, hints } = settings;
    this.#settings = settings;
    this.#limits = limits;
    this.#told = told;
    const servers = new Servers({ offline, port, endpointOf }, limits);
    this.#world = {
      ...world,
      dns: polite(world.dns, {
        clock: world.clock,
        servers,
        limits,
        turns: new Turns(limits.maxSurveyQueries),
      }),
    };
    this.#net = { resolver: createResolver(this.#world, { hints, port }), port, recursive: [] };
    this.#courier = new Courier(world, { ports: settings.ports, source: settings.source ?? {} }, limits);
    const turns = new Turns(limits.maxLookups);
    const { signal } = this.#stopped;
    setMaxListeners(0, signal);
    this.#parents = new Parents(this.#world, this.#net, servers, limits, turns, signal);
    this.#surveys = new Turns(limits.maxSurveys);
    this.#way = new WayMemory(world.clock, limits);
    this.#around = {
      courier: this.#courier,
      servers,
      hosts: new Hosts(this.#world, this.#net, servers, limits, turns, signal),
      limits,
      everyParentServer: settings.parents === 'each',
      dnssec: settings.dnssec,
      over: walk => this.#over(walk),
      ...walkScratch(),
    };
    this.#courier.onRoom = () => this.#wake();
    this.#courier.isAlone = () => turns.isIdle && this.#surveys.isIdle;
  }

  /** Opens its ports. Rejects with ZC_PORT. */
  async open(): Promise<void> {
    await this.#courier.open();
  }

  /** Ends at once; nobody is told of what was under way. */
  async close(): Promise<void> {
    this.#stopped.abort(new ZonecutError('ZC_CANCELLED', 'the audit was ended'));
    await this.#courier.close();
  }

  /** What it has done so far. */
  get counts(): EngineCounts {
    return {
      packets: this.#courier.packets,
      strays: this.#courier.strays,
      surveyed: this.#surveyed,
      paced: this.#courier.paced,
    };
  }

  /** Names under way. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Whether another name may begin. */
  get hasRoom(): boolean {
    return (
      this.#courier.hasRoom &&
      this.#underWay < this.#limits.maxNamesUnderWay &&
      this.#waiting < this.#limits.maxNamesWaiting
    );
  }

  /** Resolves when there may be room again. */
  room(): Promise<void> {
    return this.hasRoom ? Promise.resolve() : new Promise(resolve => (this.#wakeUp = resolve));
  }

  /** Resolves whoever waits for room, so that they look at what else may have changed. */
  nudge(): void {
    const wakeUp = this.#wakeUp;
    this.#wakeUp = null;
    wakeUp?.();
  }

  #wake(): void {
    if (this.#wakeUp === null || !this.#courier.hasMuchRoom || !this.hasRoom) return;
    this.nudge();
  }

  /** Begins with the name in the first `length` octets of `octets`, in lower case, which are copied. The root has no parent. */
  begin(seq: number, octets: Uint8Array, length: number): void {
    this.#underWay += 1;
    const walk = this.#idle.pop() ?? new Walk(this.#around);
    walk.begin(seq, octets, length);
    if (this.#settings.account?.holds(walk.octets) === true) {
      this.#survey(walk);
      return;
    }
    const parent = this.#parents.above(walk.octets);
    if (!(parent instanceof Promise)) walk.askParent(parent);
    else void this.#askParent(walk, parent);
  }

  async #askParent(walk: Walk, parent: Promise<Parent>): Promise<void> {
    this.#waiting += 1;
    const found = await parent.catch(() => null);
    this.#waiting -= 1;
    if (this.#stopped.signal.aborted) return;
    if (found === null) this.#survey(walk);
    else walk.askParent(found);
  }

  #over(walk: Walk): void {
    if (walk.isOdd) this.#survey(walk);
    else this.#end(walk, healthy);
  }

  #end(walk: Walk, outcome: Outcome): void {
    this.#underWay -= 1;
    this.#idle.push(walk);
    this.#told(walk.seq, outcome);
    this.#wake();
  }

  #survey(walk: Walk): void {
    const cut = nameFromOctets(walk.octets);
    this.#surveyed += 1;
    void this.#surveys
      .take(() => this.#look(cut))
      .catch(
        (error: unknown): Outcome => ({
          name: cut,
          kind: 'unknown',
          findings: [],
          reason: messageOf(error),
        }),
      )
      .then(outcome => {
        if (!this.#stopped.signal.aborted) this.#end(walk, outcome);
      });
  }

  /**
   * Surveys until nobody was silent, or until two surveys in a row find the same: what a lost packet hides or seems to show does
   * not last.
   */
  async #look(cut: Name): Promise<Outcome> {
    let findings: readonly CutFinding[] = [];
    // Some names are surveyed whatever the fast walk shows: nothing was odd where nothing is found then.
    let isClose = this.#settings.account?.holds(octetsOfName(cut)) === true;
    for (let looks = 1; looks <= this.#limits.maxLooks; looks += 1) {
      const before = findings;
      const { clock, dns } = this.#world;
      const world = { ...this.#world, dns: this.#way.transportFor(cut, dns) };
      const { hints } = this.#settings;
      const facts = await surveyFacts(world, this.#net, cut, { hints, signal: this.#stopped.signal });
      isClose ||= this.#settings.dnssec && facts.parents.some(parent => dsIn(parent, cut) !== null);
      findings = (await this.#judged(facts)).filter(finding => this.#tells(finding));
      if (isSteady(facts) || (looks > 1 && isSame(before, findings))) break;
      await clock.sleep(looks * pauseMs, this.#stopped.signal);
    }
    if (findings.length === 0 && isClose) return healthy;
    const kind = findings.length === 0 ? 'odd' : 'faulty';
    return { name: cut, kind, findings: findings.slice(0, this.#limits.maxFindingsPerName), reason: null };
  }

  async #judged(facts: CutFacts): Promise<readonly CutFinding[]> {
    const findings = judgeCut(facts);
    const { account } = this.#settings;
    const { hosts } = this.#around;
    return account === undefined
      ? findings
      : await account.judge(facts, findings, async octets => (await hosts.at(octets)).facts.addresses);
  }

  #tells({ id, severity }: CutFinding): boolean {
    const { offline, least, dnssec } = this.#settings;
    // In a World of its own every address is special.
    if (offline && id === 'address-not-global') return false;
    if (!dnssec && watchedKeyChecks.has(id)) return false;
    return (watchedChecks.has(id) || hostedChecks.has(id)) && isAtLeast(severity, least);
  }
}
