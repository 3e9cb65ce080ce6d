import { ZonecutError } from '../error.ts';
import { parseSeconds } from './fields.ts';
import { isClassText, isMetaType, isTypeText, parseType } from './iana.ts';
import { type Name, parseNameAt } from './name.ts';
import { rdataFromTokens, soaOf } from './rdata.ts';
import type { ResourceRecord, RRType } from './record.ts';
import { maxTtl } from './rrset.ts';
import type { TokenReader } from './text.ts';

/** What an entry leaves for those after it in one file; an included file begins with a copy. */
export interface Scope {
  origin: Name;
  owner: Name | null;
}

/** What holds from one file to the next. Seconds; null until something gave them. */
export interface Ttls {
  /** Of `$TTL`. */
  standard: number | null;
  /** Of the last record that gave one. */
  last: number | null;
}

/** For the zone file: a fault in an entry. */
export function fault(message: string, hint?: string): ZonecutError {
  return new ZonecutError('ZC_ZONEFILE', message, hint === undefined ? {} : { hint });
}

/** The seconds of a TTL (RFC 2181 section 8). Throws ZC_ZONEFILE. */
export function ttlOf(text: string): number {
  const ttl = parseSeconds(text);
  if (ttl === null || ttl > maxTtl) {
    throw fault(
      `a TTL is a number of seconds from 0 to ${maxTtl}, or such as 1h30m, not ${JSON.stringify(text)}`,
    );
  }
  return ttl;
}

/**
 * The record of one entry (RFC 1035 section 5.1); `scope` and `ttls` are changed as it says.
 *
 * Throws ZC_ZONEFILE, ZC_NAME or ZC_RDATA.
 */
export function readRecord(from: TokenReader, indented: boolean, scope: Scope, ttls: Ttls): ResourceRecord {
  if (!indented) scope.owner = parseNameAt(from.word('the owner'), scope.origin);
  const owner = scope.owner;
  if (owner === null) {
    throw fault('a record without an owner, and none came before it');
  }
  const { ttl, type } = readHead(from);
  const data = rdataFromTokens(type, from);
  if (ttl !== null) ttls.last = ttl;
  const seconds =
    ttl ?? ttls.standard ?? ttls.last ?? (type === 'SOA' ? Math.min(soaOf(data).minimum, maxTtl) : null);
  if (seconds === null) {
    throw fault(
      `${owner} ${type} has no TTL`,
      'Put a $TTL line at the top of the file (RFC 2308 section 4).',
    );
  }
  // RFC 1035 section 5.1: an omitted TTL is the last one that was stated; a SOA without one states its MINIMUM.
  if (type === 'SOA' && ttl === null && ttls.standard === null) ttls.last = seconds;
  return { owner, type, class: 'IN', ttl: seconds, data };
}

/** TTL and class, in either order and each optional, and the type (RFC 1035 section 5.1). */
function readHead(from: TokenReader): { readonly ttl: number | null; readonly type: RRType } {
  let ttl: number | null = null;
  let classed = false;
  for (;;) {
    const text = from.word('the type');
    if (!classed && isClassText(text)) {
      if (!['IN', 'CLASS1'].includes(text.toUpperCase()))
        throw fault(`class ${text}, only IN can be in a zone here`);
      classed = true;
    } else if (ttl === null && /^\d/.test(text)) {
      ttl = ttlOf(text);
    } else {
      return { ttl, type: dataType(text) };
    }
  }
}

function dataType(text: string): RRType {
  if (!isTypeText(text)) {
    throw fault(
      `no record type has the mnemonic ${JSON.stringify(text.slice(0, 100))}`,
      'A type without mnemonic is written TYPE and its number.',
    );
  }
  const type = parseType(text);
  if (isMetaType(type)) throw fault(`${type} is no type of data (RFC 6895 section 3.1)`);
  return type;
}
