import type { Nsec3Parameters } from '../../../src/dns/dnssec-nsec3.ts';
import { nsec3Parameters } from '../../../src/dns/dnssec-nsec3.ts';
import { ancestorsOf, childOf, type Name, parseName, rootName } from '../../../src/dns/name.ts';
import type { RRset } from '../../../src/dns/rrset.ts';
import type { Dice } from '../../dns/generate.ts';

/** What is wrong with a zone, or with the way to it. */
export type Fault =
  // The way to it.
  | 'lame'
  | 'partly-lame'
  | 'dead'
  | 'partly-dead'
  | 'silent'
  | 'partly-silent'
  | 'unresolvable-ns'
  | 'partly-unresolvable-ns'
  | 'addressless-ns'
  | 'alias-ns'
  | 'cyclic-ns'
  | 'missing-glue'
  | 'child-disagrees'
  // Its signatures.
  | 'wrong-ds'
  | 'half-wrong-ds'
  | 'unsigned-child'
  | 'unknown-algorithm-ds'
  | 'unknown-digest-ds'
  | 'expired'
  | 'not-yet-valid'
  | 'unsigned-rrset'
  | 'changed-data'
  | 'no-denial'
  | 'unsigned-keys'
  | 'strange-signatures';

/** How a zone is signed. */
export interface Signing {
  readonly algorithm: number;
  /** One key that signs all, or a key for the keys and one for the rest. */
  readonly keys: 'combined' | 'split';
  readonly denial: 'nsec' | { readonly parameters: Nsec3Parameters; readonly optOut: boolean };
  readonly digestTypes: readonly number[];
  /** Whether the parent has DS records of it. */
  readonly chained: boolean;
}

/** One name server of a delegation; `glue` goes to the parent, unless it is null. */
export interface SiteServer {
  readonly name: Name;
  readonly addresses: readonly string[];
  readonly glue: boolean;
}

/** One zone of the generated internet, and the way to it. */
export interface Site {
  readonly apex: Name;
  readonly parent: Site | null;
  readonly children: Site[];
  /** The groups of servers that serve it; none serves what is missing. */
  readonly groups: readonly number[];
  readonly signing: Signing | null;
  fault: Fault | null;
  /** What the parent says. */
  servers: readonly SiteServer[];
  /** What the zone itself says, when that is something else. */
  ownServers: readonly SiteServer[] | null;
  /** All but SOA, NS, glue and what signing adds. */
  readonly records: RRset[];
}

/** The groups of servers: of the root, of the zones below it, and of all others; the last group is Knot's, the others NSD's. */
export const groupCount: number = 8;
const rootGroup = 0;
const topGroup = 1;
const firstGroup = 2;
/** The group that Knot serves, which would not load zones that are broken on purpose. */
export const knotGroup: number = groupCount - 1;
/** Addresses that one group listens at. */
export const addressesPerGroup = 4;
/** Addresses that are bound by someone who never says anything. */
export const silentAddresses: readonly string[] = Array.from({ length: 4 }, (_, at) => `127.67.0.${at + 1}`);

/** The address `at` of a group of servers. */
export function groupAddress(group: number, at: number): string {
  return `127.20.${group}.${(at % addressesPerGroup) + 1}`;
}

/** The generated internet: the root first, every parent before its children. */
export function makeSites(dice: Dice, count: number): readonly Site[] {
  return new SiteMaker(dice).make(count);
}

/** How often a zone cannot be reached for what reason, in 1000. Silence costs seconds, so that there is little of it. */
const reachFaults: readonly (readonly [Fault, number])[] = [
  ['lame', 6],
  ['partly-lame', 8],
  ['dead', 5],
  ['partly-dead', 8],
  ['silent', 1],
  ['partly-silent', 3],
  ['unresolvable-ns', 5],
  ['partly-unresolvable-ns', 8],
  ['addressless-ns', 4],
  ['alias-ns', 3],
  ['cyclic-ns', 5],
  ['missing-glue', 5],
  ['child-disagrees', 8],
];

/** How often a zone that a chain of trust leads to is signed wrongly, in 1000. */
const signingFaults: readonly (readonly [Fault, number])[] = [
  ['wrong-ds', 30],
  ['half-wrong-ds', 20],
  ['unsigned-child', 20],
  ['unknown-algorithm-ds', 20],
  ['unknown-digest-ds', 20],
  ['expired', 30],
  ['not-yet-valid', 20],
  ['unsigned-rrset', 40],
  ['changed-data', 60],
  ['no-denial', 30],
  ['unsigned-keys', 20],
  ['strange-signatures', 30],
];

const syllables =
  'ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu'.split(' ');

class SiteMaker {
  readonly #dice: Dice;
  readonly #sites: Site[] = [];
  readonly #labels = new Set<string>();
  readonly #hosters: Site[] = [];

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  make(count: number): readonly Site[] {
    const root = this.#add(rootName, null, [rootGroup], this.#signingOf('always'));
    root.servers = ['a', 'b'].map((letter, at) =>
      server(`${letter}.rootns.`, groupAddress(rootGroup, at), false),
    );
    const tops = Array.from({ length: Math.min(40, Math.ceil(count / 50)) }, () => this.#addTop(root));
    for (let at = 0; at < Math.ceil(count / 40); at += 1) {
      this.#addHoster(this.#dice.pick(tops), at);
    }
    while (this.#sites.length < count) {
      this.#addPlain(tops);
    }
    this.#breakSome();
    return this.#sites;
  }

  #add(apex: Name, parent: Site | null, groups: readonly number[], signing: Signing | null): Site {
    const site: Site = {
      ...{ apex, parent, children: [], groups, signing, records: [] },
      ...{ fault: null, servers: [], ownServers: null },
    };
    parent?.children.push(site);
    this.#sites.push(site);
    return site;
  }

  #label(): string {
    for (;;) {
      const label = Array.from({ length: this.#dice.between(2, 4) }, () => this.#dice.pick(syllables)).join(
        '',
      );
      if (!this.#labels.has(label)) {
        this.#labels.add(label);
        return label;
      }
    }
  }

  #addTop(root: Site): Site {
    const apex = childOf(this.#label(), rootName);
    // Some are served by the root's own servers, so that no referral shows the cut.
    const group = this.#dice.oneIn(8) ? rootGroup : topGroup;
    const top = this.#add(apex, root, [group], this.#signingOf('mostly'));
    top.servers = [0, 1].map(at =>
      server(`${'ab'[at]}.nic.${apex}`, groupAddress(group, this.#dice.below(4) + at), true),
    );
    return top;
  }

  /** A zone whose names are the name servers of others. */
  #addHoster(top: Site, at: number): void {
    const group = firstGroup + (at % (groupCount - firstGroup));
    const apex = childOf(`${this.#label()}-dns`, top.apex);
    const other = this.#dice.oneIn(5) ? this.#hosters.find(({ groups }) => groups[0] === group) : undefined;
    const hoster = this.#add(apex, top, [group], this.#signingOf('sometimes'));
    // Some hosters are hosted by others in turn.
    hoster.servers = other === undefined ? this.#inside(apex, group) : this.#atHoster(other, top);
    this.#hosters.push(hoster);
  }

  #addPlain(tops: readonly Site[]): void {
    const dice = this.#dice;
    const deep = this.#sites.length > 200 && dice.below(100) < 35;
    const parent = deep ? dice.pick(this.#sites.slice(tops.length + 1)) : dice.pick(tops);
    if (ancestorsOf(parent.apex).length > 6 || (deep && this.#hosters.includes(parent))) {
      return;
    }
    const label = dice.oneIn(8) ? `${this.#label()}.${this.#label()}` : this.#label();
    const apex = parseName(parent.apex === rootName ? `${label}.` : `${label}.${parent.apex}`);
    const group = dice.between(firstGroup, groupCount - 1);
    const site = this.#add(apex, parent, [group], this.#signingOf('sometimes'));
    site.servers = this.#serversFor(site, group);
  }

  #serversFor(site: Site, group: number): readonly SiteServer[] {
    const hosters = this.#hosters.filter(({ groups }) => groups[0] === group);
    if (this.#dice.below(100) < 40 || hosters.length === 0) {
      return this.#inside(site.apex, group);
    }
    const siblings = hosters.filter(({ parent }) => parent === site.parent);
    const hoster =
      this.#dice.oneIn(2) && siblings.length > 0 ? this.#dice.pick(siblings) : this.#dice.pick(hosters);
    return this.#atHoster(hoster, site.parent);
  }

  #inside(apex: Name, group: number): readonly SiteServer[] {
    const first = this.#dice.below(addressesPerGroup);
    return Array.from({ length: this.#dice.between(1, 3) }, (_, at) =>
      server(`ns${at + 1}.${apex}`, groupAddress(group, first + at), true),
    );
  }

  /** Names in a hoster's zone: sibling glue when it has the same parent. */
  #atHoster(hoster: Site, parent: Site | null): readonly SiteServer[] {
    const [group = firstGroup] = hoster.groups;
    const first = this.#dice.below(addressesPerGroup);
    return [0, 1].map(at => {
      const number = (first + at) % addressesPerGroup;
      const glue = hoster.parent === parent && this.#dice.oneIn(2);
      return server(`h${number + 1}.${hoster.apex}`, groupAddress(group, number), glue);
    });
  }

  #signingOf(how: 'always' | 'mostly' | 'sometimes'): Signing | null {
    const dice = this.#dice;
    const isSigned = how === 'always' || dice.below(100) < (how === 'mostly' ? 80 : 50);
    const algorithm = dice.pick([8, 8, 10, 13, 13, 13, 13, 14, 15, 15, 16]);
    const digestTypes = dice.pick([[2], [2], [2], [4], [1, 2], [2, 4]]);
    const denial = dice.oneIn(2) ? 'nsec' : { parameters: this.#hashing(), optOut: dice.oneIn(3) };
    const keys = dice.oneIn(2) ? 'combined' : 'split';
    const chained = how === 'always' || dice.below(100) < 88;
    return isSigned ? { algorithm, keys, denial, digestTypes, chained } : null;
  }

  #hashing(): Nsec3Parameters {
    return nsec3Parameters(this.#dice.pick([0, 0, 1, 5]), this.#dice.pick(['-', '-', 'ab', '00ff17c3']));
  }

  /** Gives some zones a fault: never the root, the zones below it and the hosters, on which too much rests. */
  #breakSome(): void {
    const plain = this.#sites.filter(site => site.parent?.parent && !this.#hosters.includes(site));
    for (const [at, site] of plain.entries()) {
      const reach = this.#draw(reachFaults);
      const signing = this.#draw(signingFaults);
      if (reach !== null && site.fault === null) {
        this.#break(site, reach, plain[at + 1]);
      } else if (signing !== null && site.fault === null && isChained(site)) {
        // Knot ends with a segmentation fault when a NSEC3 chain that its zone says it has is not there.
        site.fault = signing === 'no-denial' && site.groups.includes(knotGroup) ? 'changed-data' : signing;
      }
    }
  }

  #draw(rates: readonly (readonly [Fault, number])[]): Fault | null {
    let left = this.#dice.below(1000);
    for (const [fault, rate] of rates) {
      left -= rate;
      if (left < 0) return fault;
    }
    return null;
  }

  #break(site: Site, fault: Fault, next: Site | undefined): void {
    const dice = this.#dice;
    const { apex, servers } = site;
    const [group = firstGroup] = site.groups;
    const elsewhere = firstGroup + ((group - firstGroup + 1) % (groupCount - firstGroup));
    const one = (name: string, ...addresses: readonly string[]): SiteServer => ({
      name: parseName(name),
      addresses,
      glue: true,
    });
    const lame = [
      one(`lame1.${apex}`, groupAddress(elsewhere, 0)),
      one(`lame2.${apex}`, groupAddress(elsewhere, 1)),
    ];
    const dead = [
      one(`dead1.${apex}`, `127.66.0.${dice.between(1, 200)}`),
      one(`dead2.${apex}`, `127.66.1.${dice.between(1, 200)}`),
    ];
    const silent = [one(`mute1.${apex}`, dice.pick(silentAddresses))];
    const lost = [1, 2].map(at => server(`ns${at}.gone.${dice.pick(this.#hosters).apex}`, '', false));
    switch (fault) {
      case 'lame':
        site.servers = lame;
        break;
      case 'partly-lame':
        site.servers = [...servers, ...lame];
        break;
      case 'dead':
        site.servers = dead;
        break;
      case 'partly-dead':
        site.servers = [...servers, ...dead];
        break;
      case 'silent':
        site.servers = silent;
        break;
      case 'partly-silent':
        site.servers = [...servers, ...silent];
        break;
      case 'unresolvable-ns':
        site.servers = lost;
        break;
      case 'partly-unresolvable-ns':
        site.servers = [...servers, ...lost];
        break;
      case 'addressless-ns':
        site.servers = [server(`text.${dice.pick(this.#hosters).apex}`, '', false)];
        break;
      case 'alias-ns':
        site.servers = [server(`alias.${this.#hosterOf(group).apex}`, '', false)];
        break;
      case 'cyclic-ns':
        if (next === undefined || next.fault !== null || next.parent === site.parent) {
          return;
        }
        site.servers = [server(`ns1.${next.apex}`, groupAddress(group, 0), false)];
        next.servers = [server(`ns1.${apex}`, groupAddress(next.groups[0] ?? firstGroup, 0), false)];
        next.fault = fault;
        break;
      case 'missing-glue':
        site.servers = this.#inside(apex, group).map(inside => ({ ...inside, glue: false }));
        break;
      case 'child-disagrees':
        site.ownServers = dice.oneIn(2) ? lame : [...servers, ...dead];
        break;
    }
    site.fault = fault;
  }

  #hosterOf(group: number): Site {
    return this.#dice.pick(this.#hosters.filter(({ groups }) => groups[0] === group));
  }
}

/** Whether a chain of trust leads to a zone, as long as no zone above it has a fault. */
export function isChained(site: Site): boolean {
  return site.signing?.chained === true && (site.parent === null || isChained(site.parent));
}

function server(name: string, address: string, glue: boolean): SiteServer {
  return { name: parseName(name), addresses: address === '' ? [] : [address], glue };
}

/** The deepest zone that `name` is in. */
export function siteOf(name: Name, sites: ReadonlyMap<Name, Site>): Site | null {
  for (const above of ancestorsOf(name)) {
    const site = sites.get(above);
    if (site !== undefined) {
      return site;
    }
  }
  return null;
}
