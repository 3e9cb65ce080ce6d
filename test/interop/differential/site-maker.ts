import { type Nsec3Parameters, nsec3Parameters } from '../../../src/dns/dnssec-nsec3.ts';
import { ancestorsOf, childOf, type Name, parseName, rootName } from '../../../src/dns/name.ts';
import type { Dice } from '../../dns/generate.ts';
import { breakSome } from './site-faults.ts';
import {
  addressesPerGroup,
  firstGroup,
  groupAddress,
  groupCount,
  rootGroup,
  type Signing,
  type Site,
  type SiteServer,
  serversInside,
  siteServer,
  topGroup,
} from './sites.ts';

/** The generated internet: the root first, every parent before its children. */
export function makeSites(dice: Dice, count: number): readonly Site[] {
  return new SiteMaker(dice).make(count);
}

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
      siteServer(`${letter}.rootns.`, groupAddress(rootGroup, at), false),
    );
    const tops = Array.from({ length: Math.min(40, Math.ceil(count / 50)) }, () => this.#addTop(root));
    for (let at = 0; at < Math.ceil(count / 40); at += 1) {
      this.#addHoster(this.#dice.pick(tops), at);
    }
    while (this.#sites.length < count) {
      this.#addPlain(tops);
    }
    breakSome(this.#sites, this.#hosters, this.#dice);
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
      siteServer(`${'ab'[at]}.nic.${apex}`, groupAddress(group, this.#dice.below(4) + at), true),
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
    hoster.servers =
      other === undefined ? serversInside(apex, group, this.#dice) : this.#atHoster(other, top);
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
      return serversInside(site.apex, group, this.#dice);
    }
    const siblings = hosters.filter(({ parent }) => parent === site.parent);
    const hoster =
      this.#dice.oneIn(2) && siblings.length > 0 ? this.#dice.pick(siblings) : this.#dice.pick(hosters);
    return this.#atHoster(hoster, site.parent);
  }

  /** Names in a hoster's zone: sibling glue when it has the same parent. */
  #atHoster(hoster: Site, parent: Site | null): readonly SiteServer[] {
    const [group = firstGroup] = hoster.groups;
    const first = this.#dice.below(addressesPerGroup);
    return [0, 1].map(at => {
      const number = (first + at) % addressesPerGroup;
      const glue = hoster.parent === parent && this.#dice.oneIn(2);
      return siteServer(`h${number + 1}.${hoster.apex}`, groupAddress(group, number), glue);
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
}
