import {
  matchingOrCovering,
  nameErrorProof,
  noDataProof,
  signaturesIn,
  withSignatures,
} from '../../src/authority/proofs.ts';
import { type Message, makeResponse, type Question } from '../../src/dns/message.ts';
import { isAtOrBelow, labelCount, type Name, rootName } from '../../src/dns/name.ts';
import { type RRset, recordsOf } from '../../src/dns/rrset.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { lookup, rrsetAt, wildcardCovering, type Zone } from '../../src/dns/zone.ts';
import type {
  Conversation,
  ConversationOptions,
  DnsStreams,
  Endpoint,
  Exchange,
  ExchangeOptions,
  Transport,
} from '../../src/world/world.ts';
import type { Bundle, Rule, ServerEntry } from './checks-bundle.ts';

/** Zone transfers from the servers of a bundle: two messages of those that hand their zones out, REFUSED of all others. */
export class BundleStreams implements DnsStreams {
  readonly #bundle: Bundle;
  /** Messages that were taken, by address. */
  readonly taken: Map<string, number> = new Map();

  constructor(bundle: Bundle) {
    this.#bundle = bundle;
  }

  converse(
    request: Uint8Array,
    server: Endpoint,
    take: (message: Uint8Array) => 'more' | 'enough',
    options: ConversationOptions,
  ): Promise<Conversation> {
    const query = decodeMessage(request);
    const entries = this.#bundle.servers.filter(({ addresses }) =>
      addresses.some(address => canonical(address) === canonical(server.address)),
    );
    if (entries.length === 0) {
      return Promise.resolve({ kind: 'timeout', afterMs: options.timeoutMs, sent: false });
    }
    for (const message of transferOf(entries, query)) {
      this.taken.set(server.address, (this.taken.get(server.address) ?? 0) + 1);
      if (take(encodeMessage(message)) === 'enough') {
        return Promise.resolve({ kind: 'over' });
      }
    }
    return Promise.resolve({ kind: 'broken', reason: 'closed' });
  }
}

function transferOf(entries: readonly ServerEntry[], query: Message): readonly Message[] {
  const [question] = query.questions;
  const zone = entries
    .filter(({ transfers }) => transfers)
    .flatMap(({ zones }) => zones)
    .find(({ apex }) => apex === question?.name);
  if (zone === undefined) {
    return [makeResponse(query, 'REFUSED')];
  }
  const [soa, rest] = [zone.rrsets.filter(isSoa), zone.rrsets.filter(rrset => !isSoa(rrset))];
  const said = { ...makeResponse(query), authoritative: true };
  return [
    { ...said, answer: [...soa, ...rest.slice(0, 2)].flatMap(recordsOf) },
    { ...said, answer: [...rest.slice(2), ...soa].flatMap(recordsOf) },
  ];
}

function isSoa({ type }: RRset): boolean {
  return type === 'SOA';
}

/** The servers of a bundle behind a Transport: every answer comes at once, and silence is a timeout at once. */
export class BundleNet implements Transport {
  readonly #bundle: Bundle;
  readonly #withoutRoute: 'IPv6' | null;
  readonly #entries = new Map<string, ServerEntry[]>();
  /** What was asked, one line each. */
  readonly sent: string[] = [];

  /** `withoutRoute` is a family that the machine of the scenario does not reach. */
  constructor(bundle: Bundle, withoutRoute: 'IPv6' | null = null) {
    this.#bundle = bundle;
    this.#withoutRoute = withoutRoute;
    for (const entry of bundle.servers) {
      for (const address of entry.addresses) {
        this.#entries.set(canonical(address), [...(this.#entries.get(canonical(address)) ?? []), entry]);
      }
    }
  }

  exchange(query: Message, server: Endpoint, options: ExchangeOptions): Promise<Exchange> {
    const protocol = options.protocol ?? 'udp';
    const [question] = query.questions;
    this.sent.push(
      `${server.address} ${question?.name} ${question?.type}${protocol === 'tcp' ? ' tcp' : ''}`,
    );
    if (this.#withoutRoute === 'IPv6' && server.address.includes(':')) {
      return Promise.resolve({ kind: 'unreachable', reason: 'no-route', protocol });
    }
    const reply = question === undefined ? null : this.#reply(query, question, server.address, protocol);
    const { spelling } = question ?? {};
    const [echoed] = reply?.questions ?? [];
    const isForeign = spelling !== undefined && echoed?.spelling !== spelling && options.anyCase !== true;
    const replyFrom = protocol === 'udp' ? this.#sourceOf(server.address) : null;
    if (reply === null || isForeign || replyFrom !== null) {
      const isNoted = reply !== null && replyFrom !== null && options.noteElsewhere === true;
      const elsewhere = isNoted ? { elsewhere: { address: replyFrom, port: server.port } } : {};
      return Promise.resolve({ kind: 'timeout', afterMs: options.timeoutMs, protocol, ...elsewhere });
    }
    const octets = encodeMessage(reply);
    const limit = protocol === 'udp' ? (query.edns?.udpSize ?? 512) : 65535;
    const message =
      octets.length > limit
        ? { ...reply, truncated: true, answer: [], authority: [], additional: [] }
        : decodeMessage(octets);
    return Promise.resolve({ kind: 'response', message, protocol, rttMs: 1, octets: octets.length });
  }

  /** Where the answers of a server come from when that is not where it was asked; null for there. */
  #sourceOf(address: string): string | null {
    const [entry] = this.#entries.get(canonical(address)) ?? [];
    return entry?.replyFrom ?? null;
  }

  #reply(query: Message, question: Question, address: string, protocol: string): Message | null {
    const entries = this.#entries.get(canonical(address));
    if (entries === undefined) {
      return this.#bundle.refusing.has(address) ? makeResponse(query, 'REFUSED') : null;
    }
    if (query.edns !== null && query.edns.version > 0) {
      return makeResponse(query, 'BADVERS');
    }
    const entry = entryFor(entries, question);
    if (entry === null) {
      return makeResponse(query, 'REFUSED');
    }
    const rule = entry.rules.find(candidate => applies(candidate, question, protocol));
    const reply = rule === undefined ? answerFrom(entry.zones, query, question) : ruleReply(rule, query);
    const { aa, ra, edns } = entry.flags;
    const hasCapitals = question.spelling !== undefined;
    return reply === null || (hasCapitals && entry.capitals === 'dropped')
      ? null
      : {
          ...reply,
          questions:
            entry.capitals === 'lowered'
              ? reply.questions.map(({ name, type, class: of }) => ({ name, type, class: of }))
              : reply.questions,
          authoritative: aa ?? reply.authoritative,
          recursionAvailable: ra ?? reply.recursionAvailable,
          edns: edns === false ? null : reply.edns,
        };
  }
}

function canonical(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]/`).hostname : address;
}

/** The entry with the longest match; for DS the shortest but the root, which is the parent's side. */
function entryFor(entries: readonly ServerEntry[], { name, type }: Question): ServerEntry | null {
  const matching = entries
    .filter(
      ({ match, onlyTypes }) => isAtOrBelow(name, match) && (onlyTypes === null || onlyTypes.includes(type)),
    )
    .toSorted((a, b) => labelCount(b.match) - labelCount(a.match));
  if (type !== 'DS') {
    return matching[0] ?? null;
  }
  return matching.findLast(({ match }) => match !== rootName) ?? matching[0] ?? null;
}

function applies({ under, types, protocol }: Rule, question: Question, asked: string): boolean {
  return (
    under.some(name => isAtOrBelow(question.name, name)) &&
    (types === null || types.includes(question.type)) &&
    (protocol === undefined || protocol === asked)
  );
}

function ruleReply({ reply }: Rule, query: Message): Message | null {
  if (reply === null) {
    return null;
  }
  const { rcode, ...rest } = reply;
  return { ...makeResponse(query, rcode), ...rest };
}

function answerFrom(zones: readonly Zone[], query: Message, { name, type }: Question): Message {
  const zone = zoneFor(zones, name, type);
  if (zone === null) {
    return makeResponse(query, 'SERVFAIL');
  }
  if (type === 'AXFR' || type === 'IXFR') {
    return makeResponse(query, 'REFUSED');
  }
  const dnssecOk = query.edns?.dnssecOk ?? false;
  const sections = {
    rcode: 'NOERROR',
    authoritative: true,
    answer: [] as RRset[],
    authority: [] as RRset[],
    additional: [] as RRset[],
  };
  fill(sections, zone, name, type, dnssecOk, 0);
  return {
    ...makeResponse(query, sections.rcode),
    authoritative: sections.authoritative,
    answer: sections.answer.flatMap(recordsOf),
    authority: sections.authority.flatMap(recordsOf),
    additional: sections.additional.flatMap(recordsOf),
  };
}

function zoneFor(zones: readonly Zone[], name: Name, type: string): Zone | null {
  const [zone] = zones
    .filter(({ apex }) => isAtOrBelow(name, apex) && !(type === 'DS' && apex === name && name !== rootName))
    .toSorted((a, b) => labelCount(b.apex) - labelCount(a.apex));
  return zone ?? zones.find(({ apex }) => apex === name) ?? null;
}

interface Sections {
  rcode: string;
  authoritative: boolean;
  answer: RRset[];
  authority: RRset[];
  additional: RRset[];
}

function fill(to: Sections, zone: Zone, name: Name, type: string, dnssecOk: boolean, depth: number): void {
  const signed = (rrsets: readonly RRset[]): readonly RRset[] =>
    dnssecOk ? withSignatures(zone, rrsets) : rrsets;
  const found = lookup(zone, name, type);
  switch (found.kind) {
    case 'answer': {
      const source = found.wildcard ?? name;
      to.answer.push(found.rrset, ...(dnssecOk ? signaturesIn(zone, found.rrset, source) : []));
      const ns = rrsetAt(zone, zone.apex, 'NS');
      if (ns !== null && type !== 'NS') to.authority.push(...signed([ns]));
      if (type === 'NS') to.additional.push(...addressesBelow(zone, found.rrset.data));
      return;
    }
    case 'cname':
    case 'dname': {
      to.answer.push(...signed([found.rrset]));
      const target = found.kind === 'cname' ? found.rrset.data[0] : found.target;
      if (found.kind === 'dname' && target != null) {
        to.answer.push({ owner: name, type: 'CNAME', ttl: found.rrset.ttl, data: [target as never] });
      }
      if (target != null && isAtOrBelow(target, zone.apex) && depth < 8) {
        fill(to, zone, target, type, dnssecOk, depth + 1);
      }
      return;
    }
    case 'referral': {
      const { cut, ns, ds } = found.delegation;
      to.authoritative = depth > 0;
      to.authority.push(ns);
      if (dnssecOk) {
        const proof = ds === null ? matchingOrCovering(zone, cut).filter(({ owner }) => owner === cut) : [ds];
        to.authority.push(...withSignatures(zone, proof));
      }
      to.additional.push(...addressesBelow({ apex: cut, rrsets: zone.rrsets }, ns.data));
      return;
    }
    default: {
      to.rcode = found.kind === 'nxdomain' ? 'NXDOMAIN' : 'NOERROR';
      const soa = rrsetAt(zone, zone.apex, 'SOA');
      to.authority.push(...(soa === null ? [] : signed([soa])));
      if (dnssecOk) {
        const proof =
          found.kind === 'nxdomain'
            ? nameErrorProof(zone, name)
            : noDataProof(zone, name, wildcardCovering(zone, name));
        to.authority.push(...withSignatures(zone, proof));
      }
    }
  }
}

/** The addresses that the zone has of those names that are at or below `apex`. */
function addressesBelow({ apex, rrsets }: Zone, names: readonly string[]): readonly RRset[] {
  return names.flatMap(name =>
    rrsets.filter(
      rrset =>
        rrset.owner === name &&
        isAtOrBelow(rrset.owner, apex) &&
        (rrset.type === 'A' || rrset.type === 'AAAA'),
    ),
  );
}
