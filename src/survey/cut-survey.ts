import { isAtOrBelow, type Name, rootName } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { isServerAddress, unique } from '../resolver/delegations.ts';
import type { RootHints } from '../resolver/hints.ts';
import { defaultLimits, type Limits } from '../resolver/limits.ts';
import { mapBounded } from '../resolver/map-bounded.ts';
import type { World } from '../world/world.ts';
import type { Net } from './ask.ts';
import { Asker } from './asker.ts';
import { walkToCut } from './cut-walk.ts';
import { lookDeep } from './deep.ts';
import { childrenInOrder, hostsInOrder, parentsInOrder, walkInOrder } from './fact-order.ts';
import type {
  ChildFacts,
  CutFacts,
  DeepFacts,
  GivenDelegation,
  HostFacts,
  Observation,
  ParentFacts,
} from './facts.ts';
import { lookUpHost } from './host-facts.ts';
import { glueIn, nsIn, rrsetsIn } from './observation.ts';
import { lookUpRegistries } from './registries.ts';
import type { Server } from './view.ts';

/** How a cut is surveyed for the checks. */
export interface CutSurveyOptions {
  readonly hints: RootHints;
  /** Judges this delegation in place of the one that the parent has; then the parent is not asked. */
  readonly given?: GivenDelegation;
  /** What is in the parent zone at or below the cut, where somebody knows. */
  readonly parentZone?: readonly RRset[];
  /** True in a world that is declared offline. */
  readonly offline?: boolean;
  /**
   * True asks every server of the root and of the top-level domains on the way too, the servers of the zone above that only it
   * names itself, and the child's servers for CSYNC and DS.
   */
  readonly wide?: boolean;
  /** True asks the child's servers in mixed case too, and for the whole zone, of which only the first message is taken. */
  readonly deep?: boolean;
  /** True asks the child's servers for CSYNC where anything is signed, as a wide survey does. */
  readonly csync?: boolean;
  readonly limits?: Partial<Limits>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks everybody who has a say in `cut`, in rounds whose queries are all under way at once: the servers above it for the
 * delegation, every address of the name servers for SOA, NS and DNSKEY over UDP and once over TCP, and what is still missing then: addresses
 * of in-domain names, keys where anything is signed, the name servers that only the child names.
 *
 * Nobody's silence ends it early, and who answers first makes no difference. Rejects only with the signal's reason.
 */
export async function surveyFacts(
  world: World,
  net: Net,
  cut: Name,
  options: CutSurveyOptions,
): Promise<CutFacts> {
  return await new Survey(world, net, cut, options).go();
}

interface Target {
  readonly names: readonly Name[];
  readonly address: string;
}

class Survey {
  readonly #world: World;
  readonly #net: Net;
  readonly #cut: Name;
  readonly #options: CutSurveyOptions;
  readonly #limits: Limits;
  readonly #asker: Asker;
  readonly #hosts = new Map<Name, Promise<HostFacts>>();

  constructor(world: World, net: Net, cut: Name, options: CutSurveyOptions) {
    this.#world = world;
    this.#net = net;
    this.#cut = cut;
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#asker = new Asker(world, { port: net.port, limits: this.#limits, signal: options.signal });
  }

  async go(): Promise<CutFacts> {
    const takenAtMs = this.#world.clock.now();
    const given = this.#given();
    const found =
      given === null
        ? await walkToCut(this.#cut, {
            asker: this.#asker,
            hints: this.#options.hints,
            limits: this.#limits,
            addressesOf: async name => (await this.#host(name)).addresses,
            wide: this.#options.wide ?? false,
          })
        : { walk: [], parents: [] };
    // Who answers first is chance: facts stand in one order, so that two surveys of one state are told alike.
    const parents = parentsInOrder(found.parents);
    const children = childrenInOrder(await this.#children(given, parents));
    const hosts = hostsInOrder(await this.#hostsOf(given, parents, children));
    const looked = await Promise.all(this.#hosts.values());
    return {
      schema: 'zonecut/facts/v1',
      cut: this.#cut,
      takenAtMs,
      offline: this.#options.offline ?? false,
      given,
      walk: walkInOrder(found.walk),
      problem:
        given === null && parents.length === 0
          ? `no server on the way from the root could be asked for ${this.#cut}`
          : null,
      parents,
      children,
      hosts,
      registries: await lookUpRegistries(
        this.#net.resolver,
        this.#cut,
        hosts,
        this.#limits,
        this.#options.signal,
      ),
      parentZone: this.#options.parentZone ?? null,
      limits: this.#asker.fired,
      queries: looked.reduce((sum, { packets }) => sum + packets, this.#asker.packets),
    };
  }

  /** What is judged in place of the parent's word: what was given, and the hints for the root, which has no parent. */
  #given(): GivenDelegation | null {
    return (
      this.#options.given ?? (this.#cut === rootName ? { ns: this.#options.hints.servers, ds: [] } : null)
    );
  }

  async #children(
    given: GivenDelegation | null,
    parents: readonly ParentFacts[],
  ): Promise<readonly ChildFacts[]> {
    const named = await this.#targets(given, parents);
    const first = await this.#askAll(named, 'delegation');
    const names = unique(first.flatMap(({ ns }) => nsIn(ns, this.#cut)?.data ?? []));
    const known = new Set(named.flatMap(target => target.names));
    const more = await this.#atAddresses(
      names.filter(name => !known.has(name)),
      name => this.#inDomainAddresses(name, first),
    );
    const moreNames = new Map(more.map(target => [target.address, target.names]));
    const renamed = first.map(facts => ({
      ...facts,
      names: unique([...facts.names, ...(moreNames.get(facts.address) ?? [])]),
    }));
    const asked = new Set(named.map(({ address }) => address));
    const second = await this.#askAll(
      more.filter(({ address }) => !asked.has(address)),
      'child-only',
    );
    return await this.#complete([...renamed, ...second], parents);
  }

  /** Where the delegation says that the cut is served: at its glue, and where its NS names lead. */
  async #targets(given: GivenDelegation | null, parents: readonly ParentFacts[]): Promise<readonly Target[]> {
    if (given !== null) {
      const addressesOf = new Map(given.ns.map(({ name, addresses }) => [name, addresses]));
      return await this.#atAddresses([...addressesOf.keys()], async name => addressesOf.get(name) ?? []);
    }
    const names = unique(parents.flatMap(({ ns }) => nsIn(ns, this.#cut)?.data ?? []));
    return await this.#atAddresses(names, async name =>
      unique(parents.flatMap(({ ns }) => glueIn(ns, name))),
    );
  }

  /** Each address that `names` lead to, with all names that lead there: known ones, and those that their own zones give. */
  async #atAddresses(
    names: readonly Name[],
    knownOf: (name: Name) => Promise<readonly string[]>,
  ): Promise<readonly Target[]> {
    const { maxServersPerCut, maxAddressesPerServer, maxTraceInFlight } = this.#limits;
    if (names.length > maxServersPerCut) {
      this.#asker.fire('maxServersPerCut', this.#cut);
    }
    const found = new Map<string, Set<Name>>();
    const located = await mapBounded(names.slice(0, maxServersPerCut), maxTraceInFlight, async name => ({
      name,
      addresses: [
        ...(await knownOf(name)),
        ...(isAtOrBelow(name, this.#cut) ? [] : (await this.#host(name)).addresses),
      ],
    }));
    for (const { name, addresses } of located) {
      const few = unique(addresses).filter(isServerAddress);
      if (few.length > maxAddressesPerServer) {
        this.#asker.fire('maxAddressesPerServer', name);
      }
      for (const address of few.slice(0, maxAddressesPerServer)) {
        found.set(address, (found.get(address) ?? new Set()).add(name));
      }
    }
    return [...found].map(([address, here]) => ({ address, names: [...here].sort() }));
  }

  async #askAll(targets: readonly Target[], from: ChildFacts['from']): Promise<readonly ChildFacts[]> {
    return await mapBounded(targets, this.#limits.maxTraceInFlight, async ({ names, address }) => {
      const server: Server = { name: names[0] ?? null, address };
      const [soa, ns, tcp, dnskey] = await Promise.all([
        this.#ask(server, 'SOA'),
        this.#ask(server, 'NS'),
        this.#askOverTcp(server, names),
        this.#ask(server, 'DNSKEY'),
      ]);
      return { names, address, from, soa, ns, tcp, hosts: [], keys: [dnskey] };
    });
  }

  /**
   * Over TCP a server is asked for the address by which it was found, where its name is at or below the cut, so that one query
   * shows both: the authoritative address (RFC 2181 section 5.4.1) and TCP. Others are asked for the SOA record.
   */
  async #askOverTcp(server: Server, names: readonly Name[]): Promise<Observation> {
    const own = names.find(name => isAtOrBelow(name, this.#cut));
    return own === undefined
      ? await this.#ask(server, 'SOA', 'tcp')
      : await this.#ask(server, server.address.includes(':') ? 'AAAA' : 'A', 'tcp', own);
  }

  async #ask(
    server: Server,
    type: string,
    protocol: 'udp' | 'tcp' = 'udp',
    name = this.#cut,
  ): Promise<Observation> {
    return (await this.#asker.ask(server, this.#cut, name, type, protocol)).seen;
  }

  /** Addresses of a name below the cut that only the child names: from what came beside its answers, else asked for. */
  async #inDomainAddresses(name: Name, children: readonly ChildFacts[]): Promise<readonly string[]> {
    if (!isAtOrBelow(name, this.#cut)) {
      return [];
    }
    const beside = unique(children.flatMap(({ ns }) => glueIn(ns, name)));
    return beside.length > 0 ? beside : (await this.#host(name)).addresses;
  }

  /** Asks what the rounds before left open: in-domain addresses that came beside no answer, and keys where anything is signed. */
  async #complete(
    children: readonly ChildFacts[],
    parents: readonly ParentFacts[],
  ): Promise<readonly ChildFacts[]> {
    const names = unique([
      ...parents.flatMap(({ ns }) => nsIn(ns, this.#cut)?.data ?? []),
      ...(this.#given()?.ns ?? []).map(({ name }) => name),
      ...children.flatMap(({ ns }) => nsIn(ns, this.#cut)?.data ?? []),
    ]).filter(name => isAtOrBelow(name, this.#cut));
    const isSigned =
      parents.some(({ ns, ds }) => [ns, ds].some(seen => seen !== null && rrsetsIn(seen).some(isDs))) ||
      (this.#given()?.ds.length ?? 0) > 0 ||
      children.some(({ soa, keys }) =>
        [soa, ...keys].some(seen => rrsetsIn(seen).some(({ type }) => type === 'RRSIG' || type === 'DNSKEY')),
      );
    const keyTypes = [
      ...(isSigned ? ['CDS', 'CDNSKEY'] : []),
      ...(isSigned && (this.#options.wide === true || this.#options.csync === true) ? ['CSYNC'] : []),
      ...(this.#options.wide === true ? ['DS'] : []),
    ];
    return await mapBounded(children, this.#limits.maxTraceInFlight, async facts => {
      if (facts.soa.exchange.kind !== 'response' && facts.ns.exchange.kind !== 'response') {
        return facts;
      }
      const server: Server = { name: facts.names[0] ?? null, address: facts.address };
      const missing =
        nsIn(facts.ns, this.#cut) === null ? [] : names.filter(name => glueIn(facts.ns, name).length === 0);
      const [hosts, keys, deep] = await Promise.all([
        Promise.all(missing.flatMap(name => ['A', 'AAAA'].map(type => this.#ask(server, type, 'udp', name)))),
        Promise.all(keyTypes.map(type => this.#ask(server, type))),
        this.#options.deep === true ? this.#lookDeep(server) : null,
      ]);
      // An alias that leads out of the zone is followed as a resolver does.
      const aliases = hosts
        .filter(({ exchange }) => isAliasOnly(exchange))
        .map(({ question }) => question.name);
      await Promise.all(unique(aliases).map(name => this.#host(name)));
      return { ...facts, hosts, keys: [...facts.keys, ...keys], ...(deep === null ? {} : { deep }) };
    });
  }

  async #lookDeep(server: Server): Promise<DeepFacts> {
    const tools = { asker: this.#asker, port: this.#net.port, signal: this.#options.signal };
    return await lookDeep(this.#world, server, this.#cut, tools);
  }

  async #hostsOf(
    given: GivenDelegation | null,
    parents: readonly ParentFacts[],
    children: readonly ChildFacts[],
  ): Promise<readonly HostFacts[]> {
    const names = unique([
      ...(given?.ns ?? []).map(({ name }) => name),
      ...parents.flatMap(({ ns }) => nsIn(ns, this.#cut)?.data ?? []),
      ...children.flatMap(({ ns }) => nsIn(ns, this.#cut)?.data ?? []),
    ]).filter(name => this.#hosts.has(name) || !isAtOrBelow(name, this.#cut));
    return await Promise.all(names.slice(0, 2 * this.#limits.maxServersPerCut).map(name => this.#host(name)));
  }

  #host(name: Name): Promise<HostFacts> {
    const known = this.#hosts.get(name) ?? lookUpHost(this.#net.resolver, name, this.#options.signal);
    this.#hosts.set(name, known);
    return known;
  }
}

function isAliasOnly(exchange: Observation['exchange']): boolean {
  const types = exchange.kind === 'response' ? exchange.message.answer.map(({ type }) => type) : [];
  return types.includes('CNAME') && !types.includes('A') && !types.includes('AAAA');
}

function isDs({ type }: RRset): boolean {
  return type === 'DS';
}
