import { isTypeText, parseType } from '../../dns/iana.ts';
import { compareNames, isAtOrBelow, type Name, parseName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import { makeRRset, type Rdata, type RRset, type RRType } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import { inCanonicalOrder, keyOf } from '../change-set.ts';
import { canonicalJson, digestOf } from '../digest.ts';
import { type JsonObject, listAt, numberAt, textAt } from '../json.ts';
import type { HostedZone, ZoneSnapshot } from '../provider.ts';
import { textsAt } from './capabilities.ts';

/** What a signer makes. */
const signatures: ReadonlySet<RRType> = new Set(['RRSIG', 'NSEC', 'NSEC3', 'NSEC3PARAM']);

/** A zone as messages name it. */
export function zoneMessage(zone: HostedZone): JsonObject {
  return { id: zone.id, apex: zone.apex };
}

/** The zone that an answer tells of; null where it cannot be read. */
export function zoneIn(provider: string, value: unknown): HostedZone | null {
  const [id, apex] = [textAt(value, 'id'), nameOrNull(textAt(value, 'apex'))];
  const servers = listAt(value, 'nameServers') === null ? [] : textsAt(value, 'nameServers');
  const names = servers?.map(nameOrNull) ?? [null];
  if (id === null || apex === null || names.some(name => name === null)) return null;
  const nameServers = names.filter(name => name !== null).sort(compareNames);
  return { provider, id, apex, nameServers, reference: textAt(value, 'reference') };
}

/** The zone that a list of rows makes; a sentence where a row cannot be read. */
export function snapshotIn(zone: HostedZone, value: unknown): ZoneSnapshot | string {
  const rows = listAt(value, 'rows');
  if (rows === null) return 'the answer has no list of rows';
  const sets = new Map<string, { owner: Name; type: RRType; ttl: number; data: Rdata[] }>();
  const otherRows: { owner: Name; text: string }[] = [];
  for (const row of rows) {
    const owner = nameOrNull(textAt(row, 'owner'));
    if (owner === null || !isAtOrBelow(owner, zone.apex)) {
      return `a row has no owner at or below ${zone.apex}: ${JSON.stringify(row)}`;
    }
    const [type, ttl, data] = [textAt(row, 'type'), numberAt(row, 'ttl'), textAt(row, 'data')];
    const text = textAt(row, 'text') ?? `${ttl ?? ''} ${type ?? ''} ${data ?? ''}`.trim();
    const read = type === null || data === null || ttl === null ? null : dataOrNull(type, data);
    if (read === null || ttl === null) {
      otherRows.push({ owner, text });
      continue;
    }
    if (signatures.has(read.type)) continue;
    const key = keyOf(owner, read.type);
    const set = sets.get(key) ?? { owner, type: read.type, ttl, data: [] };
    sets.set(key, { ...set, ttl: Math.min(set.ttl, ttl), data: [...set.data, read.data] });
  }
  const rrsets = [...sets.values()].map(set => makeRRset(set.owner, set.type, set.ttl, set.data));
  return { zone, rrsets: inCanonicalOrder(rrsets), otherRows, digest: digestOf(rows.map(canonicalJson)) };
}

/** An RRset as messages hold it. */
export function rrsetMessage(rrset: RRset | null): JsonObject | null {
  return rrset === null ? null : { ttl: rrset.ttl, data: rrset.data };
}

function nameOrNull(text: string | null): Name | null {
  try {
    return text === null ? null : parseName(text);
  } catch (error) {
    if (isZonecutError(error)) return null;
    throw error;
  }
}

/** Data of a type; null for what is no record of the DNS, which hosts have as well. */
function dataOrNull(type: string, text: string): { readonly type: RRType; readonly data: Rdata } | null {
  if (!isTypeText(type)) return null;
  try {
    const known = parseType(type);
    return { type: known, data: parseRdata(known, text) };
  } catch (error) {
    if (isZonecutError(error)) return null;
    throw error;
  }
}
