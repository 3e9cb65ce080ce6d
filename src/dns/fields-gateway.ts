import { ZonecutError } from '../error.ts';
import { addressText, ipv4Octets, ipv6Octets } from './address.ts';
import {
  base64Text,
  type Field,
  hexText,
  noText,
  parseBase64,
  parseHex,
  parseInteger,
  rdataFault,
} from './fields.ts';
import { bitsIn } from './fields-dnssec.ts';
import { spellName } from './name.ts';
import type { OctetReader, OctetWriter } from './octets.ts';
import { shown, type TokenReader } from './text.ts';

/** Reads a gateway of the kind 0 (none), 1 (IPv4), 2 (IPv6) or 3 (name); others have no text. */
function readGateway(from: OctetReader, kind: number): string {
  switch (kind) {
    case 0:
      return '.';
    case 1:
      return addressText(from.take(4));
    case 2:
      return addressText(from.take(16));
    case 3:
      return from.spelledName();
    default:
      throw noText;
  }
}

function writeGateway(from: TokenReader, to: OctetWriter, kind: number): void {
  const text = from.word('the gateway');
  const octets = kind === 1 ? ipv4Octets(text) : kind === 2 ? ipv6Octets(text) : null;
  if (kind === 3) to.plainName(spellName(text, from.origin));
  else if (octets !== null) to.bytes(octets);
  else if (kind === 1 || kind === 2)
    throw rdataFault(`a gateway of kind ${kind} is an IPv${kind === 1 ? 4 : 6} address`, text);
  else if (kind !== 0)
    throw new ZonecutError('ZC_RDATA', `a gateway of kind ${kind}, 0 to 3 have a text`, {
      hint: 'Write the data as \\# LENGTH HEX (RFC 3597).',
    });
  else if (text !== '.') throw rdataFault('no gateway is written "."', text);
}

/** Precedence, gateway type, algorithm, gateway and public key of IPSECKEY (RFC 4025 section 2 and 3.1). */
export const ipsecGateway: Field = {
  read: from => {
    const precedence = from.u8();
    const kind = from.u8();
    const algorithm = from.u8();
    const gateway = readGateway(from, kind);
    const key = base64Text(from.rest());
    if ((key === '') !== (algorithm === 0)) throw from.fault(keyFault(algorithm));
    return `${precedence} ${kind} ${algorithm} ${gateway}${key === '' ? '' : ` ${key}`}`;
  },
  write: (from, to) => {
    const precedence = parseInteger(from.word('the precedence'), 255, 'the precedence');
    const kind = parseInteger(from.word('the gateway type'), 255, 'the gateway type');
    const algorithm = parseInteger(from.word('the algorithm'), 255, 'the algorithm');
    to.u8(precedence);
    to.u8(kind);
    to.u8(algorithm);
    writeGateway(from, to, kind);
    const key = parseBase64(from.joined('the key'), 'the key');
    if ((key.length === 0) !== (algorithm === 0)) throw new ZonecutError('ZC_RDATA', keyFault(algorithm));
    to.bytes(key);
  },
};

function keyFault(algorithm: number): string {
  return algorithm === 0
    ? 'a key where algorithm 0 says that there is none (RFC 4025 section 2.4)'
    : `no key where algorithm ${algorithm} says that there is one (RFC 4025 section 2.4)`;
}

/** Discovery bit, relay type and relay of AMTRELAY (RFC 8777 section 4). */
export const amtRelay: Field = {
  read: from => {
    const octet = from.u8();
    const kind = octet & 0x7f;
    return `${octet >> 7} ${kind} ${readGateway(from, kind)}`;
  },
  write: (from, to) => {
    const discovery = parseInteger(from.word('the discovery bit'), 1, 'the discovery bit');
    const kind = parseInteger(from.word('the relay type'), 127, 'the relay type');
    to.u8((discovery << 7) | kind);
    writeGateway(from, to, kind);
  },
};

/** The whole data of HIP (RFC 8005 section 5): algorithm, HIT, public key and rendezvous servers. */
export const hostIdentity: Field = {
  read: from => {
    const hitLength = from.u8();
    const algorithm = from.u8();
    const keyLength = from.u16();
    if (hitLength === 0 || keyLength === 0)
      throw from.fault('a HIT or a key of 0 octets (RFC 8005 section 5)');
    const hit = hexText(from.take(hitLength));
    const parts = [String(algorithm), hit, base64Text(from.take(keyLength))];
    while (from.left > 0) {
      from.spend(4);
      parts.push(from.spelledName());
    }
    return parts.join(' ');
  },
  write: (from, to) => {
    const algorithm = parseInteger(from.word('the algorithm'), 255, 'the algorithm');
    const hit = parseHex(from.word('the HIT'), 'the HIT');
    const key = parseBase64(from.word('the key'), 'the key');
    if (hit.length === 0 || hit.length > 255)
      throw new ZonecutError('ZC_RDATA', `the HIT is ${hit.length} octets, 1 to 255 are allowed`);
    if (key.length === 0 || key.length > 0xffff)
      throw new ZonecutError('ZC_RDATA', `the key is ${key.length} octets, 1 to 65535 are allowed`);
    to.u8(hit.length);
    to.u8(algorithm);
    to.u16(key.length);
    to.bytes(hit);
    to.bytes(key);
    while (!from.done) to.plainName(spellName(from.word('a rendezvous server'), from.origin));
  },
};

/** The whole data of A6 (RFC 2874 section 3.1): prefix length, address suffix, prefix name. */
export const a6: Field = {
  read: from => {
    const prefix = from.u8();
    if (prefix > 128) throw from.fault(`a prefix of ${prefix} bits, 128 at most`);
    const suffix = new Uint8Array(16);
    const octets = 16 - Math.floor(prefix / 8);
    suffix.set(from.take(octets), 16 - octets);
    if (octets > 0 && octets < 17) suffix[16 - octets] = (suffix[16 - octets] ?? 0) & (0xff >> (prefix % 8));
    const address = prefix === 128 ? '' : ` ${addressText(suffix)}`;
    return `${prefix}${address}${prefix === 0 ? '' : ` ${from.plainName()}`}`;
  },
  write: (from, to) => {
    const prefix = parseInteger(from.word('the prefix length'), 128, 'the prefix length');
    to.u8(prefix);
    if (prefix < 128) {
      const text = from.word('the address suffix');
      const octets = ipv6Octets(text);
      if (octets === null) throw rdataFault('the address suffix is an IPv6 address', text);
      const suffix = octets.slice(Math.floor(prefix / 8));
      suffix[0] = (suffix[0] ?? 0) & (0xff >> (prefix % 8));
      to.bytes(suffix);
    }
    if (prefix > 0) to.plainName(spellName(from.word('the prefix name'), from.origin).toLowerCase());
  },
};

/** Items of APL up to the end, `!` for negation, family, address and prefix (RFC 3123 section 4 and 5). */
export const prefixes: Field = {
  read: from => {
    const items: string[] = [];
    let unknown = false;
    while (from.left > 0) {
      from.spend(8);
      const family = from.u16();
      const prefix = from.u8();
      const octet = from.u8();
      const octets = from.take(octet & 0x7f);
      if (octets[octets.length - 1] === 0)
        throw from.fault('an address that ends in a zero octet (RFC 3123 section 4)');
      const size = family === 1 ? 4 : family === 2 ? 16 : null;
      if (size === null) {
        unknown = true;
        continue;
      }
      if (octets.length > size || prefix > size * 8)
        throw from.fault(`an address prefix that family ${family} has no room for`);
      const address = new Uint8Array(size);
      address.set(octets);
      items.push(`${octet >> 7 === 1 ? '!' : ''}${family}:${addressText(address)}/${prefix}`);
    }
    if (unknown) throw noText;
    return items.join(' ');
  },
  write: (from, to) => {
    while (!from.done) writePrefix(from.word('a prefix'), to);
  },
};

function writePrefix(text: string, to: OctetWriter): void {
  const match = /^(!?)([12]):([^/]+)\/(\d{1,3})$/.exec(text);
  const octets =
    match === null ? null : match[2] === '1' ? ipv4Octets(match[3] ?? '') : ipv6Octets(match[3] ?? '');
  if (match === null || octets === null) {
    throw new ZonecutError('ZC_RDATA', `an item is [!]1:IPV4/PREFIX or [!]2:IPV6/PREFIX, not ${shown(text)}`);
  }
  const prefix = parseInteger(match[4] ?? '', octets.length * 8, 'the prefix');
  const length = octets.findLastIndex(octet => octet !== 0) + 1;
  to.u16(Number(match[2]));
  to.u8(prefix);
  to.u8((match[1] === '!' ? 0x80 : 0) | length);
  to.bytes(octets.subarray(0, length));
}

/** Services that WKS text may name (RFC 1010 and the service registry); others are given by their port. */
// biome-ignore format: a table
const services: Readonly<Record<string, number>> = {
  echo: 7, discard: 9, systat: 11, daytime: 13, qotd: 17, chargen: 19, 'ftp-data': 20, ftp: 21, ssh: 22, telnet: 23, smtp: 25,
  time: 37, whois: 43, nicname: 43, domain: 53, tftp: 69, gopher: 70, finger: 79, http: 80, www: 80, kerberos: 88,
  hostname: 101, pop2: 109, pop3: 110, sunrpc: 111, auth: 113, nntp: 119, ntp: 123, imap: 143, imap2: 143, snmp: 161,
};

/** Protocol and ports of WKS (RFC 1035 section 3.4.2). */
export const wellKnownServices: Field = {
  read: from => {
    const parts = [String(from.u8())];
    const octets = from.rest();
    if (octets.length > 8192) throw from.fault(`a bit map of ${octets.length} octets, 8192 at most`);
    if (octets[octets.length - 1] === 0) throw from.fault('a bit map that ends in a zero octet');
    from.spend(bitsIn(octets));
    for (let port = 0; port < octets.length * 8; port += 1) {
      if (((octets[port >> 3] ?? 0) & (0x80 >> (port & 7))) !== 0) parts.push(String(port));
    }
    return parts.join(' ');
  },
  write: (from, to) => {
    const protocol = from.word('the protocol').toLowerCase();
    const known: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17 };
    to.u8(known[protocol] ?? parseInteger(protocol, 255, 'the protocol'));
    const map = new Uint8Array(8192);
    while (!from.done) {
      const text = from.word('a port').toLowerCase();
      const port = Object.hasOwn(services, text)
        ? (services[text] ?? 0)
        : parseInteger(text, 0xffff, 'a port');
      map[port >> 3] = (map[port >> 3] ?? 0) | (0x80 >> (port & 7));
    }
    to.bytes(map.subarray(0, map.findLastIndex(octet => octet !== 0) + 1));
  },
};
