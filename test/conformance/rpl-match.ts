import { extendedErrorsOf } from '../../src/dns/edns.ts';
import type { Message } from '../../src/dns/message.ts';
import { isAtOrBelow } from '../../src/dns/name.ts';
import type { ResourceRecord } from '../../src/dns/rrset.ts';
import type { Protocol } from '../../src/world/world.ts';
import { expectedMessage } from './rpl-message.ts';
import type { Entry } from './rpl-scenario.ts';

/** Whether an entry of a server is for `query`; the words of MATCH that no query can differ in pass. */
export function isFor(entry: Entry, query: Message, protocol: Protocol): boolean {
  const { match, question } = entry;
  const [asked] = query.questions;
  if (asked === undefined) return false;
  const whole = match.has('all') || match.has('question');
  const sameType = question === null || asked.type === question.type;
  const sameName = question === null || asked.name === question.name;
  return (
    (!match.has('opcode') || query.opcode === entry.opcode) &&
    (!(match.has('qtype') || whole) || sameType) &&
    (!(match.has('qname') || whole) || sameName) &&
    (!match.has('qcase') || (asked.spelling ?? asked.name) === question?.spelling) &&
    (!match.has('subdomain') || (question !== null && isAtOrBelow(asked.name, question.name))) &&
    (!match.has('do') || query.edns?.dnssecOk === true) &&
    (!match.has('noedns') || query.edns === null) &&
    (!match.has('udp') || protocol === 'udp') &&
    (!match.has('tcp') || protocol === 'tcp')
  );
}

/** How an answer to a client is compared. */
export interface CompareOptions {
  /** Whether the AD bit counts: only where something is validated. */
  readonly authenticData: boolean;
}

/**
 * Why `given` is not the answer that `entry` expects; null when it is.
 *
 * Portable: sections are sets, aliases and signatures included; AUTHORITY counts when ANSWER is empty (proofs: SOA, NSEC,
 * NSEC3 and their signatures), as what else a resolver puts beside an answer is its own choice; OPT is not compared.
 */
export function differenceOf(
  given: Message,
  entry: Entry,
  query: Message,
  options: CompareOptions,
): string | null {
  const { match } = entry;
  const expected = expectedMessage(entry);
  const all = match.has('all') || match.has('all_noedns');
  const wants = (word: string): boolean => all || match.has(word);
  const withTtl = match.has('ttl');
  const differences = [
    wants('rcode') && differs('rcode', given.rcode, expected.rcode),
    wants('opcode') && differs('opcode', given.opcode, expected.opcode),
    wants('flags') && differs('flags', flagsOf(given, options), flagsOf(expected, options)),
    (wants('question') || match.has('qname')) &&
      entry.question !== null &&
      differs('question', given.questions[0]?.name, entry.question.name),
    (wants('question') || match.has('qtype')) &&
      entry.question !== null &&
      differs('question', given.questions[0]?.type, entry.question.type),
    wants('answer') &&
      differs('ANSWER', textOf(given.answer, query, withTtl), textOf(expected.answer, query, withTtl)),
    ((all && expected.answer.length === 0) || match.has('authority')) &&
      differs(
        'AUTHORITY',
        textOf(given.authority.filter(isProof), query, withTtl),
        textOf(expected.authority.filter(isProof), query, withTtl),
      ),
    errorDifference(given, match),
  ];
  return differences.find(difference => typeof difference === 'string') || null;
}

function differs(what: string, given: string | undefined, expected: string): string | null {
  return given === expected
    ? null
    : `${what}: given ${given || 'nothing'}, expected ${expected || 'nothing'}`;
}

function flagsOf(message: Message, options: CompareOptions): string {
  const { response, recursionDesired, recursionAvailable, truncated, authenticData } = message;
  return [
    response ? 'QR' : '',
    recursionDesired ? 'RD' : '',
    recursionAvailable ? 'RA' : '',
    truncated ? 'TC' : '',
    options.authenticData && authenticData ? 'AD' : '',
  ]
    .filter(word => word !== '')
    .join(' ');
}

const proofTypes: ReadonlySet<string> = new Set(['SOA', 'NSEC', 'NSEC3', 'RRSIG']);

function isProof(record: ResourceRecord): boolean {
  if (record.type !== 'RRSIG') return proofTypes.has(record.type);
  return proofTypes.has(record.data.split(' ')[0] ?? '');
}

/** The records, each once and in order; without signatures and denials where the client did not ask for them. */
function textOf(records: readonly ResourceRecord[], query: Message, withTtl: boolean): string {
  const signed = query.edns?.dnssecOk === true;
  const lines = records
    .filter(({ type }) => signed || type === query.questions[0]?.type || !/^(RRSIG|NSEC3?)$/.test(type))
    .map(({ owner, type, ttl, data }) => `${owner} ${withTtl ? `${ttl} ` : ''}${type} ${data}`);
  return [...new Set(lines)].sort().join(' | ');
}

function errorDifference(given: Message, match: ReadonlySet<string>): string | null {
  const word = [...match].find(text => text.startsWith('ede='));
  if (word === undefined || given.edns === null) return null;
  const codes = extendedErrorsOf(given).map(({ code }) => String(code));
  const wanted = word.slice(4);
  if (wanted === 'any' ? codes.length > 0 : codes.includes(wanted)) return null;
  return `EDE: given ${codes.join(', ') || 'none'}, expected ${wanted}`;
}
