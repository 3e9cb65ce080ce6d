import { isZonecutError, ZonecutError } from '../error.ts';
import type { RRType } from './record.ts';

/** Where the format of each type's data is published, by the number of the RFC and the section. */
// biome-ignore format: a table
const published: Readonly<Record<string, string>> = {
  A: '1035 section 3.4.1', NS: '1035 section 3.3.11', MD: '1035 section 3.3.4', MF: '1035 section 3.3.5',
  CNAME: '1035 section 3.3.1', SOA: '1035 section 3.3.13', MB: '1035 section 3.3.3', MG: '1035 section 3.3.6',
  MR: '1035 section 3.3.8', NULL: '1035 section 3.3.10', WKS: '1035 section 3.4.2', PTR: '1035 section 3.3.12',
  HINFO: '1035 section 3.3.2', MINFO: '1035 section 3.3.7', MX: '1035 section 3.3.9', TXT: '1035 section 3.3.14',
  RP: '1183 section 2', AFSDB: '1183 section 1', X25: '1183 section 3.1', ISDN: '1183 section 3.2', RT: '1183 section 3.3',
  NSAP: '1706 section 5', 'NSAP-PTR': '1706 section 6', SIG: '2535 section 4.1', KEY: '2535 section 3.1', PX: '2163 section 4',
  GPOS: '1712 section 3', AAAA: '3596 section 2.2', LOC: '1876 section 2', NXT: '2535 section 5.2', SRV: '2782',
  NAPTR: '3403 section 4.1', KX: '2230 section 3.1', CERT: '4398 section 2', A6: '2874 section 3.1', DNAME: '6672 section 2.1',
  OPT: '6891 section 6.1.2', APL: '3123 section 4', DS: '4034 section 5.1', SSHFP: '4255 section 3.1',
  IPSECKEY: '4025 section 2', RRSIG: '4034 section 3.1', NSEC: '4034 section 4.1', DNSKEY: '4034 section 2.1',
  DHCID: '4701 section 3.1', NSEC3: '5155 section 3.2', NSEC3PARAM: '5155 section 4.2', TLSA: '6698 section 2.1',
  SMIMEA: '8162 section 2', HIP: '8005 section 5', CDS: '7344 section 3.1', CDNSKEY: '7344 section 3.2',
  OPENPGPKEY: '7929 section 2.1', CSYNC: '7477 section 2.1', ZONEMD: '8976 section 2.2', SVCB: '9460 section 2',
  HTTPS: '9460 section 2', DSYNC: '9859 section 2.1', HHIT: '9886 section 5.1', BRID: '9886 section 5.2',
  SPF: '7208 section 3.1', NID: '6742 section 2.1', L32: '6742 section 2.2', L64: '6742 section 2.3', LP: '6742 section 2.4',
  EUI48: '7043 section 3', EUI64: '7043 section 4', TKEY: '2930 section 2', TSIG: '8945 section 4.2', URI: '7553 section 4',
  CAA: '8659 section 4.1', AMTRELAY: '8777 section 4', RESINFO: '9606 section 4', DLV: '4431 section 2',
};

/** The rule that data of `type` follows: its RFC and section, or that of all types without one (RFC 3597). */
export function ruleOf(type: RRType): string {
  const rfc = published[type];
  return rfc === undefined ? `${type}: the registry of types, RFC 3597 section 5` : `${type}: RFC ${rfc}`;
}

/** `error` with `rule` behind its sentence, if it is one of ours and names no RFC yet; anything else as it is. */
export function withRule(error: unknown, rule: string): unknown {
  if (!isZonecutError(error) || error.code === 'ZC_INTERNAL' || /\bRFC \d/.test(error.message)) return error;
  const hint = error.hint === null ? {} : { hint: error.hint };
  return new ZonecutError(error.code, `${error.message} (${rule})`, { ...hint, cause: error });
}
