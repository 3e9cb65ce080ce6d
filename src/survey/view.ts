import type { Delegation, Glue } from '../dns/delegation.ts';
import type { Message } from '../dns/message.ts';
import { isAtOrBelow, type Name } from '../dns/name.ts';
import { groupRecords, isType, type RRset, type RRType } from '../dns/rrset.ts';
import type { Endpoint, Exchange } from '../world/world.ts';

/** A name server at one of its addresses; a recursive resolver has no name. */
export interface Server {
  readonly name: Name | null;
  readonly address: string;
}

/** What one server said of one name and type. */
export type Answer =
  | { readonly kind: 'answer'; readonly rrset: RRset; readonly authoritative: boolean }
  | { readonly kind: 'referral'; readonly delegation: Delegation }
  | { readonly kind: 'nodata'; readonly soa: RRset | null; readonly authoritative: boolean }
  | { readonly kind: 'nxdomain'; readonly soa: RRset | null; readonly authoritative: boolean }
  /** An alias stands there instead (RFC 1034 section 3.6.2). */
  | { readonly kind: 'alias'; readonly rrset: RRset }
  | { readonly kind: 'error'; readonly rcode: string }
  | { readonly kind: 'silent'; readonly why: string };

/** One server's answer to one question. */
export interface View {
  readonly server: Server;
  readonly question: { readonly name: Name; readonly type: RRType };
  readonly answer: Answer;
  /** Milliseconds; null when nothing came back. */
  readonly rttMs: number | null;
}

/** What `exchange` says of `name` and `type`. */
export function answerOf(exchange: Exchange, name: Name, type: RRType): Answer {
  switch (exchange.kind) {
    case 'response':
      return answerIn(exchange.message, name, type);
    case 'timeout':
      return {
        kind: 'silent',
        // How long was waited is no fact about the server: it differs from run to run.
        why: `no answer${elsewhereText(exchange)}`,
      };
    case 'unreachable':
      return {
        kind: 'silent',
        why: exchange.reason === 'no-route' ? 'no route' : `connection ${exchange.reason}`,
      };
    case 'malformed':
      return { kind: 'silent', why: `malformed answer (${exchange.problem})` };
  }
}

function elsewhereText({ elsewhere }: { readonly elsewhere?: Endpoint }): string {
  return elsewhere === undefined
    ? ''
    : ` (one came from ${elsewhere.address} port ${elsewhere.port}, which was not asked)`;
}

function answerIn(message: Message, name: Name, type: RRType): Answer {
  if (message.rcode !== 'NOERROR' && message.rcode !== 'NXDOMAIN') {
    return { kind: 'error', rcode: message.rcode };
  }
  const authoritative = message.authoritative;
  const answers = groupRecords(message.answer).filter(rrset => rrset.owner === name);
  const wanted = answers.find(rrset => rrset.type === type);
  if (wanted !== undefined) {
    return { kind: 'answer', rrset: wanted, authoritative };
  }
  const alias = answers.find(rrset => rrset.type === 'CNAME');
  if (alias !== undefined) {
    return { kind: 'alias', rrset: alias };
  }
  const authority = groupRecords(message.authority);
  const soa = authority.find(rrset => rrset.type === 'SOA' && isAtOrBelow(name, rrset.owner)) ?? null;
  if (message.rcode === 'NXDOMAIN') {
    return { kind: 'nxdomain', soa, authoritative };
  }
  return referralIn(authority, message, name) ?? { kind: 'nodata', soa, authoritative };
}

function referralIn(authority: readonly RRset[], message: Message, name: Name): Answer | null {
  const ns = authority.find(rrset => isType(rrset, 'NS') && isAtOrBelow(name, rrset.owner));
  if (ns === undefined || !isType(ns, 'NS') || authority.some(rrset => rrset.type === 'SOA')) {
    return null;
  }
  const ds = authority.find(rrset => rrset.type === 'DS' && rrset.owner === ns.owner);
  const glue = groupRecords(message.additional).filter(
    (rrset): rrset is Glue =>
      (isType(rrset, 'A') || isType(rrset, 'AAAA')) && ns.data.some(target => target === rrset.owner),
  );
  return {
    kind: 'referral',
    delegation: { cut: ns.owner, ns, ds: ds !== undefined && isType(ds, 'DS') ? ds : null, glue },
  };
}

/** The NS set that an answer to `cut NS` shows for exactly `cut`; null when it shows none. */
export function nsShown(answer: Answer, cut: Name): RRset<'NS'> | null {
  if (answer.kind === 'referral') {
    return answer.delegation.cut === cut ? answer.delegation.ns : null;
  }
  if (answer.kind === 'answer' && answer.rrset.owner === cut && isType(answer.rrset, 'NS')) {
    return answer.rrset;
  }
  return null;
}

/** The SOA RRset that an answer carries, as data or as the proof of a negative answer; null when there is none. */
export function soaShown(answer: Answer): RRset | null {
  switch (answer.kind) {
    case 'nodata':
    case 'nxdomain':
      return answer.soa;
    case 'answer':
      return answer.rrset.type === 'SOA' ? answer.rrset : null;
    default:
      return null;
  }
}
