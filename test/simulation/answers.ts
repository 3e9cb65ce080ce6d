import { respond } from '../../src/authority/authority.ts';
import { makeQuery } from '../../src/dns/message.ts';
import { isAtOrBelow, type Name, parseName } from '../../src/dns/name.ts';
import { groupRecords, type RRType } from '../../src/dns/rrset.ts';
import { negativeTtlOf } from '../../src/dns/zone.ts';
import type { Served } from './name-servers.ts';

/** A name that has users, and what they may be told of it. */
export interface Probe {
  readonly name: Name;
  readonly type: RRType;
  /** Every data set that its owner ever gave it, each as one text. */
  readonly right: ReadonlySet<string>;
  /** The moment from which on it has users, in milliseconds of the clock. */
  readonly sinceMs: number;
}

/** What one server says to a question, as far as a resolver goes by it. */
export type Said =
  | { readonly kind: 'data'; readonly text: string }
  | {
      readonly kind: 'referral';
      readonly cut: Name;
      readonly servers: readonly Name[];
      readonly ttlSeconds: number;
    }
  /** With authority: there is no such name, or no such type. Caches hold that for a while (RFC 2308 section 5). */
  | { readonly kind: 'absent'; readonly ttlSeconds: number }
  /** Not authoritative for the name, and no help. */
  | { readonly kind: 'lame' };

/** What a server that serves `served` says of `name` and `type`. The same question to the same server is asked once. */
export function said(served: Served, name: Name, type: RRType): Said {
  const known = memory.get(served) ?? new Map<string, Said>();
  memory.set(served, known);
  const key = `${name} ${type}`;
  const before = known.get(key);
  if (before !== undefined) {
    return before;
  }
  const now = ask(served, name, type);
  known.set(key, now);
  return now;
}

const memory = new WeakMap<Served, Map<string, Said>>();

function ask(served: Served, name: Name, type: RRType): Said {
  const message = respond({ zones: served }, makeQuery(name, type, { udpSize: 1232 }));
  const { rcode, authoritative, answer, authority } = message;
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') {
    return { kind: 'lame' };
  }
  const data = answer.filter(record => record.owner === name && record.type === type);
  if (data.length > 0) {
    return { kind: 'data', text: textOf(data.map(record => record.data)) };
  }
  const ns = authority.filter(record => record.type === 'NS' && isAtOrBelow(name, record.owner));
  const [first] = ns;
  if (!authoritative && first !== undefined) {
    const servers = ns.map(record => parseName(record.data)).sort();
    return { kind: 'referral', cut: first.owner, servers, ttlSeconds: first.ttl };
  }
  const soa = groupRecords(authority).find(rrset => rrset.type === 'SOA');
  return authoritative
    ? { kind: 'absent', ttlSeconds: soa === undefined ? 0 : negativeTtlOf(soa) }
    : { kind: 'lame' };
}

/** A data set as one text, whatever the order of its records. */
export function textOf(data: readonly string[]): string {
  return [...data].sort().join(' | ');
}
