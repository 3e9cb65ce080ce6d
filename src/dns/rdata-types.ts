import { ednsOptions } from './edns.ts';
import {
  base64Rest,
  compressedName,
  type Field,
  foldedName,
  hexRest,
  ipv4,
  ipv6,
  longString,
  optionalString,
  plainName,
  pureWord,
  responseCode,
  scheme,
  seconds,
  spelledName,
  string,
  strings,
  taggedData,
  typeField,
  u8,
  u16,
  u32,
  u48,
} from './fields.ts';
import {
  algorithm,
  certificateType,
  dsDigest,
  fingerprint,
  nextHash,
  oldBitmap,
  privateKeyFault,
  salt,
  sized,
  time,
  typeBitmap,
  zonemdDigest,
} from './fields-dnssec.ts';
import { a6, amtRelay, hostIdentity, ipsecGateway, prefixes, wellKnownServices } from './fields-gateway.ts';
import {
  atmAddress,
  coordinate,
  hardwareAddress,
  location,
  locator64,
  nodeNumber,
  nsap,
} from './fields-places.ts';
import { labelCount, nameOfCanonicalText } from './name.ts';
import type { RRType } from './record.ts';
import { serviceParameters } from './svcb.ts';

/** The published format of one type's data. */
export interface Format {
  /** In the order of octets and of text. */
  readonly fields: readonly Field[];
  /** Whether no data at all is legal. */
  readonly empty?: boolean;
  /** Whether the format holds in class IN only; elsewhere the data is unknown (RFC 3597 section 5). */
  readonly internetOnly?: boolean;
  /** Whether the data is one name that messages compress, so that its text is a Name. */
  readonly oneName?: boolean;
  /** Which item of the text (from 0) is the name of a host or owner that the data points at. */
  readonly pointsAt?: number;
  /** What the fields together do not allow, given the text of each that is there; null when all is well. */
  readonly check?: (texts: readonly string[]) => string | null;
}

const oneName: Format = { fields: [compressedName('the name')], oneName: true, pointsAt: 0 };
const texts: Format = { fields: [strings('the text')] };
const key: Format = {
  fields: [u16('the flags'), u8('the protocol'), algorithm, base64Rest('the key')],
  check: ([, , number, text]) => privateKeyFault(number, text),
};
const ds: Format = { fields: [u16('the key tag'), algorithm, dsDigest] };
const certificateHash: Format = {
  fields: [u8('the usage'), u8('the selector'), u8('the matching type'), hexRest('the certificate data')],
};
const service: Format = {
  fields: [u16('the priority'), spelledName('the target'), serviceParameters],
  internetOnly: true,
  pointsAt: 1,
};
const preferredName: Format = { fields: [u16('the preference'), foldedName('the host')], pointsAt: 1 };

function signature(signer: Field): Format {
  return {
    fields: [
      typeField('the type covered'),
      algorithm,
      u8('the labels'),
      u32('the original TTL'),
      time('the expiration'),
      time('the inception'),
      u16('the key tag'),
      signer,
      base64Rest('the signature'),
    ],
    check: texts => {
      const labels = Number(texts[2]);
      const owner = labelCount(nameOfCanonicalText(texts[7] ?? '.'));
      return owner > labels ? `${labels} labels, and the signer has ${owner} (RFC 4034 section 3.1.3)` : null;
    },
  };
}

/**
 * The formats of all types of the registry that have a published one, by mnemonic; where octets and text come from.
 *
 * A type that is not here (NULL, UINFO, ...) has octets only, as has one that came after this table (RFC 3597).
 */
export const formats: ReadonlyMap<RRType, Format> = new Map<RRType, Format>([
  // RFC 1035 sections 3.3 and 3.4
  ['A', { fields: [ipv4('the address')], internetOnly: true }],
  ['NS', oneName],
  ['MD', oneName],
  ['MF', oneName],
  ['CNAME', oneName],
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
  ['MB', oneName],
  ['MG', oneName],
  ['MR', oneName],
  ['WKS', { fields: [ipv4('the address'), wellKnownServices], internetOnly: true }],
  ['PTR', oneName],
  ['HINFO', { fields: [string('the machine'), string('the system')] }],
  ['MINFO', { fields: [compressedName('the mailbox'), compressedName('the mailbox for errors')] }],
  ['MX', { fields: [u16('the preference'), compressedName('the exchange')], pointsAt: 1 }],
  ['TXT', texts],
  // RFC 1183
  ['RP', { fields: [foldedName('the mailbox'), foldedName('the owner of text')] }],
  ['AFSDB', { fields: [u16('the subtype'), foldedName('the host')], pointsAt: 1 }],
  ['X25', { fields: [string('the address')] }],
  ['ISDN', { fields: [string('the address'), optionalString('the subaddress')] }],
  ['RT', preferredName],
  // RFC 1706, RFC 1348
  ['NSAP', { fields: [nsap], internetOnly: true }],
  ['NSAP-PTR', { fields: [spelledName('the name')], internetOnly: true, pointsAt: 0 }],
  // RFC 2535, obsolete
  ['SIG', signature(foldedName('the signer'))],
  [
    'KEY',
    {
      fields: [u16('the flags'), u8('the protocol'), algorithm, base64Rest('the key', { least: 0 })],
      check: ([flags, , number, text]) =>
        text === undefined && (Number(flags) & 0xc000) !== 0xc000
          ? 'no key, and the flags do not say so (RFC 2535 section 3.1.2)'
          : privateKeyFault(number, text),
    },
  ],
  ['NXT', { fields: [foldedName('the next name'), oldBitmap] }],
  // RFC 2163, RFC 1712, RFC 3596, RFC 1876
  [
    'PX',
    {
      fields: [u16('the preference'), foldedName('the RFC 822 name'), foldedName('the X.400 name')],
      internetOnly: true,
    },
  ],
  [
    'GPOS',
    {
      fields: [
        coordinate('the longitude', 180),
        coordinate('the latitude', 180),
        coordinate('the altitude', Number.MAX_VALUE),
      ],
    },
  ],
  ['AAAA', { fields: [ipv6('the address')], internetOnly: true }],
  ['LOC', { fields: [location] }],
  // draft-ietf-nimrod-dns, as registered
  ['EID', { fields: [hexRest('the identifier')], internetOnly: true }],
  ['NIMLOC', { fields: [hexRest('the locator')], internetOnly: true }],
  [
    'SRV',
    {
      fields: [u16('the priority'), u16('the weight'), u16('the port'), foldedName('the target')],
      internetOnly: true,
      pointsAt: 3,
    },
  ],
  ['ATMA', { fields: [atmAddress], internetOnly: true }],
  [
    'NAPTR',
    {
      fields: [
        u16('the order'),
        u16('the preference'),
        string('the flags'),
        string('the service'),
        string('the expression'),
        foldedName('the replacement'),
      ],
      pointsAt: 5,
    },
  ],
  ['KX', { fields: [u16('the preference'), plainName('the exchanger')], internetOnly: true, pointsAt: 1 }],
  ['CERT', { fields: [certificateType, u16('the key tag'), algorithm, base64Rest('the certificate')] }],
  ['A6', { fields: [a6], internetOnly: true }],
  ['DNAME', { fields: [plainName('the target')], pointsAt: 0 }],
  ['SINK', { fields: [u8('the coding'), u8('the subcoding'), base64Rest('the data', { least: 0 })] }],
  ['OPT', { fields: [ednsOptions], empty: true }],
  ['APL', { fields: [prefixes], empty: true, internetOnly: true }],
  ['DS', ds],
  ['SSHFP', { fields: [u8('the algorithm'), fingerprint] }],
  ['IPSECKEY', { fields: [ipsecGateway] }],
  ['RRSIG', signature(plainName('the signer'))],
  ['NSEC', { fields: [spelledName('the next name'), typeBitmap(1)] }],
  ['DNSKEY', key],
  ['DHCID', { fields: [base64Rest('the identifier')], internetOnly: true }],
  [
    'NSEC3',
    { fields: [u8('the hash'), u8('the flags'), u16('the iterations'), salt, nextHash, typeBitmap(0)] },
  ],
  ['NSEC3PARAM', { fields: [u8('the hash'), u8('the flags'), u16('the iterations'), salt] }],
  ['TLSA', certificateHash],
  ['SMIMEA', certificateHash],
  ['HIP', { fields: [hostIdentity] }],
  // draft-reid-dnsext-rkey, draft-wijngaards-dnsop-trust-history, draft-lewis-dns-undocumented-types
  ['NINFO', texts],
  [
    'RKEY',
    {
      ...key,
      check: ([flags, , number, text]) =>
        flags === '0' ? privateKeyFault(number, text) : `flags are ${flags}, and none is defined for RKEY`,
    },
  ],
  ['TALINK', { fields: [spelledName('the previous name'), spelledName('the next name')] }],
  ['CDS', ds],
  ['CDNSKEY', key],
  ['OPENPGPKEY', { fields: [base64Rest('the key')] }],
  ['CSYNC', { fields: [u32('the serial'), u16('the flags'), typeBitmap(0)] }],
  ['ZONEMD', { fields: [u32('the serial'), u8('the scheme'), zonemdDigest] }],
  ['SVCB', service],
  ['HTTPS', service],
  [
    'DSYNC',
    { fields: [typeField('the type'), scheme, u16('the port'), spelledName('the target')], pointsAt: 3 },
  ],
  // RFC 9886
  ['HHIT', { fields: [base64Rest('the data')] }],
  ['BRID', { fields: [base64Rest('the data')] }],
  ['SPF', texts],
  // RFC 6742, RFC 7043
  ['NID', { fields: [u16('the preference'), locator64] }],
  ['L32', { fields: [u16('the preference'), ipv4('the locator')] }],
  ['L64', { fields: [u16('the preference'), locator64] }],
  ['LP', { fields: [u16('the preference'), spelledName('the name')], pointsAt: 1 }],
  ['EUI48', { fields: [hardwareAddress(6)] }],
  ['EUI64', { fields: [hardwareAddress(8)] }],
  [
    'TKEY',
    {
      fields: [
        spelledName('the algorithm'),
        time('the inception'),
        time('the expiration'),
        u16('the mode'),
        responseCode,
        sized('the key'),
        sized('the other data'),
      ],
    },
  ],
  [
    'TSIG',
    {
      fields: [
        plainName('the algorithm'),
        u48('the time signed'),
        u16('the fudge'),
        sized('the MAC'),
        u16('the original ID'),
        responseCode,
        sized('the other data'),
      ],
    },
  ],
  ['URI', { fields: [u16('the priority'), u16('the weight'), longString('the target', { least: 1 })] }],
  ['CAA', { fields: [u8('the flags'), pureWord('the tag'), longString('the value')] }],
  ['AVC', texts],
  [
    'DOA',
    {
      fields: [
        u32('the enterprise'),
        u32('the type'),
        u8('the location'),
        string('the media type'),
        taggedData,
      ],
    },
  ],
  ['AMTRELAY', { fields: [u8('the precedence'), amtRelay] }],
  ['RESINFO', texts],
  ['WALLET', texts],
  // draft-johnson-dns-ipn-cla, as registered
  ['CLA', texts],
  ['IPN', { fields: [nodeNumber] }],
  ['TA', ds],
  ['DLV', ds],
]);
