import { createHmac, type Hmac, timingSafeEqual } from 'node:crypto';
import { isZonecutError, ZonecutError } from '../error.ts';
import { classNumber, rcodeMnemonic, rcodeNumber, typeNumber } from './iana.ts';
import type { Rcode } from './message.ts';
import { type Name, octetsOfName } from './name.ts';
import { OctetReader, OctetWriter } from './octets.ts';
import { octetsOfTsigSecret, type TsigKey, tsigHash } from './tsig-key.ts';

/** For this room: the fields of a TSIG record (RFC 8945 section 4.2). */
export interface TsigRecord {
  /** The name of the key. */
  readonly owner: Name;
  /** The name of the algorithm. */
  readonly algorithm: Name;
  /** Seconds since 1970, 48 bits. */
  readonly signedAtSeconds: number;
  readonly fudgeSeconds: number;
  readonly mac: Uint8Array;
  readonly originalId: number;
  readonly error: Rcode;
  /** The time of the server in 6 octets with BADTIME, empty otherwise. */
  readonly other: Uint8Array;
}

/** For this room: a message with its TSIG record taken off. */
export interface SplitMessage {
  readonly record: TsigRecord;
  /** The message as it was before it was signed: without the record, one less in ARCOUNT, with the original ID. */
  readonly unsigned: Uint8Array;
}

const headerOctets = 12;
const tsigType = typeNumber('TSIG');
const anyClass = classNumber('ANY');

/**
 * For this room: takes the TSIG record off the end of a message; null when it has none.
 *
 * Throws ZC_WIRE on octets that are no message, a TSIG record elsewhere, twice, or not in class ANY with TTL 0
 * (RFC 8945 sections 4.2 and 5.2).
 */
export function splitTsig(octets: Uint8Array): SplitMessage | null {
  const from = new OctetReader(octets, 'ZC_WIRE');
  if (octets.length < headerOctets)
    throw from.fault(`${octets.length} octets, a header alone has ${headerOctets}`);
  from.at = 4;
  const questions = from.u16();
  const before = from.u16() + from.u16();
  const additional = from.u16();
  for (let left = questions; left > 0; left -= 1) {
    skipName(from);
    from.take(4);
  }
  const records = before + additional;
  let start = from.at;
  let last = 0;
  for (let at = 0; at < records; at += 1) {
    if (last === tsigType) throw misplaced(from);
    start = from.at;
    skipName(from);
    last = from.u16();
    from.take(6);
    from.take(from.u16());
  }
  if (from.left > 0) throw from.fault(`${from.left} octets after the last record`);
  if (last !== tsigType) return null;
  if (additional === 0) throw misplaced(from);
  from.at = start;
  const record = readTsig(from);
  const unsigned = octets.slice(0, start);
  writeU16(unsigned, 0, record.originalId);
  writeU16(unsigned, 10, additional - 1);
  return { record, unsigned };
}

function misplaced(from: OctetReader): ZonecutError {
  return from.fault('a TSIG record that is not the last of the message (RFC 8945 section 5.1)');
}

/** For this room: puts a number of 2 octets into `octets`. */
export function writeU16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 8;
  octets[at + 1] = value & 0xff;
}

function skipName(from: OctetReader): void {
  for (;;) {
    const length = from.u8();
    if (length === 0) return;
    if (length >= 0xc0) {
      from.u8();
      return;
    }
    if (length > 63) throw from.fault('a reserved label type');
    from.take(length);
  }
}

function readTsig(from: OctetReader): TsigRecord {
  const owner = from.name();
  from.u16();
  if (from.u16() !== anyClass || from.u32() !== 0) {
    throw from.fault('a TSIG record whose class is not ANY or whose TTL is not 0 (RFC 8945 section 4.2)');
  }
  from.end = from.u16() + from.at;
  const algorithm = from.name();
  const signedAtSeconds = from.u48();
  const fudgeSeconds = from.u16();
  const mac = from.take(from.u16()).slice();
  const originalId = from.u16();
  const error = tsigErrorMnemonic(from.u16());
  const other = from.take(from.u16()).slice();
  if (from.left > 0) throw from.fault(`${from.left} octets after the last field of TSIG`);
  return { owner, algorithm, signedAtSeconds, fudgeSeconds, mac, originalId, error, other };
}

/** 16 is BADSIG in TSIG and BADVERS elsewhere (RFC 8945 section 3). */
function tsigErrorMnemonic(number: number): Rcode {
  return number === 16 ? 'BADSIG' : rcodeMnemonic(number);
}

/** For this room: `message` with a TSIG record behind it and one more in ARCOUNT. Throws ZC_WIRE over 65535 octets. */
export function appendTsig(message: Uint8Array, record: TsigRecord): Uint8Array {
  const to = new OctetWriter({ octets: message.length + 160 });
  to.bytes(message);
  to.bytes(octetsOfName(record.owner));
  to.u16(tsigType);
  to.u16(anyClass);
  to.u32(0);
  const lengthAt = to.at;
  to.u16(0);
  to.bytes(octetsOfName(record.algorithm));
  writeTimers(record, to);
  to.u16(record.mac.length);
  to.bytes(record.mac);
  to.u16(record.originalId);
  writeErrorAndOther(record, to);
  to.setU16(lengthAt, to.at - lengthAt - 2);
  const count = (((message[10] ?? 0) << 8) | (message[11] ?? 0)) + 1;
  if (to.at > 0xffff || count > 0xffff) {
    throw new ZonecutError('ZC_WIRE', `the signed message is ${to.at} octets, 65535 at most`);
  }
  to.setU16(10, count);
  return to.octets();
}

function writeTimers(record: TsigRecord, to: OctetWriter): void {
  to.u48(record.signedAtSeconds);
  to.u16(record.fudgeSeconds);
}

function writeErrorAndOther(record: TsigRecord, to: OctetWriter): void {
  to.u16(rcodeNumber(record.error));
  to.u16(record.other.length);
  to.bytes(record.other);
}

/** For this room: the TSIG variables that go into the MAC (RFC 8945 section 4.3.3). */
export function tsigVariables(record: TsigRecord): Uint8Array {
  const to = new OctetWriter();
  to.bytes(octetsOfName(record.owner));
  to.u16(anyClass);
  to.u32(0);
  to.bytes(octetsOfName(record.algorithm));
  writeTimers(record, to);
  writeErrorAndOther(record, to);
  return to.octets();
}

/** For this room: the TSIG timers, which go into the MAC of later messages of a stream (RFC 8945 section 5.3.1). */
export function tsigTimers(record: TsigRecord): Uint8Array {
  const to = new OctetWriter();
  writeTimers(record, to);
  return to.octets();
}

/** For this room: begins a MAC with `key`, over the MAC before with its length when there is one (section 4.3.1). */
export function beginMac(key: TsigKey, priorMac: Uint8Array | null): Hmac {
  const hmac = createHmac(tsigHash(key.algorithm).hash, octetsOfTsigSecret(key));
  if (priorMac !== null) {
    const length = new Uint8Array(2);
    writeU16(length, 0, priorMac.length);
    hmac.update(length).update(priorMac);
  }
  return hmac;
}

/** For this room: whether `mac`, perhaps truncated, is the beginning of `whole`; takes the same time either way. */
export function sameMac(mac: Uint8Array, whole: Uint8Array): boolean {
  return mac.length > 0 && mac.length <= whole.length && timingSafeEqual(mac, whole.subarray(0, mac.length));
}

/** For this room: as `splitTsig`, with what is wrong as a text. */
export function trySplitTsig(
  octets: Uint8Array,
): { readonly split: SplitMessage | null } | { readonly problem: string } {
  try {
    return { split: splitTsig(octets) };
  } catch (error) {
    if (!isZonecutError(error, 'ZC_WIRE')) throw error;
    return { problem: error.message };
  }
}
