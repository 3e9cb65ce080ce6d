import { classNumber, opcodeNumber, rcodeNumber, typeNumber } from '../../src/dns/iana.ts';
import { type Message, makeQuery } from '../../src/dns/message.ts';
import { octetsOfSpelling } from '../../src/dns/name.ts';
import { decodeMessage } from '../../src/dns/wire.ts';
import type { Entry, ScriptedRecord } from './rpl-scenario.ts';

/** The query that a STEP QUERY sends; its flags are those of REPLY. */
export function queryOf(entry: Entry): Message {
  const { question, flags } = entry;
  if (question === null) throw new Error(`the query of line ${entry.line} has no question`);
  return {
    ...makeQuery(question.name, question.type, {
      recursionDesired: flags.has('RD'),
      checkingDisabled: flags.has('CD'),
      dnssecOk: flags.has('DO'),
      udpSize: flags.has('DO') ? 4096 : null,
    }),
    opcode: entry.opcode,
    authenticData: flags.has('AD'),
    questions: [{ name: question.name, type: question.type, class: question.class }],
  };
}

/**
 * The octets that an entry answers `query` with: its own, with the ID of the query and, by ADJUST copy_query, its question.
 *
 * `echoSpelling` is Deckard's copy_id: the letters of the question are those of the query, whatever the entry has.
 */
export function replyOctets(
  entry: Entry,
  query: Message,
  options: { readonly edns: 'as-entry' | 'as-query'; readonly echoSpelling: boolean },
): Uint8Array {
  if (entry.raw !== null) {
    const octets = Uint8Array.from(entry.raw);
    const copies = entry.adjust.has('copy_id') || entry.adjust.has('raw_id');
    if (copies && octets.length > 1) octets.set([query.id >> 8, query.id & 255]);
    return octets;
  }
  const id = entry.adjust.has('copy_id') ? query.id : 0;
  return encodeScripted(entry, id, questionOctets(entry, query, options.echoSpelling), {
    opt:
      options.edns === 'as-entry'
        ? entry.flags.has('DO') || entry.flags.has('CO') || entry.ednsData !== null
        : query.edns !== null,
    dnssecOk: options.edns === 'as-entry' ? entry.flags.has('DO') : query.edns?.dnssecOk === true,
  });
}

/** The message that an entry gives as it stands, for a comparison. */
export function expectedMessage(entry: Entry): Message {
  const question = entry.question === null ? null : scriptedQuestion(entry.question);
  return decodeMessage(encodeScripted(entry, 0, question, { opt: false, dnssecOk: false }));
}

function questionOctets(entry: Entry, query: Message, echoSpelling: boolean): Uint8Array | null {
  const [asked] = query.questions;
  if (asked !== undefined && (entry.adjust.has('copy_query') || (echoSpelling && sameName(entry, query)))) {
    return scriptedQuestion({ ...asked, spelling: asked.spelling ?? asked.name });
  }
  return entry.question === null ? null : scriptedQuestion(entry.question);
}

function sameName(entry: Entry, query: Message): boolean {
  return entry.question !== null && entry.question.name === query.questions[0]?.name;
}

function scriptedQuestion(question: {
  readonly spelling: string;
  readonly type: string;
  readonly class: string;
}): Uint8Array {
  return Buffer.concat([
    octetsOfSpelling(question.spelling),
    u16(typeNumber(question.type)),
    u16(classNumber(question.class)),
  ]);
}

/** Without compression and without any check: a scenario may hold what no codec would write. */
function encodeScripted(
  entry: Entry,
  id: number,
  question: Uint8Array | null,
  edns: { readonly opt: boolean; readonly dnssecOk: boolean },
): Uint8Array {
  const { flags, sections } = entry;
  const rcode = rcodeNumber(entry.rcode);
  const bit = (word: string, value: number): number => (flags.has(word) ? value : 0);
  const head =
    bit('QR', 0x8000) |
    (opcodeNumber(entry.opcode) << 11) |
    bit('AA', 0x400) |
    bit('TC', 0x200) |
    bit('RD', 0x100) |
    bit('RA', 0x80) |
    bit('AD', 0x20) |
    bit('CD', 0x10) |
    (rcode & 15);
  const hasOpt = edns.opt || rcode > 15;
  const options = entry.ednsData ?? new Uint8Array();
  const opt = Buffer.concat([
    Uint8Array.of(0, 0, 41, 4, 208, rcode >> 4, 0, (edns.dnssecOk ? 0x80 : 0) | bit('CO', 0x40), 0),
    u16(options.length),
    options,
  ]);
  return new Uint8Array(
    Buffer.concat([
      u16(id),
      u16(head),
      u16(question === null ? 0 : 1),
      u16(sections.answer.length),
      u16(sections.authority.length),
      u16(sections.additional.length + (hasOpt ? 1 : 0)),
      question ?? new Uint8Array(),
      ...[...sections.answer, ...sections.authority, ...sections.additional].map(recordOctets),
      hasOpt ? opt : new Uint8Array(),
    ]),
  );
}

function recordOctets(record: ScriptedRecord): Uint8Array {
  return Buffer.concat([
    octetsOfSpelling(record.owner),
    u16(typeNumber(record.type)),
    u16(classNumber(record.class)),
    u16(Math.floor(record.ttl / 65536)),
    u16(record.ttl % 65536),
    u16(record.octets.length),
    record.octets,
  ]);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of((value >> 8) & 255, value & 255);
}
