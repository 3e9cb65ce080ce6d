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
    // A resolver sends neither an SOA nor cookies nor the options of a script: an entry that wants them is not for it.
    ![...match].some(word => word.startsWith('serial=') || foreignWords.has(word)) &&
    (!match.has('udp') || protocol === 'udp') &&
    (!match.has('tcp') || protocol === 'tcp')
  );
}

const foreignWords: ReadonlySet<string> = new Set(['ednsdata', 'client_cookie', 'server_cookie', 'co']);

/** How an answer to a client is compared. */
export interface CompareOptions {
  /** Whether the AD bit counts: only where something is validated. */
  readonly authenticData: boolean;
  /**
   * `whole` compares all of AUTHORITY: the scenario asks for responses that are not minimal. `proofs` compares it when ANSWER
   * is empty, and lets a resolver leave away what is no proof (SOA, NSEC, NSEC3 and their signatures).
   */
  readonly authority: 'whole' | 'proofs';
}

/**
 * Why `given` is not the answer that `entry` expects; null when it is.
 *
 * Portable: sections are sets, aliases and signatures included; AUTHORITY counts as `options` says; ADDITIONAL and OPT are
 * not compared, as what a resolver adds there is its own choice.
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
    authorityDifference(given, expected, entry, query, options),
    match.has('additional') &&
      differs(
        'ADDITIONAL',
        textOf(given.additional, query, withTtl),
        textOf(expected.additional, query, withTtl),
      ),
    match.has('noedns') && given.edns !== null && 'OPT: given one, expected none',
    match.has('do') && given.edns?.dnssecOk !== true && 'OPT: given no DO, expected it',
    serialDifference(given, match),
    errorDifference(given, match),
  ];
  return differences.find(difference => typeof difference === 'string') || null;
}

function differs(what: string, given: string | undefined, expected: string): string | null {
  return given === expected
    ? null
    : `${what}: given ${given || 'nothing'}, expected ${expected || 'nothing'}`;
}

function authorityDifference(
  given: Message,
  expected: Message,
  { match }: Entry,
  query: Message,
  { authority }: CompareOptions,
): string | null {
  const all = match.has('all') || match.has('all_noedns');
  const withTtl = match.has('ttl');
  const isWhole = authority === 'whole' || match.has('authority');
  if (!match.has('authority') && !(all && (isWhole || expected.answer.length === 0))) return null;
  const strange = textOf(
    given.authority.filter(record => !expected.authority.some(other => isSame(record, other))),
    query,
    withTtl,
  );
  if (strange !== '') return `AUTHORITY: given ${strange}, which is not expected`;
  const of = ({ authority: records }: Message): string =>
    textOf(isWhole ? records : records.filter(isProof), query, withTtl);
  return differs('AUTHORITY', of(given), of(expected));
}

function isSame(a: ResourceRecord, b: ResourceRecord): boolean {
  return a.owner === b.owner && a.type === b.type && a.data === b.data;
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

function serialDifference({ authority }: Message, match: ReadonlySet<string>): string | null {
  const word = [...match].find(text => text.startsWith('serial='));
  const given = authority.find(({ type }) => type === 'SOA')?.data.split(' ')[2];
  return word === undefined ? null : differs('serial', given, word.slice(7));
}

function errorDifference(given: Message, match: ReadonlySet<string>): string | null {
  const word = [...match].find(text => text.startsWith('ede='));
  if (word === undefined || given.edns === null) return null;
  const codes = extendedErrorsOf(given).map(({ code }) => String(code));
  const wanted = word.slice(4);
  if (wanted === 'any' ? codes.length > 0 : codes.includes(wanted)) return null;
  return `EDE: given ${codes.join(', ') || 'none'}, expected ${wanted}`;
}
