import type { Delegation } from '../dns/delegation.ts';
import { type Message, makeResponse, type Question, type Rcode } from '../dns/message.ts';
import type { Name } from '../dns/name.ts';
import { namesIn } from '../dns/rdata.ts';
import { type ResourceRecord, type RRset, type RRType, recordsOf, rrsetOf } from '../dns/rrset.ts';
import {
  type Lookup,
  lookup,
  negativeTtlOf,
  rrsetsAt,
  soaRRset,
  wildcardCovering,
  type Zone,
} from '../dns/zone.ts';
import { matchingOrCovering, nameErrorProof, noDataProof, signaturesIn, withSignatures } from './proofs.ts';
import { type ZoneSet, zoneFor, zoneForQuestion } from './zone-set.ts';

/** CNAME and DNAME that one response follows; a resolver goes on from there (11 in BIND and Unbound). */
const maxAliases = 11;
/** Names that additional addresses are looked up for; clients ask for what they miss. */
const maxAdditionalNames = 26;
/** Question types that are transfers or mail queries of old, which this server does not do (RFC 5936, RFC 1035 section 3.2.3). */
const refusedTypes: ReadonlySet<RRType> = new Set(['AXFR', 'IXFR']);
const unknownQueryTypes: ReadonlySet<RRType> = new Set(['MAILA', 'MAILB']);
const formatErrorTypes: ReadonlySet<RRType> = new Set(['OPT', 'TSIG', 'TKEY']);

/** Types whose hosts a client is sure to ask for next (RFC 1035 section 3.3.9, RFC 2782, RFC 9609 section 4.2). */
const typesWithAddresses: ReadonlySet<RRType> = new Set(['NS', 'MX', 'SRV']);

/** The three record sections that an answer is built up in. */
interface Sections {
  rcode: Rcode;
  authoritative: boolean;
  readonly answer: RRset[];
  readonly authority: RRset[];
  readonly additional: RRset[];
}

/**
 * What an authoritative server that holds `zones` says to `query` (RFC 1034 section 4.3.2, RFC 4592, RFC 6672).
 *
 * Outside of its zones REFUSED; other opcodes than QUERY NOTIMP; other than one question FORMERR; EDNS above version 0
 * BADVERS (RFC 6891 section 6.1.3); transfers REFUSED; ANY gives one RRset (RFC 8482 section 4.1). Aliases are followed
 * inside the zones of the server. When the client sets DO, signatures go with what is signed, DS or the proof that there is none
 * with a referral, and NSEC with what is denied (RFC 4035 section 3.1; not NSEC3). Truncation is the listener's.
 */
export function respond(zones: ZoneSet, query: Message): Message {
  const [question, ...others] = query.questions;
  if (query.edns !== null && query.edns.version > 0) {
    return makeResponse(query, 'BADVERS');
  }
  if (query.opcode !== 'QUERY') {
    return makeResponse(query, 'NOTIMP');
  }
  if (query.response || question === undefined || others.length > 0 || formatErrorTypes.has(question.type)) {
    return makeResponse(query, 'FORMERR');
  }
  if (unknownQueryTypes.has(question.type)) {
    return makeResponse(query, 'NOTIMP');
  }
  if (question.class !== 'IN' || refusedTypes.has(question.type)) {
    return makeResponse(query, 'REFUSED');
  }
  const sections = answerTo(zones, question, query.edns?.dnssecOk ?? false);
  return sections === null
    ? makeResponse(query, 'REFUSED')
    : {
        ...makeResponse(query, sections.rcode),
        authoritative: sections.authoritative,
        answer: sections.answer.flatMap(records),
        authority: sections.authority.flatMap(records),
        additional: sections.additional.flatMap(records),
      };
}

function records(rrset: RRset): readonly ResourceRecord[] {
  return recordsOf(rrset);
}

/** Null when the server holds no zone for the question. */
function answerTo(zones: ZoneSet, question: Question, dnssecOk: boolean): Sections | null {
  const sections: Sections = {
    rcode: 'NOERROR',
    authoritative: true,
    answer: [],
    authority: [],
    additional: [],
  };
  const seen = new Set<Name>();
  let name: Name | null = question.name;
  while (name !== null && !seen.has(name) && seen.size <= maxAliases) {
    seen.add(name);
    const zone = zoneForQuestion(zones, name, question.type);
    if (zone === null) {
      return seen.size === 1 ? null : sections;
    }
    name = step(zones, zone, { name, type: question.type }, sections, dnssecOk);
  }
  return sections;
}

interface Asked {
  readonly name: Name;
  readonly type: RRType;
}

/** Adds what `zone` holds for one name of the chain; gives the next name, null at the end. */
function step(zones: ZoneSet, zone: Zone, asked: Asked, sections: Sections, dnssecOk: boolean): Name | null {
  const found = find(zone, asked);
  switch (found.kind) {
    case 'answer':
      sections.answer.push(found.rrset);
      sections.additional.push(...addressesFor(zones, found.rrset, dnssecOk));
      proveAnswer(zone, found, sections, dnssecOk);
      return null;
    case 'cname':
      sections.answer.push(found.rrset);
      proveAnswer(zone, found, sections, dnssecOk);
      return found.rrset.data[0] ?? null;
    case 'dname':
      sections.answer.push(found.rrset, ...(dnssecOk ? signaturesIn(zone, found.rrset) : []));
      return substitute(found, asked.name, sections);
    case 'referral':
      sections.authoritative = sections.answer.length > 0;
      refer(zone, found.delegation, sections, dnssecOk);
      return null;
    case 'nodata':
    case 'nxdomain':
      sections.rcode = found.kind === 'nxdomain' ? 'NXDOMAIN' : 'NOERROR';
      deny(zone, asked.name, found.kind, sections, dnssecOk);
      return null;
  }
}

/** As `lookup`; for ANY one RRset of the name, whichever comes first (RFC 8482 section 4.1). */
function find(zone: Zone, asked: Asked): Lookup {
  if (asked.type !== 'ANY') {
    return lookup(zone, asked.name, asked.type);
  }
  const found = lookup(zone, asked.name, 'HINFO');
  if (found.kind !== 'nodata') {
    return found;
  }
  const [first] = rrsetsAt(zone, wildcardCovering(zone, asked.name) ?? asked.name);
  return first === undefined ? found : lookup(zone, asked.name, first.type);
}

/** The DNAME and the CNAME that it makes for this name (RFC 6672 section 3.1); YXDOMAIN when that is no name. */
function substitute(found: Extract<Lookup, { kind: 'dname' }>, name: Name, sections: Sections): Name | null {
  if (found.target === null) {
    sections.rcode = 'YXDOMAIN';
    return null;
  }
  sections.answer.push(rrsetOf(name, 'CNAME', found.rrset.ttl, found.target));
  return found.target;
}

/** The signatures of an answer, and the proof that no name stands in the way of the wildcard that it came from. */
function proveAnswer(
  zone: Zone,
  { rrset, wildcard }: Extract<Lookup, { kind: 'answer' | 'cname' }>,
  sections: Sections,
  dnssecOk: boolean,
): void {
  if (!dnssecOk) return;
  sections.answer.push(...signaturesIn(zone, rrset, wildcard ?? rrset.owner));
  if (wildcard !== null) {
    sections.authority.push(...withSignatures(zone, matchingOrCovering(zone, rrset.owner)));
  }
}

function refer(zone: Zone, delegation: Delegation, sections: Sections, dnssecOk: boolean): void {
  sections.authority.push(delegation.ns);
  if (dnssecOk) {
    const proof = delegation.ds === null ? matchingOrCovering(zone, delegation.cut) : [delegation.ds];
    sections.authority.push(...withSignatures(zone, proof));
  }
  sections.additional.push(...delegation.glue);
}

/** The SOA RRset with the TTL that a resolver may keep the negative answer for (RFC 2308 section 3), and what proves it. */
function deny(
  zone: Zone,
  name: Name,
  kind: 'nodata' | 'nxdomain',
  sections: Sections,
  dnssecOk: boolean,
): void {
  const soa = soaRRset(zone);
  const shown = { ...soa, ttl: negativeTtlOf(soa) };
  sections.authority.push(shown);
  if (dnssecOk) {
    const proof =
      kind === 'nxdomain'
        ? nameErrorProof(zone, name)
        : noDataProof(zone, name, wildcardCovering(zone, name));
    sections.authority.push(...signaturesIn(zone, shown), ...withSignatures(zone, proof));
  }
}

/** Addresses of the hosts that `rrset` points at, as far as the server is their authority (RFC 1034 section 4.3.2 step 6). */
function addressesFor(zones: ZoneSet, rrset: RRset, dnssecOk: boolean): readonly RRset[] {
  const found: RRset[] = [];
  const names = !typesWithAddresses.has(rrset.type)
    ? []
    : rrset.data.flatMap(data => namesIn(rrset.type, data));
  for (const name of names.slice(0, maxAdditionalNames)) {
    const zone = zoneFor(zones, name);
    for (const type of zone === null ? [] : ['A', 'AAAA']) {
      const result = zone === null ? null : lookup(zone, name, type);
      if (zone !== null && result?.kind === 'answer') {
        const signatures = dnssecOk ? signaturesIn(zone, result.rrset, result.wildcard ?? name) : [];
        found.push(result.rrset, ...signatures);
      }
    }
  }
  return found;
}
