import { isAtOrBelow, type Name, parseName, relativeTo } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { octetsOfText, quotedString, tokensOf } from '../../dns/text.ts';
import { isZonecutError } from '../../error.ts';
import type { KeptRow, NewKeptRow } from './rows.ts';
import type { KeptZone } from './zones.ts';

/** How a host shows the data of a record. */
export interface ShownContent {
  readonly content: string;
  /** Of MX and SRV; null elsewhere. */
  readonly priority: number | null;
}

/** The content of a record: names without their final dot, and text of TXT with its quotes or without. */
export function shownContent(type: string, data: Rdata, texts: 'quoted' | 'plain'): ShownContent {
  const [first = '', ...rest] = data.split(' ');
  const hasPriority = type === 'MX' || type === 'SRV';
  const content = hasPriority ? rest.join(' ') : data;
  const priority = hasPriority ? Number(first) : null;
  if (type === 'TXT' && texts === 'plain') {
    const octets = tokensOf(data).map(({ text }) => octetsOfText(text));
    return { content: new TextDecoder().decode(Buffer.concat(octets)), priority };
  }
  return {
    content: /^(CNAME|DNAME|MX|NS|PTR|SRV)$/.test(type) ? content.replace(/(?<=[^ ])\.$/, '') : content,
    priority,
  };
}

/** The data of a content that a request holds; null where it is none. */
export function rdataOfContent(type: string, content: string, priority: number | null): Rdata | null {
  const named = /^(CNAME|DNAME|MX|NS|PTR|SRV)$/.test(type);
  const text = named && !content.endsWith('.') ? `${content}.` : content;
  const hasPriority = type === 'MX' || type === 'SRV';
  try {
    if (type === 'TXT' && !content.startsWith('"')) return parseRdata('TXT', inQuotes(content));
    return parseRdata(type, hasPriority ? `${priority ?? 0} ${text}` : text);
  } catch (error) {
    if (isZonecutError(error)) return null;
    throw error;
  }
}

function inQuotes(text: string): string {
  const octets = new TextEncoder().encode(text);
  const parts: string[] = [];
  for (let at = 0; at < octets.length || at === 0; at += 255) {
    parts.push(quotedString(octets.subarray(at, at + 255)));
  }
  return parts.join(' ');
}

/** The name that labels of a request mean, relative to the zone; null where they are none. */
export function ownerOfLabels(zone: KeptZone, labels: string): Name | null {
  if (labels === '' || labels === '@') return zone.apex;
  if (!/^([*]|([*][.])?[A-Za-z0-9_-]{1,63}([.][A-Za-z0-9_-]{1,63})*)$/.test(labels)) return null;
  try {
    const owner = parseName(`${labels}.${zone.apex}`);
    return isAtOrBelow(owner, zone.apex) ? owner : null;
  } catch (error) {
    if (isZonecutError(error)) return null;
    throw error;
  }
}

/** The labels of an owner below the zone; empty for the apex. */
export function labelsOfOwner(zone: KeptZone, owner: Name): string {
  return owner === zone.apex ? '' : relativeTo(owner, zone.apex);
}

/** Why a row cannot stand beside those that are there: `same` data, or a CNAME; null where it can. */
export function clashOf(rows: readonly KeptRow[], row: NewKeptRow): 'same' | 'cname' | null {
  const here = rows.filter(({ owner }) => owner === row.owner);
  if (here.some(({ type, data }) => type === row.type && data === row.data)) return 'same';
  if (row.type === 'CNAME') return here.length > 0 ? 'cname' : null;
  return here.some(({ type }) => type === 'CNAME') ? 'cname' : null;
}
