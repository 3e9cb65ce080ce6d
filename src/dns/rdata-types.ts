import {
  base64Rest,
  compressedName,
  type Field,
  foldedName,
  hexRest,
  ipv4,
  ipv6,
  longString,
  plainName,
  seconds,
  string,
  strings,
  u8,
  u16,
  u32,
} from './fields.ts';
import type { RRType } from './rrset.ts';

/** The published format of one type's data. */
export interface Format {
  /** In the order of octets and of text. */
  readonly fields: readonly Field[];
  /** Whether no data at all is legal. */
  readonly empty?: boolean;
  /** Whether the format holds in class IN only; elsewhere the data is unknown (RFC 3597 section 5). */
  readonly internetOnly?: boolean;
  /** Which item of the text (from 0) is the name of a host or owner that the data points at. */
  readonly pointsAt?: number;
}

/** The formats of all types that have one, by mnemonic. */
export const formats: ReadonlyMap<RRType, Format> = new Map<RRType, Format>([
  ['A', { fields: [ipv4('the address')], internetOnly: true }],
  ['NS', { fields: [compressedName('the name server')], pointsAt: 0 }],
  ['CNAME', { fields: [compressedName('the canonical name')], pointsAt: 0 }],
  [
    'SOA',
    {
      fields: [
        compressedName('the primary server'),
        compressedName('the mailbox'),
        u32('the serial'),
        seconds('refresh'),
        seconds('retry'),
        seconds('expire'),
        seconds('minimum'),
      ],
      pointsAt: 0,
    },
  ],
  ['PTR', { fields: [compressedName('the target')], pointsAt: 0 }],
  ['MX', { fields: [u16('the preference'), compressedName('the exchange')], pointsAt: 1 }],
  ['TXT', { fields: [strings('the text')] }],
  ['AAAA', { fields: [ipv6('the address')], internetOnly: true }],
  [
    'SRV',
    {
      fields: [u16('the priority'), u16('the weight'), u16('the port'), foldedName('the target')],
      internetOnly: true,
      pointsAt: 3,
    },
  ],
  ['DNAME', { fields: [plainName('the target')], pointsAt: 0 }],
  ['DS', { fields: [u16('the key tag'), u8('the algorithm'), u8('the digest type'), hexRest('the digest')] }],
  ['DNSKEY', { fields: [u16('the flags'), u8('the protocol'), u8('the algorithm'), base64Rest('the key')] }],
  ['CAA', { fields: [u8('the flags'), string('the tag'), longString('the value')] }],
]);
