import type { Dice } from '../../dns/generate.ts';
import {
  type Fault,
  firstGroup,
  groupAddress,
  groupCount,
  isChained,
  knotGroup,
  type Site,
  type SiteServer,
  serversInside,
  silentAddresses,
  siteServer,
} from './sites.ts';

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

/** Gives some zones a fault: never the root, the zones below it and the hosters, on which too much rests. */
export function breakSome(sites: readonly Site[], hosters: readonly Site[], dice: Dice): void {
  const plain = sites.filter(site => site.parent?.parent && !hosters.includes(site));
  for (const [at, site] of plain.entries()) {
    const reach = draw(reachFaults, dice);
    const signing = draw(signingFaults, dice);
    if (reach !== null && site.fault === null) {
      breakWay(site, reach, { next: plain[at + 1], hosters, dice });
    } else if (signing !== null && site.fault === null && isChained(site)) {
      // Knot ends with a segmentation fault when a NSEC3 chain that its zone says it has is not there.
      site.fault = signing === 'no-denial' && site.groups.includes(knotGroup) ? 'changed-data' : signing;
    }
  }
}

function draw(rates: readonly (readonly [Fault, number])[], dice: Dice): Fault | null {
  let left = dice.below(1000);
  for (const [fault, rate] of rates) {
    left -= rate;
    if (left < 0) return fault;
  }
  return null;
}

interface Surroundings {
  /** Another zone, for circles. */
  readonly next: Site | undefined;
  readonly hosters: readonly Site[];
  readonly dice: Dice;
}

/** Leads the way to `site` astray; does nothing when that is not possible. */
function breakWay(site: Site, fault: Fault, around: Surroundings): void {
  const { apex, servers } = site;
  const { next, hosters, dice } = around;
  const [group = firstGroup] = site.groups;
  const { lame, dead, silent, lost } = badServersFor(site, around);
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
      site.servers = [siteServer(`text.${dice.pick(hosters).apex}`, '', false)];
      break;
    case 'alias-ns':
      site.servers = [
        siteServer(`alias.${dice.pick(hosters.filter(({ groups }) => groups[0] === group)).apex}`, '', false),
      ];
      break;
    case 'cyclic-ns':
      if (next === undefined || next.fault !== null || next.parent === site.parent) {
        return;
      }
      site.servers = [siteServer(`ns1.${next.apex}`, groupAddress(group, 0), false)];
      next.servers = [siteServer(`ns1.${apex}`, groupAddress(next.groups[0] ?? firstGroup, 0), false)];
      next.fault = fault;
      break;
    case 'missing-glue':
      site.servers = serversInside(apex, group, dice).map(inside => ({ ...inside, glue: false }));
      break;
    case 'child-disagrees':
      site.ownServers = dice.oneIn(2) ? lame : [...servers, ...dead];
      break;
  }
  site.fault = fault;
}

type BadServers = Readonly<Record<'lame' | 'dead' | 'silent' | 'lost', readonly SiteServer[]>>;

/** Servers of other zones only, addresses where nobody is, addresses where nobody answers, and names that do not exist. */
function badServersFor({ apex, groups }: Site, { hosters, dice }: Surroundings): BadServers {
  const [group = firstGroup] = groups;
  const elsewhere = firstGroup + ((group - firstGroup + 1) % (groupCount - firstGroup));
  const one = (label: string, address: string): SiteServer => siteServer(`${label}.${apex}`, address, true);
  return {
    lame: [one('lame1', groupAddress(elsewhere, 0)), one('lame2', groupAddress(elsewhere, 1))],
    dead: [
      one('dead1', `127.66.0.${dice.between(1, 200)}`),
      one('dead2', `127.66.1.${dice.between(1, 200)}`),
    ],
    silent: [one('mute1', dice.pick(silentAddresses))],
    lost: [1, 2].map(at => siteServer(`ns${at}.gone.${dice.pick(hosters).apex}`, '', false)),
  };
}
