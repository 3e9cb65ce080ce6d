import { isAtOrBelow, isBelow, labelCount, lastLabelsOf, type Name, rootName } from '../dns/name.ts';
import { isType } from '../dns/rrset.ts';
import { glueFor, isServerAddress } from '../resolver/delegations.ts';
import type { RootHints } from '../resolver/hints.ts';
import type { Limits } from '../resolver/limits.ts';
import { mapBounded } from '../resolver/map-bounded.ts';
import type { Asker, Observed } from './asker.ts';
import type { Observation, ParentFacts, WalkStep } from './facts.ts';
import { glueIn } from './observation.ts';
import type { Server } from './view.ts';

/** The way down to a cut, and what the servers at its end say of it. */
export interface CutWalk {
  readonly walk: readonly WalkStep[];
  readonly parents: readonly ParentFacts[];
}

/** What a walk needs. */
export interface WalkTools {
  readonly asker: Asker;
  readonly hints: RootHints;
  readonly limits: Limits;
  /** The addresses of a name server that the referral gives none for. */
  addressesOf(name: Name): Promise<readonly string[]>;
  /** True asks every server of the root and of the top-level domains too, those that a zone above names itself, and all for DS. */
  readonly wide: boolean;
}

/**
 * Walks from the root to the zones that hold `cut`, a label at a time (RFC 9156), and asks every server of those for it.
 *
 * Of the zones on the way every server is asked, as each may send another way; but of the root and of top-level domains only
 * as many as it takes to get one answer, unless the walk is wide or ends there: registries compare theirs themselves.
 * Nothing is taken from a cache.
 */
export async function walkToCut(cut: Name, tools: WalkTools): Promise<CutWalk> {
  return await new Walk(cut, tools).go();
}

/** A server as one of a zone. */
interface Place {
  readonly zone: Name;
  readonly server: Server;
}

class Walk {
  readonly #cut: Name;
  readonly #tools: WalkTools;
  readonly #walk: WalkStep[] = [];
  readonly #parents: ParentFacts[] = [];
  /** `zone address` of what was asked, with the names that lead there. */
  readonly #names = new Map<string, Set<Name>>();

  /** The NS RRset of each zone above the cut, as one of its servers gives it. */
  readonly #ownNs = new Map<Name, Promise<Observed>>();

  constructor(cut: Name, tools: WalkTools) {
    this.#cut = cut;
    this.#tools = tools;
  }

  async go(): Promise<CutWalk> {
    let places = this.#newPlaces(
      rootName,
      this.#tools.hints.servers.flatMap(({ name, addresses }) =>
        addresses.map(address => ({ name, address })),
      ),
    );
    for (let depth = 0; places.length > 0; depth += 1) {
      if (depth > this.#tools.limits.maxReferrals) {
        this.#tools.asker.fire('maxReferrals', this.#cut);
        break;
      }
      places = await this.#zones(places);
    }
    await this.#askServersOfParents();
    const parents = this.#parents.map(facts => ({ ...facts, names: this.#namesOf(facts) }));
    return { walk: this.#walk, parents };
  }

  /** Asks the servers too that a zone above the cut names itself, and that its own parent does not. */
  async #askServersOfParents(): Promise<void> {
    await Promise.all(
      [...this.#ownNs].map(async ([zone, asked]) => {
        const { seen, verdict } = await asked;
        this.#walk.push({ zone, seen });
        const names =
          verdict.kind === 'answer'
            ? verdict.rrsets.flatMap(rrset => (isType(rrset, 'NS') ? rrset.data : []))
            : [];
        const places = await this.#placesOf(zone, names, name => glueIn(seen, name));
        await this.#all(places);
      }),
    );
  }

  #namesOf({ zone, ns }: ParentFacts): readonly Name[] {
    return [...(this.#names.get(`${zone} ${ns.server.address}`) ?? [])].sort();
  }

  /** The places among `servers` that were not asked yet, each address once; the names are kept of all. */
  #newPlaces(zone: Name, servers: readonly Server[]): readonly Place[] {
    return servers.flatMap(server => {
      const key = `${zone} ${server.address}`;
      const known = this.#names.get(key);
      const names = known ?? new Set<Name>();
      if (server.name !== null) {
        names.add(server.name);
      }
      this.#names.set(key, names);
      return known === undefined ? [{ zone, server }] : [];
    });
  }

  /** Asks the places, those of one zone as that zone calls for, and gives where they send. */
  async #zones(places: readonly Place[]): Promise<readonly Place[]> {
    const zones = [...new Set(places.map(({ zone }) => zone))];
    const found = await Promise.all(
      zones.map(zone => {
        const here = places.filter(place => place.zone === zone);
        return labelCount(zone) > 1 || this.#tools.wide ? this.#all(here) : this.#few(here);
      }),
    );
    return await this.#merged(found.flat());
  }

  async #all(places: readonly Place[]): Promise<readonly Observed[]> {
    const found = await mapBounded(places, this.#tools.limits.maxTraceInFlight, place =>
      this.#descend(place, false),
    );
    return found.flat();
  }

  /**
   * Asks one place, then three, then the rest at once, until one sends on: dead servers cost time once or twice, not one after
   * the other. All of them, when the cut is what is to be asked for.
   */
  async #few(places: readonly Place[]): Promise<readonly Observed[]> {
    for (const [from, to] of fewAtATime) {
      const batch = places.slice(from, to);
      const found = await Promise.all(
        batch.map(place =>
          labelCount(this.#cut) === labelCount(place.zone) + 1 ? 'at-cut' : this.#probe(place),
        ),
      );
      if (found.includes('at-cut')) {
        return await this.#all(places.slice(from));
      }
      const onward = found.flatMap(one => (one === 'at-cut' ? [] : one));
      if (onward.length > 0) {
        return onward;
      }
    }
    return [];
  }

  async #probe(place: Place): Promise<readonly Observed[] | 'at-cut'> {
    return (await this.#descend(place, true)) ?? 'at-cut';
  }

  #descend(place: Place, stops: false): Promise<readonly Observed[]>;
  #descend(place: Place, stops: boolean): Promise<readonly Observed[] | null>;
  /**
   * Asks one server label by label, until it refers to another zone, knows no further, or was asked for the cut itself.
   * Null when it `stops` before that.
   */
  async #descend({ zone: first, server }: Place, stops: boolean): Promise<readonly Observed[] | null> {
    let zone = first;
    let asked = zone;
    let isDenied = false;
    for (let steps = 0; ; steps += 1) {
      asked = isDenied ? this.#cut : this.#next(asked, steps);
      if (asked === this.#cut && stops && zone === first && steps > 0) {
        return null;
      }
      const observed = await this.#tools.asker.ask(server, zone, asked, 'NS');
      const { verdict, seen } = observed;
      const deeper = this.#deeperZone(observed, zone);
      if (verdict.kind === 'referral' && verdict.delegation.cut !== this.#cut) {
        this.#walk.push({ zone, seen });
        return [observed];
      }
      if (asked === this.#cut) {
        // A server that proves its answer with the SOA of a zone between holds that one too.
        await this.#end(deeper ?? zone, seen, verdict.kind);
        return [];
      }
      this.#walk.push({ zone, seen });
      // Some servers deny names that have others below them (RFC 8020): what counts is what they say of the cut.
      isDenied = isDenial(verdict.kind);
      if (!isDenied && verdict.kind !== 'answer' && verdict.kind !== 'nodata') {
        return [];
      }
      if (deeper !== null) {
        zone = deeper;
        this.#newPlaces(zone, [server]);
      }
    }
  }

  /** The next name to ask for: one label more, and the cut itself after a few. */
  #next(name: Name, steps: number): Name {
    const labels = labelCount(name) + 1;
    return steps >= this.#tools.limits.maxMinimisedQueries || labels >= labelCount(this.#cut)
      ? this.#cut
      : lastLabelsOf(this.#cut, labels);
  }

  /** The zone between `zone` and the cut that the server shows it holds as well, by its NS records or SOA; null for none. */
  #deeperZone({ verdict, seen }: Observed, zone: Name): Name | null {
    const apex =
      verdict.kind === 'answer'
        ? seen.question.name
        : verdict.kind === 'nodata' || verdict.kind === 'nxdomain'
          ? (verdict.soa?.owner ?? zone)
          : zone;
    return isBelow(apex, zone) && isBelow(this.#cut, apex) ? apex : null;
  }

  async #end(zone: Name, ns: Observation, kind: Observed['verdict']['kind']): Promise<void> {
    this.#newPlaces(zone, [ns.server]);
    if (kind !== 'timeout' && this.#tools.wide && !this.#ownNs.has(zone)) {
      this.#ownNs.set(zone, this.#tools.asker.ask(ns.server, zone, zone, 'NS'));
    }
    const ask = async (type: string): Promise<Observation> =>
      (await this.#tools.asker.ask(ns.server, zone, this.#cut, type)).seen;
    const isCut = ns.question.name === this.#cut;
    const [ds, dname] = await Promise.all([
      isCut && (kind === 'answer' || (kind === 'referral' && this.#tools.wide)) ? ask('DS') : null,
      isCut && kind === 'nodata' ? ask('DNAME') : null,
    ]);
    this.#parents.push({ zone, names: [], ns, ds, dname });
  }

  /** The places that are referred to, each once, with all servers that any referral names. */
  async #merged(found: readonly Observed[]): Promise<readonly Place[]> {
    const delegations = found.flatMap(({ verdict }) =>
      verdict.kind === 'referral' ? [verdict.delegation] : [],
    );
    const zones = [...new Set(delegations.map(({ cut }) => cut))];
    const places = await Promise.all(
      zones.map(async apex => {
        const here = delegations.filter(({ cut }) => cut === apex);
        const names = [...new Set(here.flatMap(({ ns }) => ns.data))];
        const glue = here.flatMap(delegation => delegation.glue);
        return await this.#placesOf(apex, names, name => glueFor({ glue }, name));
      }),
    );
    return places.flat();
  }

  async #placesOf(
    zone: Name,
    names: readonly Name[],
    glueOf: (name: Name) => readonly string[],
  ): Promise<readonly Place[]> {
    const { maxServersPerCut, maxTraceInFlight } = this.#tools.limits;
    if (names.length > maxServersPerCut) {
      this.#tools.asker.fire('maxServersPerCut', zone);
    }
    const servers = await mapBounded(names.slice(0, maxServersPerCut), maxTraceInFlight, name =>
      this.#locate(name, zone, glueOf(name)),
    );
    return this.#newPlaces(zone, servers.flat());
  }

  async #locate(name: Name, apex: Name, glue: readonly string[]): Promise<readonly Server[]> {
    const { maxAddressesPerServer } = this.#tools.limits;
    const found = glue.length > 0 || isAtOrBelow(name, apex) ? glue : await this.#tools.addressesOf(name);
    if (found.length > maxAddressesPerServer) {
      this.#tools.asker.fire('maxAddressesPerServer', name);
    }
    return found
      .filter(isServerAddress)
      .slice(0, maxAddressesPerServer)
      .map(address => ({ name, address }));
  }
}

/** Which servers of a registry are asked together, as ranges of their list. */
const fewAtATime: readonly (readonly [number, number])[] = [
  [0, 1],
  [1, 4],
  [4, Number.POSITIVE_INFINITY],
];

function isDenial(kind: Observed['verdict']['kind']): boolean {
  return kind === 'nxdomain' || kind === 'alias' || kind === 'overlong-alias';
}
