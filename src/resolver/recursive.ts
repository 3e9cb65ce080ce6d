import { type EdnsOption, type Message, makeResponse } from '../dns/message.ts';
import { type RRset, recordsOf } from '../dns/rrset.ts';
import type { FailureCause, Link, Resolution, ResolutionFailure } from './resolution.ts';
import type { Resolver } from './resolver.ts';
import { signaturesFor } from './scrub.ts';
import { dnssecErrors } from './security.ts';

/** How the recursive service treats its clients. */
export interface RecursiveOptions {
  /** True answers queries without RD from what is remembered, which tells what others asked for; false unless given. */
  readonly snooping?: boolean;
}

/**
 * A recursive name server for ordinary programs (RFC 1034 section 4.3.1), to be served by `listenDns`.
 *
 * Answers with RA, and with TTLs counted down; negative answers carry the SOA with the negative TTL that is left
 * (RFC 2308 section 6). What cannot be resolved is SERVFAIL with an Extended DNS Error (RFC 8914). A query without RD is
 * REFUSED unless `snooping`: what others asked for is nobody's business. Never rejects.
 */
export function recursiveService(
  resolver: Resolver,
  options: RecursiveOptions = {},
): (query: Message) => Promise<Message> {
  return async query => {
    const [question, second] = query.questions;
    if (query.opcode !== 'QUERY') {
      return reply(query, 'NOTIMP');
    }
    if (question === undefined || second !== undefined || query.response) {
      return reply(query, 'FORMERR');
    }
    if (query.edns !== null && query.edns.version > 0) {
      return reply(query, 'BADVERS');
    }
    if (question.class !== 'IN' || unserved.has(question.type)) {
      return withError(
        reply(query, 'REFUSED'),
        notSupported,
        `${question.class} ${question.type} is not served`,
      );
    }
    const snoops = !query.recursionDesired;
    if (snoops && options.snooping !== true) {
      return withError(reply(query, 'REFUSED'), prohibited, 'recursion is not desired');
    }
    try {
      const wanted = { name: question.name, type: question.type };
      const { checkingDisabled } = query;
      const resolution = await resolver.resolve(wanted, { network: !snoops, checkingDisabled });
      return replyWith(query, resolution);
    } catch {
      return withError(reply(query, 'SERVFAIL'), otherError, 'internal error');
    }
  };
}

/** Types that are questions to a server, not about data (RFC 6895 section 3.1). */
const unserved: ReadonlySet<string> = new Set(['AXFR', 'IXFR', 'OPT', 'TKEY', 'TSIG', 'MAILA', 'MAILB']);

// RFC 8914 section 4.
const otherError = 0;
const cachedError = 13;
const notReady = 14;
const prohibited = 18;
const notSupported = 21;
const noReachableAuthority = 22;
const edeOptionCode = 15;

/** What a response says beside its code. */
interface Said {
  readonly authenticData?: boolean;
  readonly answer?: Message['answer'];
  readonly authority?: Message['authority'];
}

function reply(query: Message, rcode: string, said: Said = {}): Message {
  const { authenticData = false, answer = [], authority = [] } = said;
  return { ...makeResponse(query, rcode), recursionAvailable: true, authenticData, answer, authority };
}

type Answer = Extract<Resolution, { readonly kind: 'answer' }>;

function replyWith(query: Message, resolution: Resolution): Message {
  switch (resolution.kind) {
    case 'answer':
      return withRemark(
        resolution,
        reply(query, 'NOERROR', {
          authenticData: isAuthentic(query, resolution),
          answer: answerRecords(query, resolution.links),
          authority: [...nameServerRecords(resolution), ...proofRecords(query, resolution.links)],
        }),
      );
    case 'nodata':
    case 'nxdomain':
      return withRemark(
        resolution,
        reply(query, resolution.kind === 'nodata' ? 'NOERROR' : 'NXDOMAIN', {
          authenticData: isAuthentic(query, resolution),
          answer: answerRecords(query, resolution.links.slice(0, -1)),
          authority: [
            ...answerRecords(query, resolution.links.slice(-1)),
            ...proofRecords(query, resolution.links),
          ],
        }),
      );
    case 'failure': {
      const rcode = failureRcodes[resolution.cause] ?? 'SERVFAIL';
      const response = reply(query, rcode, { answer: (resolution.rrsets ?? []).flatMap(recordsOf) });
      return withError(response, errorCodeOf(resolution), explanationOf(resolution));
    }
  }
}

/** Says of an answer why it is not validated, when that is because of an algorithm (RFC 8914 sections 4.2, 4.3 and 4.28). */
function withRemark({ security }: Resolution, response: Message): Message {
  return security?.kind === 'insecure' && security.errorCode !== null
    ? withError(response, security.errorCode, security.reason)
    : response;
}

/** RFC 6672 section 2.2: the client is told that a DNAME makes too long a name. */
const failureRcodes: Partial<Record<FailureCause, string>> = {
  'overlong-alias': 'YXDOMAIN',
  'not-remembered': 'REFUSED',
};

/** AD tells those who can read it that a chain of trust holds (RFC 6840 section 5.8). */
function isAuthentic(query: Message, resolution: Resolution): boolean {
  return resolution.security?.kind === 'secure' && (query.authenticData || wantsSignatures(query));
}

function wantsSignatures(query: Message): boolean {
  return query.edns?.dnssecOk === true;
}

/** The records of links, each RRset with its signatures for those who ask for them (RFC 3225). */
function answerRecords(query: Message, links: readonly Link[]): Message['answer'] {
  return links.flatMap(link =>
    link.rrsets.flatMap(rrset =>
      wantsSignatures(query)
        ? [...recordsOf(rrset), ...signatureRecords(query, link, rrset)]
        : recordsOf(rrset),
    ),
  );
}

/** The denials that come with links, for those who ask for them. */
function proofRecords(query: Message, links: readonly Link[]): Message['authority'] {
  if (!wantsSignatures(query)) {
    return [];
  }
  return links.flatMap(link => {
    const ttl = Math.min(0x7fffffff, ...link.rrsets.map(rrset => rrset.ttl));
    return link.evidence.proofs.flatMap(proof => {
      const kept = { ...proof, ttl: Math.min(proof.ttl, ttl) };
      return [...recordsOf(kept), ...signatureRecords(query, link, kept)];
    });
  });
}

/**
 * The NS RRset that was sent beside the answer. Nobody validated it, so that it does not stand where AD says that all does
 * (RFC 4035 section 3.2.3).
 */
function nameServerRecords({ links, security }: Answer): Message['authority'] {
  const beside = security?.kind === 'secure' ? undefined : links.at(-1)?.evidence.nameServers;
  return beside === undefined ? [] : recordsOf(beside);
}

function signatureRecords(query: Message, link: Link, rrset: RRset): Message['answer'] {
  const signatures = wantsSignatures(query) ? signaturesFor(rrset, link.evidence) : [];
  return signatures.map(data => ({ owner: rrset.owner, type: 'RRSIG', class: 'IN', ttl: rrset.ttl, data }));
}

/** The reason; before it the limits that fired on the way, unless it tells of them, as the end of a long text is cut. */
function explanationOf({ reason, limits }: ResolutionFailure & Pick<Resolution, 'limits'>): string {
  const names = [...new Set(limits.map(({ limit }) => limit))].filter(name => !reason.includes(name));
  return names.length === 0 ? reason : `${names.join(', ')} reached: ${reason}`;
}

function errorCodeOf(failure: ResolutionFailure): number {
  return failure.errorCode ?? errorCodes[failure.cause];
}

const errorCodes: Readonly<Record<FailureCause, number>> = {
  unreachable: noReachableAuthority,
  lame: noReachableAuthority,
  'no-address': noReachableAuthority,
  cycle: noReachableAuthority,
  'alias-loop': otherError,
  'overlong-alias': otherError,
  limit: otherError,
  'failed-before': cachedError,
  'not-remembered': notReady,
  bogus: dnssecErrors.bogus,
};

/** Adds an Extended DNS Error when the query had EDNS (RFC 8914 section 3). */
function withError(response: Message, code: number, text: string): Message {
  if (response.edns === null) {
    return response;
  }
  const words = new TextEncoder().encode(text).subarray(0, maxErrorOctets);
  const option: EdnsOption = { code: edeOptionCode, data: Uint8Array.of(code >> 8, code & 0xff, ...words) };
  return { ...response, edns: { ...response.edns, options: [...response.edns.options, option] } };
}

/** The text shall not be what makes a response too large for UDP (RFC 8914 section 3). */
const maxErrorOctets = 200;
