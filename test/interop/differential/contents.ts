import { type Name, parseName, rootName } from '../../../src/dns/name.ts';
import { type RRType, rrsetOf } from '../../../src/dns/rrset.ts';
import type { Dice } from '../../dns/generate.ts';
import { addressesPerGroup, groupAddress, type Site } from './sites.ts';

/** Labels that zones have as a rule, and some that they never have: what aliases lead to. */
const usualTargets = [
  'www',
  'www',
  'mail',
  'host1',
  'text.deep.empty',
  'any.wild',
  'alias',
  'nosuch',
  'x.nosuch',
  'empty',
];

/** Puts data into every zone: addresses, aliases within and across zones, wildcards, empty non-terminals. */
export function fillSites(sites: readonly Site[], dice: Dice): void {
  for (const site of sites) {
    if (site.parent === null) {
      fillRoot(site);
    } else if (site.apex.split('.', 1)[0]?.endsWith('-dns') === true) {
      fillHoster(site);
    } else {
      new Filler(site, sites, dice).fill();
    }
  }
}

function fillRoot(root: Site): void {
  for (const { name, addresses } of root.servers) {
    root.records.push(rrsetOf(name, 'A', 3600, ...addresses));
  }
}

function fillHoster({ apex, groups: [group = 0], records }: Site): void {
  for (let at = 0; at < addressesPerGroup; at += 1) {
    records.push(rrsetOf(`h${at + 1}.${apex}`, 'A', 3600, groupAddress(group, at)));
  }
  records.push(rrsetOf(`text.${apex}`, 'TXT', 3600, '"no address"'));
  records.push(rrsetOf(`alias.${apex}`, 'CNAME', 3600, `h1.${apex}`));
}

class Filler {
  readonly #site: Site;
  readonly #sites: readonly Site[];
  readonly #dice: Dice;

  constructor(site: Site, sites: readonly Site[], dice: Dice) {
    this.#site = site;
    this.#sites = sites;
    this.#dice = dice;
  }

  fill(): void {
    this.#addHosts();
    this.#addAliases();
    this.#addWildcards();
    if (this.#dice.oneIn(3)) {
      this.#put('text.deep.empty', 'TXT', '"below empty non-terminals"');
      this.#put('a.b.c.d.e.deep', 'A', this.#address());
    }
    if (this.#dice.oneIn(4)) {
      this.#put('dname', 'DNAME', this.#dice.oneIn(3) ? this.#name('tree') : this.#otherName(''));
      this.#put('www.tree', 'A', this.#address());
    }
    if (this.#dice.oneIn(40)) {
      this.#addChain();
    }
  }

  #addHosts(): void {
    const addresses = (): string[] => Array.from({ length: this.#dice.between(1, 3) }, () => this.#address());
    this.#put('www', 'A', ...addresses());
    if (this.#dice.oneIn(2)) this.#put('', 'A', ...addresses());
    if (this.#dice.oneIn(2)) this.#put('www', 'AAAA', `2001:db8::${this.#dice.between(1, 9999)}`);
    if (this.#dice.oneIn(2)) {
      this.#put('', 'MX', `10 ${this.#name('mail')}`);
      this.#put('mail', 'A', this.#address());
    }
    if (this.#dice.oneIn(2)) this.#put('', 'TXT', '"v=spf1 -all"', `"${this.#dice.below(1e6)}"`);
    if (this.#dice.oneIn(3)) this.#put('_sip._tcp', 'SRV', `0 5 5060 ${this.#otherName('mail')}`);
    if (this.#dice.oneIn(3)) this.#put('host1', 'A', this.#address());
    if (this.#dice.oneIn(8)) this.#put('', 'CAA', '0 issue "ca.example"');
    if (this.#dice.oneIn(30))
      this.#put('big', 'TXT', ...Array.from({ length: 20 }, (_, at) => `"${String(at).repeat(100)}"`));
  }

  #addAliases(): void {
    const dice = this.#dice;
    if (dice.oneIn(2)) this.#put('alias', 'CNAME', this.#someName());
    if (dice.oneIn(3)) this.#put('out', 'CNAME', this.#otherName(dice.pick(usualTargets)));
    if (dice.oneIn(3))
      this.#put(
        'via-dname',
        'CNAME',
        this.#otherName(dice.pick(['www.dname', 'text.deep.empty.dname', 'x.dname'])),
      );
    if (dice.oneIn(20)) {
      this.#put('loop1', 'CNAME', this.#name('loop2'));
      this.#put('loop2', 'CNAME', this.#name('loop1'));
    }
    if (dice.oneIn(30)) this.#put('self', 'CNAME', this.#name('self'));
    if (dice.oneIn(30)) this.#put('astray', 'CNAME', 'www.nosuchtop.');
    // With the same in another zone this is a loop across zones.
    if (dice.oneIn(15)) this.#put('ring', 'CNAME', this.#otherName('ring'));
  }

  #addWildcards(): void {
    const dice = this.#dice;
    if (dice.oneIn(3)) {
      this.#put('*.wild', 'A', this.#address());
      if (dice.oneIn(2)) this.#put('*.wild', 'TXT', '"wild"');
      if (dice.oneIn(2)) this.#put('tame.wild', 'TXT', '"not wild"');
      if (dice.oneIn(3)) this.#put('leaf.ent.wild', 'TXT', '"hides the wildcard at ent"');
    }
    if (dice.oneIn(8)) this.#put('*.wildalias', 'CNAME', this.#someName());
    if (dice.oneIn(12)) this.#put('*', 'A', this.#address());
  }

  /** A chain of aliases, sometimes longer than resolvers follow. */
  #addChain(): void {
    const length = this.#dice.between(3, 14);
    for (let at = 0; at < length; at += 1) {
      this.#put(`chain${at}`, 'CNAME', this.#name(at + 1 === length ? 'www' : `chain${at + 1}`));
    }
  }

  #put(label: string, type: RRType, ...texts: string[]): void {
    this.#site.records.push(rrsetOf(this.#name(label), type, this.#dice.pick([300, 3600, 86400]), ...texts));
  }

  #name(label: string): Name {
    return nameIn(label, this.#site.apex);
  }

  #someName(): Name {
    return this.#dice.oneIn(2)
      ? this.#name(this.#dice.pick(usualTargets.filter(label => label !== 'alias')))
      : this.#otherName(this.#dice.pick(usualTargets));
  }

  #otherName(label: string): Name {
    return nameIn(label, this.#dice.pick(this.#sites).apex);
  }

  #address(): string {
    return `192.0.${this.#dice.between(0, 2)}.${this.#dice.between(1, 254)}`;
  }
}

/** The name of `label`, which may be several labels or none, in the zone `apex`. */
export function nameIn(label: string, apex: Name): Name {
  return label === '' ? apex : parseName(apex === rootName ? `${label}.` : `${label}.${apex}`);
}
