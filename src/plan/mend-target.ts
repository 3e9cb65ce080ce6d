import type { CutFinding } from '../checks/cut/finding.ts';
import { addressType } from '../checks/cut/parts.ts';
import { childWord } from '../checks/cut/said.ts';
import { ownAddresses, zoneNames } from '../checks/cut/sets.ts';
import { lameness } from '../checks/judge.ts';
import { isAtOrBelow, type Name } from '../dns/name.ts';
import { type RRset, rrsetOf } from '../dns/rrset.ts';
import type { RRsetChange } from '../providers/provider.ts';
import type { View } from '../survey/view.ts';
import { removalOf } from './displaced.ts';
import { ttlAt } from './fit.ts';
import { addressesIn, glueChanges, glueOnlyFor, inDomainOf } from './glue.ts';
import { type MendGround, sameSet } from './mend-ground.ts';

/** What the delegation and the zone's own NS RRset shall be. */
export interface MendTarget {
  /** The NS set at the parent. */
  readonly names: readonly Name[];
  /** Seconds; the TTL there. */
  readonly ttl: number;
  /** The zone's own NS set and its TTL in seconds as they shall be; null where the zone's host does not let them be written, or nothing has to change. */
  readonly own: { readonly names: readonly Name[]; readonly ttl: number } | null;
  readonly glue: readonly RRsetChange[];
  /** Whether anything at the parent changes. */
  readonly atParent: boolean;
  mends(finding: CutFinding): boolean;
}

/** How far apart the TTLs of the two sides may be; see the check `ns-ttl-mismatch`. */
const ttlFactor = 10;
/** Seconds; of glue for which nobody tells a TTL. */
const usualTtl = 3600;

/** What both sides shall name, with the addresses and the TTLs that belong to it. Nothing changes for which no finding asks. */
export function mendTarget(ground: MendGround): MendTarget {
  const { survey, options, from, apex, agreed } = ground;
  const { cut } = survey;
  const { capabilities } = options.parent;
  const ownNow = apex?.data ?? zoneNames(options.facts) ?? [];
  const wanted = agreed.unsure.length > 0 || agreed.names.length === 0 ? null : agreed.names;
  const addresses = addressesFor(ground, wanted ?? from.data);
  const isWritable = (name: Name): boolean =>
    capabilities.writesGlue || from.data.some(ns => ns === name) || !isAtOrBelow(name, cut);
  const names = wanted?.every(isWritable) === true ? wanted : from.data;
  const glue = capabilities.writesGlue ? glueFor(ground, names, addresses.rrsets) : [];
  const ttls = ttlsFor(ground);
  const canWriteOwn = apex !== null && options.child?.capabilities.writesApexNs === true;
  const ownNames = canWriteOwn && wanted !== null ? wanted : ownNow;
  const isOwnChanged =
    canWriteOwn && (!sameSet(ownNames, ownNow) || (ttls.own !== null && ttls.own !== apex.ttl));
  const after = { names, own: ownNames };
  return {
    names,
    ttl: ttls.parent,
    own: isOwnChanged ? { names: ownNames, ttl: ttls.own ?? apex.ttl } : null,
    glue,
    atParent: !sameSet(names, from.data) || ttls.parent !== from.ttl || glue.length > 0,
    mends: finding =>
      isMended(finding, ground, after, addresses.unsure) ||
      isTtlMended(finding, ttls) ||
      isAskedNoMore(finding, glue),
  };
}

interface Addresses {
  /** A and AAAA of in-domain name servers as their own zone has them. */
  readonly rrsets: readonly RRset[];
  /** Names whose own addresses do not serve the cut: glue of them is left as it is. */
  readonly unsure: readonly Name[];
}

/** The addresses that belong at the parent: of the account that holds the zone, else as the zone's servers give them. */
function addressesFor({ survey, options, child }: MendGround, names: readonly Name[]): Addresses {
  const { cut } = survey;
  const { facts, soaViews } = options;
  const inDomain = inDomainOf(names, cut);
  const rrsets =
    child === null
      ? inDomain.flatMap(name =>
          ['A', 'AAAA'].flatMap(type => {
            const own = (ownAddresses(facts, name) ?? []).filter(address => addressType(address) === type);
            return own.length === 0 ? [] : [rrsetOf(name, type, usualTtl, ...own)];
          }),
        )
      : addressesIn(child.rrsets, inDomain);
  // Addresses that no glue leads to are asked in the second look alone.
  const isLameAt = (address: string): boolean =>
    facts.children.some(
      server =>
        server.address === address && !['authoritative', 'unknown'].includes(childWord(server, facts).word),
    ) || soaViews.some(view => view.server.address === address && isLame(view, cut));
  const unsure = inDomain.filter(name =>
    rrsets.some(({ owner, data }) => owner === name && data.some(isLameAt)),
  );
  return { rrsets: rrsets.filter(({ owner }) => !unsure.includes(owner)), unsure };
}

/** Whether a server does not serve the cut, as far as this machine has a route to it. */
function isLame(view: View, cut: Name): boolean {
  const hasNoRoute = view.answer.kind === 'silent' && view.answer.why === 'no route';
  return !hasNoRoute && lameness(view, cut) !== null;
}

/** Glue that comes or is corrected, and glue that goes: of names that are not named any more, and of types that their zone has not. */
function glueFor(
  { survey, options, from }: MendGround,
  names: readonly Name[],
  addresses: readonly RRset[],
): readonly RRsetChange[] {
  const { cut, parent } = survey;
  const { rrsets } = parent.snapshot;
  const changes = glueChanges(cut, names, addresses, rrsets, options.parent.capabilities);
  const stale = addressesIn(rrsets, inDomainOf(names, cut)).filter(
    ({ owner, type }) =>
      addresses.some(rrset => rrset.owner === owner) &&
      !addresses.some(rrset => rrset.owner === owner && rrset.type === type),
  );
  const dropped = glueOnlyFor(
    cut,
    from.data.filter(name => !names.includes(name)),
    rrsets,
  );
  return [...changes, ...[...stale, ...dropped].map(removalOf)];
}

interface Ttls {
  readonly parent: number;
  /** Null when it stays, or is not known. */
  readonly own: number | null;
  readonly mended: boolean;
}

/** The lower TTL of the two sides counts, where the host of the other side takes it: a later change is over sooner. */
function ttlsFor({ options, from, apex }: MendGround): Ttls {
  const { findings, parent, child, nsViews } = options;
  const served = nsViews.flatMap(({ answer }) => (answer.kind === 'answer' ? [answer.rrset.ttl] : []));
  const own = apex?.ttl ?? served[0];
  if (own === undefined || !findings.some(({ id }) => id === 'ns-ttl-mismatch')) {
    return { parent: from.ttl, own: null, mended: false };
  }
  const writesOwn = apex !== null && child?.capabilities.writesApexNs === true;
  const next =
    own > from.ttl && writesOwn
      ? { parent: from.ttl, own: ttlAt(child.capabilities, from.ttl) }
      : { parent: ttlAt(parent.capabilities, own), own };
  const [low = 0, high = 0] = [next.parent, next.own].toSorted((a, b) => a - b);
  return { ...next, mended: high <= ttlFactor * Math.max(1, low) };
}

function isTtlMended({ id }: CutFinding, { mended }: Ttls): boolean {
  return id === 'ns-ttl-mismatch' && mended;
}

/** Whether a server is lame at addresses only that glue sends to and no longer will. */
function isAskedNoMore({ id, servers }: CutFinding, glue: readonly RRsetChange[]): boolean {
  const gone = glue.flatMap(({ from, to }) =>
    (from?.data ?? []).filter(address => to?.data.includes(address) !== true).map(String),
  );
  return (
    id.startsWith('lame-') && servers.length > 0 && servers.every(({ address }) => gone.includes(address))
  );
}

/** Checks that are content when both sides name the same servers. */
const setChecks: ReadonlySet<string> = new Set([
  'ns-set-mismatch',
  'ns-set-disjoint',
  'stealth-ns',
  'csync-pending',
]);
/** Checks that are content when the delegation leads to servers that have the zone. */
const deadChecks: ReadonlySet<string> = new Set(['delegation-dead', 'dangling-zone']);
const glueChecks: ReadonlySet<string> = new Set(['glue-missing', 'glue-mismatch', 'glue-incomplete']);
/** Checks about one name server that are content when nobody names it any more. */
const nameChecks: ReadonlySet<string> = new Set([
  'child-only-stale-ns',
  'dangling-partial',
  'lame-broken-response',
  'lame-no-response',
  'lame-not-authoritative',
  'lame-rcode',
  'lame-upward-referral',
  'ns-domain-unregistered',
  'ns-is-alias',
  'ns-missing-dot',
  'ns-name-invalid',
  'ns-sacrificial',
  'ns-unresolvable',
]);

function isMended(
  { id, subject, remedy }: CutFinding,
  { survey, options, agreed }: MendGround,
  after: { readonly names: readonly Name[]; readonly own: readonly Name[] },
  unsure: readonly Name[],
): boolean {
  if (deadChecks.has(id)) {
    return agreed.isElsewhere;
  }
  if (id === 'ns-single') {
    return after.names.length > 1 && after.own.length > 1;
  }
  if (setChecks.has(id)) {
    return sameSet(after.names, after.own);
  }
  if (glueChecks.has(id)) {
    const isOurs = isAtOrBelow(subject, survey.cut) && options.parent.capabilities.writesGlue;
    return isOurs && !unsure.includes(subject);
  }
  const gone = [...remedy.parent, ...remedy.child].flatMap(({ change, line }) =>
    change === 'remove' ? (/ IN NS (\S+)$/.exec(line)?.[1] ?? []) : [],
  );
  return (
    nameChecks.has(id) &&
    gone.length > 0 &&
    gone.every(name => ![...after.names, ...after.own].some(left => left === name))
  );
}
