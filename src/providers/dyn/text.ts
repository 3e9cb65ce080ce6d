import type { Name } from '../../dns/name.ts';
import { parseName, rootName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata, RRType } from '../../dns/rrset.ts';
import { isZonecutError } from '../../error.ts';
import type { JsonObject } from '../json.ts';
import { textAt } from '../json.ts';
import { quotedStrings } from '../strings.ts';

/**
 * The members of `rdata` at Dyn, in the order of presentation form; `"` before one that is quoted there.
 * TXT and SPF are apart: one member holds all strings.
 */
const fields: Readonly<Record<RRType, readonly string[]>> = {
  A: ['address'],
  AAAA: ['address'],
  CAA: ['flags', 'tag', '"value'],
  CNAME: ['cname'],
  DNAME: ['dname'],
  DS: ['keytag', 'algorithm', 'digtype', 'digest'],
  MX: ['preference', 'exchange'],
  NAPTR: ['order', 'preference', '"flags', '"services', '"regexp', 'replacement'],
  NS: ['nsdname'],
  PTR: ['ptrdname'],
  SOA: ['mname', 'rname', 'serial', 'refresh', 'retry', 'expire', 'minimum'],
  SRV: ['priority', 'weight', 'port', 'target'],
  SSHFP: ['algorithm', 'fptype', 'fingerprint'],
  TLSA: ['cert_usage', 'selector', 'match_type', 'certificate'],
};

/** A run of character strings in presentation form, and one token of it. */
const quotedOnly = /^\s*"(?:\\.|[^"\\])*"(?:\s+"(?:\\.|[^"\\])*")*\s*$/s;
const tokens = /"(?:\\.|[^"\\])*"|\S+/gs;

/** The data of a record; null when a member is missing or zonecut cannot read it. */
export function dataOf(type: RRType, rdata: JsonObject): Rdata | null {
  const text = presentationOf(type, rdata);
  if (text === null) return null;
  try {
    return parseRdata(type, text, rootName);
  } catch (error) {
    if (isZonecutError(error, 'ZC_RDATA', 'ZC_NAME', 'ZC_ZONEFILE')) return null;
    throw error;
  }
}

function presentationOf(type: RRType, rdata: JsonObject): string | null {
  const strings = textAt(rdata, 'txtdata');
  if ((type === 'TXT' || type === 'SPF') && strings !== null)
    return quotedOnly.test(strings) ? strings : quotedStrings(strings);
  const parts = (fields[type] ?? []).map(field => {
    const value = textAt(rdata, field.replace('"', ''));
    if (value === null) return null;
    if (field === 'rname') return mailbox(value);
    return field.startsWith('"') && !quotedOnly.test(value) ? quotedStrings(value) : value;
  });
  return parts.length > 0 && parts.every(part => part !== null) ? parts.join(' ') : null;
}

/** Dyn writes the mailbox of a SOA as an address; the DNS with a dot, and dots before it escaped (RFC 1035 section 8). */
function mailbox(text: string): string {
  const at = text.indexOf('@');
  if (at < 0) return text;
  return `${text.slice(0, at).replaceAll('.', '\\.')}.${text.slice(at + 1)}`;
}

/** The `rdata` that says `data`; null for a type that Dyn does not hold or zonecut does not write there. */
export function rdataOf(type: RRType, data: Rdata): Readonly<Record<string, string>> | null {
  if (type === 'TXT' || type === 'SPF') return { txtdata: plainOf(type, data) };
  const names = fields[type];
  const parts = data.match(tokens) ?? [];
  if (names === undefined || type === 'SOA' || parts.length !== names.length) return null;
  return Object.fromEntries(
    names.map((name, index) => {
      const part = parts[index] ?? '';
      return name.startsWith('"') ? [name.slice(1), unquoted(part)] : [name, part];
    }),
  );
}

/** Plain text where that reads back as the same data, else the strings in quotes. */
function plainOf(type: RRType, data: Rdata): string {
  const parts = data.match(tokens) ?? [];
  const plain = parts.map(unquoted).join('');
  const same = /^[\x20-\x7e]*$/.test(plain) && dataOf(type, { txtdata: plain }) === data;
  return same ? plain : data;
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  return text
    .slice(1, -1)
    .replace(/\\(\d{3}|.)/gs, (_whole, body: string) =>
      body.length === 3 ? String.fromCharCode(Number(body)) : body,
    );
}

/** A name as Dyn spells it in addresses: without its final dot, percent-encoded. */
export function pathOf(name: Name): string {
  return encodeURIComponent(name.slice(0, -1));
}

/** A name as Dyn spells it; null when it is none. */
export function nameFromDyn(text: string): Name | null {
  try {
    return parseName(text);
  } catch (error) {
    if (isZonecutError(error, 'ZC_NAME')) return null;
    throw error;
  }
}
