import { invariant } from '../error.ts';
import type { Message } from './message.ts';
import type { Name } from './name.ts';
import {
  copyNameAt,
  isAtOrBelowAt,
  isNameAt,
  isSameNameAt,
  labelCountAt,
  NameChecker,
  readNameAt,
  viewFault,
} from './view-names.ts';
import { decodeMessage, maxEdnsOptions, maxMessageOctets } from './wire.ts';

const headerOctets = 12;
/** TYPE, CLASS, TTL and RDLENGTH of a record. */
const fixedOctets = 10;
const types = { a: 1, ns: 2, aaaa: 28, opt: 41, tsig: 250 } as const;
const classIn = 1;
const classNone = 254;
const classAny = 255;

/** Types whose data is one name and nothing else: NS, MD, MF, CNAME, MB, MG, MR, PTR and DNAME, by number. */
const oneNameTypes: Uint8Array = new Uint8Array(64);
for (const type of [2, 3, 4, 5, 7, 8, 9, 12, 39]) oneNameTypes[type] = 1;

const noOctets = new Uint8Array(0);

/** The number of no record and the offset of no name. */
export const nothing = -1;

/**
 * A lazy reader over the octets of messages, for work on very many of them: one view reads one message after the other.
 *
 * `read` checks the header, every name of an owner or question, every RDLENGTH and the OPT record, and notes where records
 * stand. Data is checked when it is asked for, so that a message whose data is wrong is refused by `decodeMessage` and not
 * by `read`. No string and no object is made for a record until one is asked for.
 *
 * Records are numbered from 0 through answer, authority and additional section, the OPT record among them as it stands.
 * A name is an offset that the view gave. Types, classes and codes are numbers; `typeMnemonic` and the like name them.
 * The octets are not copied: they must stay as they are until the view reads others. A view has 70 KiB of memory, and more
 * only for messages of more than 128 records. Everything here throws ZC_WIRE with the offset of what is wrong, and
 * ZC_INTERNAL for the number of a record that is not there.
 */
export class MessageView {
  #octets: Uint8Array = noOctets;
  readonly #names = new NameChecker();
  /** For each record where its owner begins and where its TYPE stands. */
  #places = new Int32Array(256);
  #questions = 0;
  #questionEnd = headerOctets;
  #authorityStart = 0;
  #additionalStart = 0;
  #records = 0;
  /** Where the TYPE of the OPT record stands, or `nothing`. */
  #opt = nothing;

  /**
   * Takes the message in `octets` in place of the one before; no number or offset of that one holds any more.
   *
   * Work and memory are bounded by the octets, whatever the counts of the header say. Throws ZC_WIRE, and is empty then.
   */
  read(octets: Uint8Array): void {
    this.#clear();
    this.#octets = octets;
    try {
      this.#pass(octets);
    } catch (error) {
      this.#clear();
      throw error;
    }
  }

  #clear(): void {
    this.#octets = noOctets;
    this.#questions = 0;
    this.#authorityStart = 0;
    this.#additionalStart = 0;
    this.#records = 0;
    this.#opt = nothing;
  }

  #pass(octets: Uint8Array): void {
    const end = octets.length;
    if (end > maxMessageOctets) throw viewFault(0, `${end} octets, ${maxMessageOctets} at most`);
    if (end < headerOctets) throw viewFault(0, `${end} octets, a header alone has ${headerOctets}`);
    this.#names.begin(octets);
    const questions = this.#u16(4);
    let at = headerOctets;
    for (let left = questions; left > 0; left -= 1) at = this.#passQuestion(at);
    const authorityStart = this.#u16(6);
    const additionalStart = authorityStart + this.#u16(8);
    const records = additionalStart + this.#u16(10);
    for (let index = 0; index < records; index += 1) {
      at = this.#passRecord(at, index, additionalStart, index === records - 1);
    }
    if (at < end) throw viewFault(at, `${end - at} octets after the last record`);
    this.#authorityStart = authorityStart;
    this.#additionalStart = additionalStart;
    this.#records = records;
    this.#questions = questions;
  }

  #passQuestion(at: number): number {
    const end = this.#octets.length;
    const next = this.#names.pass(at, end) + 4;
    if (next > end) throw viewFault(at, 'the octets end inside a question');
    if (at === headerOctets) this.#questionEnd = next;
    return next;
  }

  /** Notes record `index`, which begins at `owner`, and gives the offset behind it. */
  #passRecord(owner: number, index: number, additionalStart: number, last: boolean): number {
    const octets = this.#octets;
    const end = octets.length;
    const fixed = this.#names.pass(owner, end);
    const data = fixed + fixedOctets;
    if (data > end) throw viewFault(fixed, 'the octets end inside a record');
    const length = ((octets[fixed + 8] ?? 0) << 8) | (octets[fixed + 9] ?? 0);
    if (length > end - data) {
      throw viewFault(fixed + 8, `RDLENGTH is ${length} and ${end - data} octets are left`);
    }
    const type = ((octets[fixed] ?? 0) << 8) | (octets[fixed + 1] ?? 0);
    if (type === types.opt) this.#passOpt(owner, fixed, index >= additionalStart);
    else if (type === types.tsig) this.#passTsig(fixed, last && index >= additionalStart);
    this.#place(index, owner, fixed);
    return data + length;
  }

  #place(index: number, owner: number, fixed: number): void {
    if (2 * index + 1 >= this.#places.length) this.#grow();
    this.#places[2 * index] = owner;
    this.#places[2 * index + 1] = fixed;
  }

  /** Grows by what was read, never by a count. */
  #grow(): void {
    const grown = new Int32Array(this.#places.length * 2);
    grown.set(this.#places);
    this.#places = grown;
  }

  /** The rules of RFC 6891 section 6.1 for the OPT record, and the bounds of its options. */
  #passOpt(owner: number, fixed: number, additional: boolean): void {
    if (this.#opt !== nothing) throw viewFault(fixed, 'a second OPT record (RFC 6891 section 6.1.1)');
    if (labelCountAt(this.#octets, owner) !== 0)
      throw viewFault(owner, 'an OPT record that is not at the root (RFC 6891 section 6.1.2)');
    if (!additional)
      throw viewFault(fixed, 'an OPT record outside the additional section (RFC 6891 section 6.1.1)');
    const data = fixed + fixedOctets;
    const end = data + this.#u16(fixed + 8);
    let options = 0;
    for (let at = data; at < end; options += 1) {
      if (options === maxEdnsOptions)
        throw viewFault(at, `more than ${maxEdnsOptions} options in an OPT record`);
      if (at + 4 > end) throw viewFault(at, 'the OPT record ends inside an option');
      at += 4 + this.#u16(at + 2);
      if (at > end) throw viewFault(at, 'the OPT record ends inside an option');
    }
    this.#opt = fixed;
  }

  #passTsig(fixed: number, last: boolean): void {
    if (!last || this.#u16(fixed + 2) !== classAny)
      throw viewFault(
        fixed,
        'a TSIG record that is not the last of the message, in class ANY (RFC 8945 section 5.1)',
      );
  }

  #u16(at: number): number {
    return ((this.#octets[at] ?? 0) << 8) | (this.#octets[at + 1] ?? 0);
  }

  /** The octets that are viewed. */
  get octets(): Uint8Array {
    return this.#octets;
  }

  /** The ID of the message, 0 to 65535. */
  get id(): number {
    return this.#u16(0);
  }

  /** QR: whether it is a response. */
  get response(): boolean {
    return ((this.#octets[2] ?? 0) & 0x80) !== 0;
  }

  /** What kind of request it is, 0 to 15; 0 is QUERY. */
  get opcode(): number {
    return ((this.#octets[2] ?? 0) >> 3) & 15;
  }

  /** AA. */
  get authoritative(): boolean {
    return ((this.#octets[2] ?? 0) & 4) !== 0;
  }

  /** TC. */
  get truncated(): boolean {
    return ((this.#octets[2] ?? 0) & 2) !== 0;
  }

  /** RD. */
  get recursionDesired(): boolean {
    return ((this.#octets[2] ?? 0) & 1) !== 0;
  }

  /** RA. */
  get recursionAvailable(): boolean {
    return ((this.#octets[3] ?? 0) & 0x80) !== 0;
  }

  /** AD. */
  get authenticData(): boolean {
    return ((this.#octets[3] ?? 0) & 0x20) !== 0;
  }

  /** CD. */
  get checkingDisabled(): boolean {
    return ((this.#octets[3] ?? 0) & 0x10) !== 0;
  }

  /** The response code with the upper bits of the OPT record, 0 to 4095 (RFC 6891 section 6.1.3). */
  get rcode(): number {
    const high = this.#opt === nothing ? 0 : (this.#octets[this.#opt + 4] ?? 0);
    return (high << 4) | ((this.#octets[3] ?? 0) & 15);
  }

  /** How many questions there are. */
  get questionCount(): number {
    return this.#questions;
  }

  /** The name of the first question; `nothing` when there is none. */
  get questionName(): number {
    return this.#questions === 0 ? nothing : headerOctets;
  }

  /** The type of the first question; 0 when there is none. */
  get questionType(): number {
    return this.#questions === 0 ? 0 : this.#u16(this.#questionEnd - 4);
  }

  /** The class of the first question; 0 when there is none. */
  get questionClass(): number {
    return this.#questions === 0 ? 0 : this.#u16(this.#questionEnd - 2);
  }

  /** How many records there are in all sections; those of the answer begin at 0. */
  get recordCount(): number {
    return this.#records;
  }

  /** The number of the first record of the authority section, which is how many the answer has. */
  get authorityStart(): number {
    return this.#authorityStart;
  }

  /** The number of the first record of the additional section. */
  get additionalStart(): number {
    return this.#additionalStart;
  }

  /** Where TYPE of record `index` stands. */
  #fixedOf(index: number): number {
    invariant(index >= 0 && index < this.#records, 'the number of a record that the message does not have');
    return this.#places[2 * index + 1] ?? 0;
  }

  /** The name of the owner of record `index`. */
  ownerAt(index: number): number {
    this.#fixedOf(index);
    return this.#places[2 * index] ?? 0;
  }

  /** The type of record `index`. */
  typeAt(index: number): number {
    return this.#u16(this.#fixedOf(index));
  }

  /** The class of record `index`; of the OPT record its payload size. */
  classAt(index: number): number {
    return this.#u16(this.#fixedOf(index) + 2);
  }

  /** The TTL of record `index` in seconds; 0 when its top bit is set (RFC 2181 section 8). */
  ttlAt(index: number): number {
    const at = this.#fixedOf(index) + 4;
    const high = this.#u16(at);
    return high > 0x7fff ? 0 : high * 0x10000 + this.#u16(at + 2);
  }

  /** The offset of the data of record `index`. */
  dataAt(index: number): number {
    return this.#fixedOf(index) + fixedOctets;
  }

  /** How many octets of data record `index` has. */
  dataLengthAt(index: number): number {
    return this.#u16(this.#fixedOf(index) + 8);
  }

  /** The data of record `index` as it stands, not copied; names in it may be compressed. */
  dataOf(index: number): Uint8Array {
    const at = this.dataAt(index);
    return this.#octets.subarray(at, at + this.dataLengthAt(index));
  }

  /**
   * The name that is the data of record `index`, of a type whose data is one name (NS, CNAME, PTR, DNAME, ...).
   *
   * `nothing` for other types, and for empty data in the classes ANY and NONE of an UPDATE (RFC 2136 section 2.4).
   */
  targetAt(index: number): number {
    const fixed = this.#fixedOf(index);
    if (oneNameTypes[this.#u16(fixed)] !== 1) return nothing;
    const start = fixed + fixedOctets;
    const end = start + this.#u16(fixed + 8);
    if (start === end && isUpdateClass(this.#u16(fixed + 2))) return nothing;
    const behind = this.#names.pass(start, end);
    if (behind < end) throw viewFault(behind, `${end - behind} octets after the name in the data`);
    return start;
  }

  /**
   * The offset of the 4 or 16 octets of the address in record `index`, A or AAAA of class IN; `nothing` for other records.
   */
  addressAt(index: number): number {
    const fixed = this.#fixedOf(index);
    const type = this.#u16(fixed);
    if ((type !== types.a && type !== types.aaaa) || this.#u16(fixed + 2) !== classIn) return nothing;
    const length = this.#u16(fixed + 8);
    const wanted = type === types.a ? 4 : 16;
    if (length !== wanted) throw viewFault(fixed + 8, `an address of ${length} octets, it has ${wanted}`);
    return fixed + fixedOctets;
  }

  /** Whether there is an OPT record. */
  get hasEdns(): boolean {
    return this.#opt !== nothing;
  }

  /** The payload size of the OPT record, in octets; 0 without one. */
  get udpSize(): number {
    return this.#opt === nothing ? 0 : this.#u16(this.#opt + 2);
  }

  /** The version of EDNS; 0 without an OPT record too. */
  get ednsVersion(): number {
    return this.#opt === nothing ? 0 : (this.#octets[this.#opt + 5] ?? 0);
  }

  /** DO of the OPT record (RFC 3225); false without one. */
  get dnssecOk(): boolean {
    return this.#opt !== nothing && (this.#u16(this.#opt + 6) & 0x8000) !== 0;
  }

  /** The data of the first option with number `code`, not copied; null when there is none. */
  optionOf(code: number): Uint8Array | null {
    if (this.#opt === nothing) return null;
    const end = this.#opt + fixedOctets + this.#u16(this.#opt + 8);
    for (let at = this.#opt + fixedOctets; at < end; at += 4 + this.#u16(at + 2)) {
      if (this.#u16(at) === code) return this.#octets.subarray(at + 4, at + 4 + this.#u16(at + 2));
    }
    return null;
  }

  /** Whether the name at `at` is the one that `wanted` holds, octets as of `octetsOfName`. */
  isName(at: number, wanted: Uint8Array): boolean {
    return isNameAt(this.#octets, at, wanted);
  }

  /** Whether the names at `a` and `b` are one name. */
  isSameName(a: number, b: number): boolean {
    return isSameNameAt(this.#octets, a, this.#octets, b);
  }

  /** Whether the name at `at` is the one at `ancestor`, or below it. */
  isAtOrBelow(at: number, ancestor: number): boolean {
    return isAtOrBelowAt(this.#octets, at, ancestor);
  }

  /** A hash of the name at `at`: 32 bits, one for every case of its letters; for tables, not against attackers. */
  hashName(at: number): number {
    return this.#names.hash(at);
  }

  /** Writes the name at `at` as `octetsOfName` does into `to` from `start` on, where there is room for 255; gives how many octets it took. */
  copyName(at: number, to: Uint8Array, start = 0): number {
    return copyNameAt(this.#octets, at, to, start);
  }

  /** The name at `at` as text. */
  nameAt(at: number): Name {
    return readNameAt(this.#octets, at);
  }

  /** All of the message as values: `decodeMessage`, with all that it checks. */
  message(): Message {
    return decodeMessage(this.#octets);
  }
}

function isUpdateClass(number: number): boolean {
  return number === classAny || number === classNone;
}
