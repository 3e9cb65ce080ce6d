import { createHash } from 'node:crypto';
import type { Name } from '../dns/name.ts';
import { makeRRset, type RRset } from '../dns/rrset.ts';
import type { Capabilities, ZoneSnapshot } from '../providers/provider.ts';
import type { Remark } from './plan.ts';

/** RRsets as a host can hold them. */
export interface Fitting {
  /** What the host can hold, with TTLs that it takes. */
  readonly rrsets: readonly RRset[];
  /** Those whose TTL had to change, as they were. */
  readonly clamped: readonly RRset[];
  /** What the host cannot hold, in words. */
  readonly stuck: readonly string[];
}

/** `rrsets` as the host of a zone `apex` with `capabilities` can hold them; a CNAME at the apex fits no host (RFC 1034 section 3.6.2). */
export function fittingTo(capabilities: Capabilities, apex: Name, rrsets: readonly RRset[]): Fitting {
  const { types } = capabilities;
  const fits = (rrset: RRset): boolean =>
    types.includes(rrset.type) && !(rrset.type === 'CNAME' && rrset.owner === apex);
  const held = rrsets.filter(fits);
  const ttlOf = (rrset: RRset): number => ttlAt(capabilities, rrset.ttl);
  return {
    rrsets: held.map(rrset =>
      ttlOf(rrset) === rrset.ttl ? rrset : makeRRset(rrset.owner, rrset.type, ttlOf(rrset), rrset.data),
    ),
    clamped: held.filter(rrset => ttlOf(rrset) !== rrset.ttl),
    stuck: rrsets.filter(rrset => !fits(rrset)).map(rrset => `${rrset.owner} ${rrset.type}`),
  };
}

/** The TTL nearest to `ttl` that the host takes: where it takes some only, the next lower one, which is forgotten sooner. */
export function ttlAt({ minTtl, maxTtl, ttls }: TtlLimits, ttl: number): number {
  const within = Math.min(maxTtl, Math.max(minTtl, ttl));
  return ttls?.filter(one => one <= within).at(-1) ?? within;
}

type TtlLimits = Pick<Capabilities, 'minTtl' | 'maxTtl' | 'ttls'>;

/** What the user should know of TTLs that the host named `label` does not take. */
export function clampRemarks({ clamped }: Fitting, label: string, limits: TtlLimits): readonly Remark[] {
  const { minTtl, maxTtl, ttls } = limits;
  const takes = ttls === undefined ? `${minTtl} to ${maxTtl}` : ttls.join(', ');
  return clamped.map(({ owner, type, ttl }) => ({
    severity: 'note',
    text: `${owner} ${type} has a TTL of ${ttl} s; ${label} takes ${takes}, and gets the nearest`,
  }));
}

/** Types at the apex that belong to the host and its keys: another host has others. RFC 7344, RFC 8901. */
const apexTypes: readonly string[] = ['SOA', 'NS', 'DNSKEY', 'CDS', 'CDNSKEY'];

/** What users of a zone see of it: every RRset but those of its apex that are the host's own. */
export function ownRecords({ zone, rrsets }: ZoneSnapshot): readonly RRset[] {
  return rrsets.filter(rrset => !(rrset.owner === zone.apex && apexTypes.includes(rrset.type)));
}

/** A hash that is equal exactly for the same RRsets, in whatever order. */
export function contentDigest(rrsets: readonly RRset[]): string {
  const lines = rrsets.map(({ owner, type, ttl, data }) =>
    JSON.stringify([owner, type, ttl, [...data].sort()]),
  );
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

/** The number of records in `rrsets`. */
export function recordCount(rrsets: readonly RRset[]): number {
  return rrsets.reduce((sum, rrset) => sum + rrset.data.length, 0);
}

/** `1 RRset`, `2 RRsets`. */
export function rrsetsText(count: number): string {
  return `${count} RRset${count === 1 ? '' : 's'}`;
}
