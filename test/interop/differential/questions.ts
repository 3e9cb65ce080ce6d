import { type Name, parentOf, parseName } from '../../../src/dns/name.ts';
import type { RRType } from '../../../src/dns/rrset.ts';
import type { Dice } from '../../dns/generate.ts';
import { nameIn } from './contents.ts';
import type { Site } from './sites.ts';

/** One question of the differential. */
export interface Asking {
  readonly number: number;
  readonly name: Name;
  readonly type: RRType;
  /** Whether signatures are asked for, and compared. */
  readonly dnssecOk: boolean;
  /** Whether it is asked not to validate (CD). */
  readonly checkingDisabled: boolean;
  /** The zone that the question was made for. */
  readonly site: Site;
}

const types: readonly RRType[] = [
  'A',
  'A',
  'AAAA',
  'TXT',
  'MX',
  'SRV',
  'CNAME',
  'NS',
  'SOA',
  'DS',
  'CAA',
  'HTTPS',
  'TYPE65400',
];
const apexTypes: readonly RRType[] = [
  'SOA',
  'NS',
  'DNSKEY',
  'DS',
  'A',
  'MX',
  'TXT',
  'NSEC3PARAM',
  'NSEC',
  'DNAME',
];

/** Questions about what is in the zones, what is not, and what only seems to be. */
export function makeQuestions(sites: readonly Site[], dice: Dice, count: number): readonly Asking[] {
  return Array.from({ length: count }, (_, number): Asking => {
    const site = pickSite(sites, dice);
    const [name, type] = questionFor(site, dice);
    return { number, name, type, dnssecOk: dice.oneIn(4), checkingDisabled: dice.oneIn(12), site };
  });
}

/** Silence is asked about seldom, since every such question lasts for seconds. */
function pickSite(sites: readonly Site[], dice: Dice): Site {
  for (;;) {
    const site = dice.pick(sites);
    if (site.fault !== 'silent' || dice.oneIn(3)) return site;
  }
}

function questionFor({ apex, records, children, servers, fault }: Site, dice: Dice): readonly [Name, RRType] {
  const inside = (label: string): Name => nameIn(label, apex);
  // These are wrong in one place only.
  if ((fault === 'changed-data' || fault === 'unsigned-rrset') && dice.oneIn(3)) return [inside('www'), 'A'];
  const draw = dice.below(100);
  if (draw < 38 && records.length > 0) {
    const { owner, type } = dice.pick(records);
    // Below a wildcard there is what it stands for.
    const name =
      owner.startsWith('*.') && dice.below(10) > 0
        ? parseName(`${dice.pick(['a', 'b.a', 'x1'])}${owner.slice(1)}`)
        : owner;
    return [name, type === 'DNAME' || type === 'CNAME' ? dice.pick([type, 'A', 'A', 'TXT']) : type];
  }
  if (draw < 50 && records.length > 0) return [dice.pick(records).owner, dice.pick(types)];
  if (draw < 62) return [apex, dice.pick(apexTypes)];
  if (draw < 72)
    return [
      inside(dice.pick(['nosuch', 'x.nosuch', 'a.b.c.nosuch', 'zzz', '0', 'x.www', 'y.x.mail'])),
      dice.pick(types),
    ];
  if (draw < 77 && records.length > 0) return [parentOf(dice.pick(records).owner) ?? apex, dice.pick(types)];
  if (draw < 82)
    return [
      inside(
        dice.pick([
          'x.wild',
          'x.tame.wild',
          'x.ent.wild',
          'ent.wild',
          '*.wild',
          'x.wildalias',
          'a.b.wildalias',
        ]),
      ),
      dice.pick(['A', 'TXT', 'MX', 'CNAME']),
    ];
  if (draw < 88)
    return [
      inside(dice.pick(['dname', 'www.dname', 'x.dname', 'www.tree', 'a.b.dname', `${longLabels}.dname`])),
      dice.pick(['A', 'A', 'DNAME', 'CNAME', 'MX']),
    ];
  if (draw < 92) return [dice.pick(servers).name, dice.pick(['A', 'AAAA', 'TXT'])];
  if (draw < 97 && children.length > 0) {
    const child = dice.pick(children);
    return dice.oneIn(2)
      ? [child.apex, dice.pick(['DS', 'NS'])]
      : [parentOf(child.apex) ?? apex, dice.pick(['A', 'NS', 'DS'])];
  }
  return [parseName(`${dice.pick(['', 'www.', 'a.b.'])}nosuch${dice.below(50)}.`), dice.pick(types)];
}

/** What makes a name too long as soon as a DNAME adds to it. */
const longLabels = Array.from({ length: 3 }, () => 'l'.repeat(60)).join('.');
