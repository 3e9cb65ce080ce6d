import { isZonecutError, ZonecutError } from '../error.ts';
import {
  classMnemonic,
  classNumber,
  opcodeMnemonic,
  opcodeNumber,
  rcodeMnemonic,
  rcodeNumber,
  typeMnemonic,
  typeNumber,
} from './iana.ts';
import type { Edns, EdnsOption, Message, Question } from './message.ts';
import { isAtOrBelow, labelsOf, type Name, rootName, spellName } from './name.ts';
import { OctetReader, OctetWriter } from './octets.ts';
import { genericRdata, readRdata, writeRdata } from './rdata.ts';
import { formats } from './rdata-types.ts';
import type { Rdata, ResourceRecord, RRType } from './record.ts';
import { withRule } from './rules.ts';

/** Octets that a message can have over TCP, and over UDP before IP says less (RFC 1035 section 4.2.2). */
export const maxMessageOctets = 65535;

/** Options that one OPT record may carry; more is no honest use of EDNS. */
export const maxEdnsOptions = 32;

const headerOctets = 12;
/** Where messages are put together before they are copied out; larger ones go on elsewhere. */
const workspace = new Uint8Array(4096);
const optType = 41;

/** What bounds the encoding of a message. */
export interface EncodeOptions {
  /** Octets, at least 12; 65535 unless given. */
  readonly maxOctets?: number;
}

/**
 * The octets of `message`, names compressed (RFC 1035 section 4.1.4), the OPT record last but for TSIG.
 *
 * What does not fit in `maxOctets` is dropped from the end by whole RRsets, and TC is set when it was needed: always in
 * answer and authority, in the additional section only for the glue of a referral (RFC 2181 section 9, RFC 9471).
 * Throws ZC_WIRE on a message that has no form on the wire.
 */
export function encodeMessage(message: Message, options: EncodeOptions = {}): Uint8Array {
  const limit = Math.min(options.maxOctets ?? maxMessageOctets, maxMessageOctets);
  const records = message.answer.length + message.authority.length + message.additional.length;
  const to = new OctetWriter({ buffer: workspace, compress: records > 0 || message.questions.length > 1 });
  for (let at = 0; at < headerOctets; at += 2) to.u16(0);
  for (const question of message.questions) writeQuestion(question, to);
  const signature = message.additional.at(-1)?.type === 'TSIG' ? message.additional.slice(-1) : [];
  const additional = signature.length > 0 ? message.additional.slice(0, -1) : message.additional;
  const reserved = ednsOctets(message.edns) + (signature.length === 0 ? 0 : octetsOfRecords(signature));
  const room = limit - reserved;
  const answer = writeSection(message.answer, to, room);
  let truncated = message.truncated || answer < message.answer.length;
  const authority =
    truncated && answer < message.answer.length ? 0 : writeSection(message.authority, to, room);
  truncated ||= authority < message.authority.length;
  let extra = truncated && !message.truncated ? 0 : writeSection(additional, to, room);
  if (extra < additional.length && isReferral(message)) {
    truncated ||= additional.slice(extra).some(record => isGlueOf(record, message));
  }
  if (message.edns !== null) {
    writeEdns(message.edns, rcodeNumber(message.rcode), to);
    extra += 1;
  }
  for (const record of signature) {
    writeRecord(record, to);
    extra += 1;
  }
  if (to.at > maxMessageOctets)
    throw new ZonecutError('ZC_WIRE', `the message is ${to.at} octets, ${maxMessageOctets} at most`);
  writeHeader(message, truncated, [message.questions.length, answer, authority, extra], to);
  return to.octets();
}

function writeHeader(message: Message, truncated: boolean, counts: readonly number[], to: OctetWriter): void {
  const rcode = rcodeNumber(message.rcode);
  if (message.edns === null ? rcode > 15 : rcode > 4095) {
    throw new ZonecutError('ZC_WIRE', `the response code ${message.rcode} does not fit into the message`, {
      hint: 'Codes from 16 need EDNS (RFC 6891 section 6.1.3).',
    });
  }
  if (counts.some(count => count > 0xffff))
    throw new ZonecutError('ZC_WIRE', 'a section has more than 65535 records');
  to.setU16(0, message.id);
  const bits =
    (message.response ? 0x8000 : 0) |
    (opcodeNumber(message.opcode) << 11) |
    (message.authoritative ? 0x400 : 0) |
    (truncated ? 0x200 : 0) |
    (message.recursionDesired ? 0x100 : 0) |
    (message.recursionAvailable ? 0x80 : 0) |
    (message.authenticData ? 0x20 : 0) |
    (message.checkingDisabled ? 0x10 : 0) |
    (rcode & 15);
  to.setU16(2, bits);
  counts.forEach((count, at) => {
    to.setU16(4 + 2 * at, count);
  });
}

function writeQuestion(question: Question, to: OctetWriter): void {
  to.name(question.name, spellingOf(question));
  to.u16(typeNumber(question.type));
  to.u16(classNumber(question.class));
}

/** The spelling of a question in canonical escapes, when it is the same name; the name itself otherwise. */
function spellingOf(question: Question): string {
  if (question.spelling === undefined) return question.name;
  const text = spellName(question.spelling, rootName);
  return text.toLowerCase() === question.name ? text : question.name;
}

/** Writes whole RRsets while they end before `room`; gives how many records were written. */
function writeSection(records: readonly ResourceRecord[], to: OctetWriter, room: number): number {
  let written = 0;
  let start = to.at;
  let complete = 0;
  let last: ResourceRecord | undefined;
  for (const record of records) {
    if (last !== undefined && !sameSet(record, last)) {
      start = to.at;
      complete = written;
    }
    last = record;
    writeRecord(record, to);
    if (to.at > room) {
      to.rewind(start);
      return complete;
    }
    written += 1;
  }
  return written;
}

function sameSet(a: ResourceRecord, b: ResourceRecord): boolean {
  return a.owner === b.owner && a.type === b.type && a.class === b.class;
}

function octetsOfRecords(records: readonly ResourceRecord[]): number {
  if (records.length === 0) return 0;
  const to = new OctetWriter();
  for (const record of records) writeRecord(record, to);
  return to.at;
}

function isReferral(message: Message): boolean {
  return (
    message.answer.length === 0 &&
    !message.authoritative &&
    message.authority.some(record => record.type === 'NS')
  );
}

/** Whether the record is an address without which the cut cannot be crossed: in-domain glue (RFC 9471 section 2.1). */
function isGlueOf(record: ResourceRecord, message: Message): boolean {
  return message.authority.some(
    ns => ns.type === 'NS' && ns.data === String(record.owner) && isAtOrBelow(record.owner, ns.owner),
  );
}

function writeRecord(record: ResourceRecord, to: OctetWriter): void {
  to.name(record.owner);
  to.u16(typeNumber(record.type));
  to.u16(classNumber(record.class));
  to.u32(record.ttl);
  const lengthAt = to.at;
  to.u16(0);
  writeRdata(record.type, record.data, to);
  const length = to.at - lengthAt - 2;
  if (length > 0xffff)
    throw new ZonecutError(
      'ZC_WIRE',
      `the data of ${record.owner} ${record.type} is ${length} octets, 65535 at most`,
    );
  to.setU16(lengthAt, length);
}

function ednsOctets(edns: Edns | null): number {
  return edns === null ? 0 : edns.options.reduce((sum, option) => sum + 4 + option.data.length, 11);
}

function writeEdns(edns: Edns, rcode: number, to: OctetWriter): void {
  to.u8(0);
  to.u16(optType);
  to.u16(edns.udpSize);
  to.u8(rcode >> 4);
  to.u8(edns.version);
  to.u16(edns.dnssecOk ? 0x8000 : 0);
  to.u16(ednsOctets(edns) - 11);
  for (const option of edns.options) {
    to.u16(option.code);
    to.u16(option.data.length);
    to.bytes(option.data);
  }
}

/**
 * Reads a message, whatever `octets` are: a value, or ZC_WIRE with the offset of what is wrong.
 *
 * Compression pointers go strictly backwards, data fills its RDLENGTH exactly, nothing is sized by a count of the header
 * (RFC 1035 section 4, RFC 6891). A TTL with the top bit set is 0 (RFC 2181 section 8). Octets after the last record are
 * refused. Data of a class or of an UPDATE section that a type's format does not speak of is kept as `\# n hex`.
 */
export function decodeMessage(octets: Uint8Array): Message {
  try {
    return readMessage(new OctetReader(octets, 'ZC_WIRE'));
  } catch (fault) {
    const error = withRule(fault, 'RFC 1035 section 4.1');
    if (!isZonecutError(error) || error.code === 'ZC_WIRE' || error.code === 'ZC_INTERNAL') throw error;
    throw new ZonecutError('ZC_WIRE', error.message, { cause: error });
  }
}

/** The records of a section, and the OPT record if it was in it. */
interface Section {
  readonly records: ResourceRecord[];
  readonly opt: Opt | null;
}

interface Opt {
  readonly edns: Edns;
  /** The upper 8 of the 12 bits of the response code. */
  readonly rcodeHigh: number;
}

function readMessage(from: OctetReader): Message {
  if (from.left > maxMessageOctets) throw from.fault(`${from.left} octets, ${maxMessageOctets} at most`);
  if (from.left < headerOctets) throw from.fault(`${from.left} octets, a header alone has ${headerOctets}`);
  const id = from.u16();
  const bits = from.u16();
  const counts = [from.u16(), from.u16(), from.u16(), from.u16()];
  const opcode = opcodeMnemonic((bits >> 11) & 15);
  const questions: Question[] = [];
  for (let left = counts[0] ?? 0; left > 0; left -= 1) questions.push(readQuestion(from));
  const answer = readSection(from, counts[1] ?? 0, 'answer');
  const authority = readSection(from, counts[2] ?? 0, 'authority');
  const additional = readSection(from, counts[3] ?? 0, 'additional');
  if (from.left > 0) throw from.fault(`${from.left} octets after the last record`);
  return {
    id,
    response: (bits & 0x8000) !== 0,
    opcode,
    authoritative: (bits & 0x400) !== 0,
    truncated: (bits & 0x200) !== 0,
    recursionDesired: (bits & 0x100) !== 0,
    recursionAvailable: (bits & 0x80) !== 0,
    authenticData: (bits & 0x20) !== 0,
    checkingDisabled: (bits & 0x10) !== 0,
    rcode: rcodeMnemonic(((additional.opt?.rcodeHigh ?? 0) << 4) | (bits & 15)),
    questions,
    answer: answer.records,
    authority: authority.records,
    additional: additional.records,
    edns: additional.opt?.edns ?? null,
  };
}

function readQuestion(from: OctetReader): Question {
  const start = from.at;
  const name = from.name();
  const spelling = hasCapitals(from, start) ? spellingAt(from, start, name) : name;
  const type = typeMnemonic(from.u16());
  const questionClass = classMnemonic(from.u16());
  return spelling === name
    ? { name, type, class: questionClass }
    : { name, type, class: questionClass, spelling };
}

/** Whether a letter from `start` to here is in upper case; a length octet is never taken for one. */
function hasCapitals(from: OctetReader, start: number): boolean {
  for (let at = start; at < from.at; at += 1) {
    const octet = from.octets[at] ?? 0;
    if (octet >= 0x41 && octet <= 0x5a) return true;
  }
  return false;
}

/** The name at `start` with its letters as they are on the wire; only the first question, which is never compressed. */
function spellingAt(from: OctetReader, start: number, name: Name): string {
  const end = from.at;
  let at = start;
  for (const _ of labelsOf(name)) {
    const length = from.octets[at] ?? 0;
    if (length >= 0xc0) return name;
    at += length + 1;
  }
  if (at + 1 !== end) return name;
  from.at = start;
  return from.spelledName();
}

function readSection(
  from: OctetReader,
  count: number,
  section: 'answer' | 'authority' | 'additional',
): Section {
  const records: ResourceRecord[] = [];
  let opt: Opt | null = null;
  for (let left = count; left > 0; left -= 1) {
    const owner = from.name();
    const type = from.u16();
    const recordClass = from.u16();
    if (type === optType) {
      if (opt !== null) throw from.fault('a second OPT record (RFC 6891 section 6.1.1)');
      if (owner !== rootName)
        throw from.fault(`an OPT record that is not at the root but at ${owner} (RFC 6891 section 6.1.2)`);
      if (section !== 'additional')
        throw from.fault(`an OPT record in the ${section} section (RFC 6891 section 6.1.1)`);
      opt = readOpt(from, recordClass);
    } else {
      const last = section === 'additional' && left === 1;
      records.push(readRecord(from, owner, typeMnemonic(type), classMnemonic(recordClass), last));
    }
  }
  return { records, opt };
}

function readRecord(
  from: OctetReader,
  owner: Name,
  type: RRType,
  recordClass: string,
  last: boolean,
): ResourceRecord {
  if (type === 'TSIG' && (!last || recordClass !== 'ANY')) {
    throw from.fault(
      'a TSIG record that is not the last of the message, in class ANY (RFC 8945 section 5.1)',
    );
  }
  const ttl = from.u32();
  const end = boundOf(from);
  const whole = from.end;
  from.end = end;
  const data = readData(from, type, recordClass);
  from.end = whole;
  return { owner, type, class: recordClass, ttl: ttl > 0x7fffffff ? 0 : ttl, data };
}

/** Reads RDLENGTH and gives the offset where the data ends. */
function boundOf(from: OctetReader): number {
  const length = from.u16();
  if (length > from.left) throw from.fault(`RDLENGTH is ${length} and ${from.left} octets are left`);
  return from.at + length;
}

function readData(from: OctetReader, type: RRType, recordClass: string): Rdata {
  // Sections of an UPDATE say "any" and "none" by data that is empty (RFC 2136 sections 2.4 and 2.5).
  if (from.left === 0 && (recordClass === 'ANY' || recordClass === 'NONE')) return genericRdata(from.rest());
  const foreign = recordClass !== 'IN' && recordClass !== 'NONE' && formats.get(type)?.internetOnly === true;
  return foreign ? genericRdata(from.rest()) : readRdata(type, from);
}

function readOpt(from: OctetReader, udpSize: number): Opt {
  const rcodeHigh = from.u8();
  const version = from.u8();
  const flags = from.u16();
  const end = boundOf(from);
  const whole = from.end;
  from.end = end;
  const options: EdnsOption[] = [];
  while (from.left > 0) {
    if (options.length === maxEdnsOptions)
      throw from.fault(`more than ${maxEdnsOptions} options in an OPT record`);
    const code = from.u16();
    const length = from.u16();
    options.push({ code, data: from.take(length).slice() });
  }
  from.end = whole;
  return { rcodeHigh, edns: { udpSize, version, dnssecOk: (flags & 0x8000) !== 0, options } };
}
