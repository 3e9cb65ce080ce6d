import { ZonecutError } from '../error.ts';
import type { Opcode, Rcode } from './message.ts';
import type { RRType } from './record.ts';

/** Number and mnemonic, both ways. */
interface Registry {
  readonly numbers: ReadonlyMap<string, number>;
  readonly mnemonics: ReadonlyMap<number, string>;
  /** What stands before the number of a value without a mnemonic. */
  readonly prefix: string;
  readonly limit: number;
}

function registry(prefix: string, limit: number, entries: Readonly<Record<string, number>>): Registry {
  const mnemonics = new Map<number, string>();
  for (const [mnemonic, number] of Object.entries(entries)) {
    if (!mnemonics.has(number)) mnemonics.set(number, mnemonic);
  }
  return { numbers: new Map(Object.entries(entries)), mnemonics, prefix, limit };
}

function numberIn(values: Registry, text: string): number | null {
  const canonical = values.numbers.get(text);
  if (canonical !== undefined) return canonical;
  const upper = text.toUpperCase();
  const known = values.numbers.get(upper);
  if (known !== undefined) return known;
  if (!upper.startsWith(values.prefix)) return null;
  const digits = upper.slice(values.prefix.length);
  if (!/^(0|[1-9]\d{0,4})$/.test(digits)) return null;
  const number = Number(digits);
  return number <= values.limit ? number : null;
}

function mnemonicIn(values: Registry, number: number): string {
  return values.mnemonics.get(number) ?? `${values.prefix}${number}`;
}

/** Resource record types (registry "Domain Name System (DNS) Parameters", RFC 6895 section 3.1). */
// biome-ignore format: a table
const types = registry('TYPE', 65535, {
  A: 1, NS: 2, MD: 3, MF: 4, CNAME: 5, SOA: 6, MB: 7, MG: 8, MR: 9, NULL: 10, WKS: 11, PTR: 12, HINFO: 13, MINFO: 14, MX: 15,
  TXT: 16, RP: 17, AFSDB: 18, X25: 19, ISDN: 20, RT: 21, NSAP: 22, 'NSAP-PTR': 23, SIG: 24, KEY: 25, PX: 26, GPOS: 27,
  AAAA: 28, LOC: 29, NXT: 30, EID: 31, NIMLOC: 32, SRV: 33, ATMA: 34, NAPTR: 35, KX: 36, CERT: 37, A6: 38, DNAME: 39,
  SINK: 40, OPT: 41, APL: 42, DS: 43, SSHFP: 44, IPSECKEY: 45, RRSIG: 46, NSEC: 47, DNSKEY: 48, DHCID: 49, NSEC3: 50,
  NSEC3PARAM: 51, TLSA: 52, SMIMEA: 53, HIP: 55, NINFO: 56, RKEY: 57, TALINK: 58, CDS: 59, CDNSKEY: 60, OPENPGPKEY: 61,
  CSYNC: 62, ZONEMD: 63, SVCB: 64, HTTPS: 65, DSYNC: 66, HHIT: 67, BRID: 68, SPF: 99, UINFO: 100, UID: 101, GID: 102,
  UNSPEC: 103, NID: 104, L32: 105, L64: 106, LP: 107, EUI48: 108, EUI64: 109, NXNAME: 128, TKEY: 249, TSIG: 250, IXFR: 251,
  AXFR: 252, MAILB: 253, MAILA: 254, ANY: 255, URI: 256, CAA: 257, AVC: 258, DOA: 259, AMTRELAY: 260, RESINFO: 261,
  WALLET: 262, CLA: 263, IPN: 264, TA: 32768, DLV: 32769,
});

/** Classes (RFC 6895 section 3.2). */
const classes = registry('CLASS', 65535, { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 });

/** Response codes (RFC 6895 section 2.3); 16 is BADSIG too, in TSIG only. */
// biome-ignore format: a table
const rcodes = registry('RCODE', 65535, {
  NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, YXDOMAIN: 6, YXRRSET: 7, NXRRSET: 8, NOTAUTH: 9,
  NOTZONE: 10, DSOTYPENI: 11, BADVERS: 16, BADSIG: 16, BADKEY: 17, BADTIME: 18, BADMODE: 19, BADNAME: 20, BADALG: 21,
  BADTRUNC: 22, BADCOOKIE: 23,
});

/** Opcodes (RFC 6895 section 2.2). */
const opcodes = registry('OPCODE', 15, { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 });

/**
 * The number of a type, from its mnemonic or `TYPEn`, in any case (RFC 3597 section 5).
 *
 * Throws ZC_RDATA when there is no such type.
 */
export function typeNumber(mnemonic: string): number {
  const number = numberIn(types, mnemonic);
  if (number === null) {
    throw new ZonecutError('ZC_RDATA', `no record type has the mnemonic ${JSON.stringify(mnemonic)}`, {
      hint: 'A type without mnemonic is written TYPE and its number, such as TYPE65280.',
    });
  }
  return number;
}

/** Whether `text` is the mnemonic of a type, or `TYPEn`, in any case. */
export function isTypeText(text: string): boolean {
  return numberIn(types, text) !== null;
}

/** The type with that number, `TYPEn` where it has no mnemonic; 0 to 65535. */
export function typeMnemonic(number: number): RRType {
  const known = number < lowTypes ? typeTexts[number] : highTypeTexts.get(number);
  if (known !== undefined) return known;
  const text = mnemonicIn(types, number);
  if (number < lowTypes) typeTexts[number] = text;
  else highTypeTexts.set(number, text);
  return text;
}

/** Types below this number are those in use. */
const lowTypes = 512;
/** Mnemonics that were asked for, by number: bit maps ask for very many. */
const typeTexts: (string | undefined)[] = new Array<string | undefined>(lowTypes);
const highTypeTexts = new Map<number, string>();

/** The canonical mnemonic of a type given as text in any case, `TYPE1` becoming `A`. Throws ZC_RDATA. */
export function parseType(text: string): RRType {
  return typeMnemonic(typeNumber(text));
}

/** Whether a type is a question or a mechanism and never the type of data (RFC 6895 section 3.1). */
export function isMetaType(type: RRType): boolean {
  const number = typeNumber(type);
  return number === 0 || number === 41 || (number >= 128 && number <= 255);
}

/** All types with a mnemonic, in the order of their numbers. */
export const knownTypes: readonly RRType[] = [...types.mnemonics.values()];

/** The number of a class, from its mnemonic or `CLASSn`, in any case. Throws ZC_RDATA. */
export function classNumber(mnemonic: string): number {
  const number = numberIn(classes, mnemonic);
  if (number === null)
    throw new ZonecutError('ZC_RDATA', `no class has the mnemonic ${JSON.stringify(mnemonic)}`);
  return number;
}

/** Whether `text` is the mnemonic of a class, or `CLASSn`, in any case. */
export function isClassText(text: string): boolean {
  return numberIn(classes, text) !== null;
}

/** The class with that number, `CLASSn` where it has no mnemonic. */
export function classMnemonic(number: number): string {
  return mnemonicIn(classes, number);
}

/** The number of a response code, from its mnemonic or `RCODEn`: 0 to 65535. Throws ZC_WIRE. */
export function rcodeNumber(rcode: Rcode): number {
  const number = numberIn(rcodes, rcode);
  if (number === null)
    throw new ZonecutError('ZC_WIRE', `no response code has the mnemonic ${JSON.stringify(rcode)}`);
  return number;
}

/** Whether `text` is the mnemonic of a response code, or `RCODEn`, in any case. */
export function isRcodeText(text: string): boolean {
  return numberIn(rcodes, text) !== null;
}

/** The response code with that number, `RCODEn` where it has no mnemonic. */
export function rcodeMnemonic(number: number): Rcode {
  return mnemonicIn(rcodes, number);
}

/** The number of an opcode, from its mnemonic or `OPCODEn`: 0 to 15. Throws ZC_WIRE. */
export function opcodeNumber(opcode: Opcode): number {
  const number = numberIn(opcodes, opcode);
  if (number === null)
    throw new ZonecutError('ZC_WIRE', `no opcode has the mnemonic ${JSON.stringify(opcode)}`);
  return number;
}

/** The opcode with that number, `OPCODEn` where it has no mnemonic. */
export function opcodeMnemonic(number: number): Opcode {
  return mnemonicIn(opcodes, number);
}
