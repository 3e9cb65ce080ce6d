import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { RRType as Route53Type } from '@aws-sdk/client-route-53';
import type { Name } from '../../dns/name.ts';
import { parseName, rootName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { RRset, RRType } from '../../dns/rrset.ts';
import { makeRRset } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { canonicalJson } from '../digest.ts';

/** Route 53 writes octets as `\ooo` with octal digits, the DNS as `\DDD` with decimal ones (RFC 1035 section 5.1). */
const escapes = /\\(\d{3}|.)/gs;

/** Text of Route 53 in the presentation form of the DNS. */
export function fromRoute53(text: string): string {
  return text.replace(escapes, (whole, body: string) =>
    /^[0-3][0-7]{2}$/.test(body) ? `\\${Number.parseInt(body, 8).toString().padStart(3, '0')}` : whole,
  );
}

/** Presentation form of the DNS as Route 53 takes it. */
export function toRoute53(text: string): string {
  return text.replace(escapes, (whole, body: string) =>
    /^\d{3}$/.test(body) ? `\\${Number(body).toString(8).padStart(3, '0')}` : whole,
  );
}

/** A name as Route 53 takes it: everything but letters, digits, `-`, `_` and `*` as an octal escape. */
export function nameToRoute53(name: Name): string {
  return toRoute53(name).replace(
    /[^\\a-z0-9._*-]/g,
    character => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

/** A name of Route 53. Throws ZC_NAME. */
export function nameFromRoute53(text: string): Name {
  return parseName(fromRoute53(text));
}

/** What a ResourceRecordSet is to zonecut. */
export type Reading =
  | { readonly kind: 'rrset'; readonly rrset: RRset }
  /** An alias, a routing policy, or data that zonecut cannot read. */
  | { readonly kind: 'other'; readonly owner: Name; readonly type: string; readonly text: string };

/** Reads one ResourceRecordSet. Throws ZC_NAME when its name is none. */
export function readSet(set: ResourceRecordSet): Reading {
  const owner = nameFromRoute53(set.Name ?? '');
  const type = set.Type ?? '';
  const values = set.ResourceRecords?.map(record => record.Value ?? '') ?? [];
  const plain = Object.entries(set).every(
    ([key, value]) => value === undefined || ['Name', 'Type', 'TTL', 'ResourceRecords'].includes(key),
  );
  const other: Reading = { kind: 'other', owner, type, text: canonicalJson(set) };
  if (!plain || set.TTL === undefined || values.length === 0) return other;
  try {
    const data = values.map(value => parseRdata(type, fromRoute53(value), rootName));
    return { kind: 'rrset', rrset: makeRRset(owner, type, set.TTL, data) };
  } catch (error) {
    if (isZonecutError(error, 'ZC_RDATA', 'ZC_NAME', 'ZC_ZONE', 'ZC_ZONEFILE')) return other;
    throw error;
  }
}

/** Whether Route 53 holds records of that type. */
export function isRoute53Type(type: RRType): type is Route53Type {
  return Object.hasOwn(Route53Type, type);
}

/** An RRset as Route 53 takes it; null for a type that it does not hold. */
export function writeSet(rrset: RRset): ResourceRecordSet | null {
  if (!isRoute53Type(rrset.type)) return null;
  return {
    Name: nameToRoute53(rrset.owner),
    Type: rrset.type,
    TTL: rrset.ttl,
    ResourceRecords: rrset.data.map(data => ({ Value: toRoute53(data) })),
  };
}
