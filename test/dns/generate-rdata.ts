import { type Dice, type MadeData, randomDigits, randomName, randomString, Sketch } from './generate.ts';
import { randomParameters } from './generate-svcb.ts';

/** Puts octets that are one legal value of a type. */
type Maker = (dice: Dice, to: Sketch) => void;

const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

const blob =
  (least: number, most: number): Maker =>
  (dice, to) =>
    to.bytes(dice.octets(dice.between(least, most)));
const name: Maker = (dice, to) => to.foldedName(randomName(dice));
const spelled: Maker = (dice, to) => to.spelledName(randomName(dice));
const u8: Maker = (dice, to) => to.u8(dice.oneIn(4) ? dice.pick([0, 1, 255]) : dice.below(256));
const u16: Maker = (dice, to) => to.u16(dice.oneIn(4) ? dice.pick([0, 1, 65535]) : dice.below(65536));
const u32: Maker = (dice, to) =>
  to.u32(dice.oneIn(4) ? dice.pick([0, 1, 0x7fffffff, 0xffffffff]) : dice.u32());
const string: Maker = (dice, to) => to.string(randomString(dice));
const strings: Maker = (dice, to) => {
  for (let left = dice.between(1, 4); left > 0; left -= 1) string(dice, to);
};

/** The makers one after the other. */
function all(...makers: readonly Maker[]): Maker {
  return (dice, to) => {
    for (const maker of makers) maker(dice, to);
  };
}

/** The octets of a list of types, as NSEC, NSEC3 and CSYNC have it (RFC 4034 section 4.1.2). */
function bitmap(least: 0 | 1): Maker {
  return (dice, to) => {
    const types = new Set<number>();
    const count = dice.oneIn(20) ? dice.between(20, 200) : dice.between(least, 8);
    while (types.size < count) {
      types.add(
        dice.oneIn(4) ? dice.between(1, 65535) : dice.pick([1, 2, 5, 6, 15, 16, 28, 33, 43, 46, 47, 48, 257]),
      );
    }
    for (const window of [...new Set([...types].map(type => type >> 8))].sort((a, b) => a - b)) {
      const inside = [...types].filter(type => type >> 8 === window).map(type => type & 255);
      const octets = new Uint8Array((Math.max(...inside) >> 3) + 1);
      for (const type of inside) octets[type >> 3] = (octets[type >> 3] ?? 0) | (0x80 >> (type & 7));
      to.u8(window);
      to.u8(octets.length);
      to.bytes(octets);
    }
  };
}

/** A bit map up to the end whose last octet is not zero; bit 0 is clear. */
function plainMap(least: number, most: number): Maker {
  return (dice, to) => {
    const octets = dice.octets(dice.between(least, most));
    if (octets.length === 0) return;
    octets[0] = (octets[0] ?? 0) & 0x7f;
    octets[octets.length - 1] = (octets[octets.length - 1] ?? 0) | 1;
    to.bytes(octets);
  };
}

/** A DNSSEC algorithm and a key; those of private algorithms begin with what names them (RFC 4034 appendix A.1.1). */
const algorithmAndKey: Maker = (dice, to) => {
  const algorithm = dice.oneIn(12)
    ? dice.pick([253, 254])
    : dice.pick([1, 3, 5, 7, 8, 10, 13, 14, 15, 16, 200]);
  to.u8(algorithm);
  if (algorithm === 253) to.bytes(ascii('\x07private\x07example\x00'));
  if (algorithm === 254) to.bytes([6, 6, 4, 0x2a, 3, 4, 5]);
  to.bytes(dice.octets(dice.between(8, 140)));
};

/** A digest type and a digest of its length. */
function digest(lengths: Readonly<Record<number, number>>, others: readonly number[], least: number): Maker {
  return (dice, to) => {
    const type = dice.pick([...Object.keys(lengths).map(Number), ...others]);
    to.u8(type);
    to.bytes(dice.octets(lengths[type] ?? dice.between(least, least + 50)));
  };
}

const ds = all(u16, u8, digest({ 1: 20, 2: 32, 3: 32, 4: 48 }, [200], 1));

/** The signer has no more labels than the owner, whose count the data gives (RFC 4034 section 3.1.3). */
const signature: Maker = (dice, to) => {
  const signer = randomName(dice);
  let labels = 0;
  for (let at = 0; (signer[at] ?? 0) > 0; at += (signer[at] ?? 0) + 1) labels += 1;
  to.u16(dice.oneIn(4) ? dice.between(1, 65535) : dice.pick([1, 2, 6, 28, 46, 48, 50]));
  to.u8(dice.pick([1, 5, 7, 8, 10, 13, 14, 15, 16, 200]));
  to.u8(Math.min(127, labels + dice.below(4)));
  all(u32, u32, u32, u16)(dice, to);
  to.foldedName(signer);
  blob(1, 140)(dice, to);
};

const location: Maker = (dice, to) => {
  to.u8(0);
  for (let left = 3; left > 0; left -= 1) {
    const base = dice.below(10);
    to.u8((base << 4) | (base === 0 ? 0 : dice.below(10)));
  }
  for (const degrees of [90, 180]) {
    const limit = degrees * 3_600_000;
    to.u32(0x80000000 + (dice.oneIn(6) ? dice.pick([-limit, -1, 0, 1, limit]) : dice.between(-limit, limit)));
  }
  u32(dice, to);
};

const coordinates: Maker = (dice, to) => {
  for (const limit of [180, 90, 30000]) {
    const value = dice.between(-limit * 1000, limit * 1000) / 1000;
    to.string(ascii(dice.oneIn(3) ? String(Math.trunc(value)) : value.toFixed(dice.between(1, 6))));
  }
};

const atm: Maker = (dice, to) => {
  if (dice.oneIn(2)) {
    to.u8(0);
    to.bytes(dice.octets(20));
  } else {
    to.u8(1);
    to.bytes(randomDigits(dice, 4, 15));
  }
};

/** RFC 3403 section 4.1: an expression or a replacement, not both. */
const pointer: Maker = (dice, to) => {
  u16(dice, to);
  u16(dice, to);
  to.string(ascii(dice.pick(['', 'u', 's', 'A', 'P', 'S9'])));
  to.string(ascii(dice.pick(['', 'E2U+sip', 'SIP+D2T', 'x-odd "service"', 'a\\b;c(d)'])));
  const expression = dice.pick([
    '',
    '',
    '!^.*$!sip:info@example.com!',
    '/^(.+)$/\\1;x="y"/',
    '!(a|b)!"\\1"!i',
  ]);
  to.string(ascii(expression));
  to.foldedName(expression === '' ? randomName(dice) : Uint8Array.of(0));
};

const a6: Maker = (dice, to) => {
  const prefix = dice.oneIn(3) ? dice.pick([0, 1, 7, 8, 64, 127, 128]) : dice.below(129);
  const suffix = dice.octets(16 - Math.floor(prefix / 8));
  if (suffix.length > 0) suffix[0] = (suffix[0] ?? 0) & (0xff >> (prefix % 8));
  to.u8(prefix);
  to.bytes(suffix);
  if (prefix > 0) name(dice, to);
};

const prefixes: Maker = (dice, to) => {
  for (let left = dice.between(0, 4); left > 0; left -= 1) {
    const family = dice.between(1, 2);
    const size = family === 1 ? 4 : 16;
    const prefix = dice.between(0, size * 8);
    const octets = dice.octets(Math.ceil(prefix / 8));
    if (octets.length > 0) {
      // Bits behind the prefix are clear, and trailing zero octets are not sent (RFC 3123 section 4).
      octets[octets.length - 1] = (octets[octets.length - 1] ?? 0) & (0xff << ((8 - (prefix % 8)) % 8));
    }
    const sent = octets.subarray(0, octets.findLastIndex(octet => octet !== 0) + 1);
    to.u16(family);
    to.u8(prefix);
    to.u8((dice.oneIn(2) ? 0x80 : 0) | sent.length);
    to.bytes(sent);
  }
};

function gateway(dice: Dice, to: Sketch, kind: number): void {
  if (kind === 1) to.bytes(dice.octets(4));
  if (kind === 2) to.bytes(dice.octets(16));
  if (kind === 3) spelled(dice, to);
}

const ipsec: Maker = (dice, to) => {
  const kind = dice.below(4);
  const algorithm = dice.below(4);
  u8(dice, to);
  to.u8(kind);
  to.u8(algorithm);
  gateway(dice, to, kind);
  if (algorithm > 0) to.bytes(dice.octets(dice.between(1, 80)));
};

const relay: Maker = (dice, to) => {
  const kind = dice.below(4);
  u8(dice, to);
  to.u8((dice.oneIn(2) ? 0x80 : 0) | kind);
  gateway(dice, to, kind);
};

const hostIdentity: Maker = (dice, to) => {
  const hit = dice.octets(dice.oneIn(2) ? 16 : dice.between(1, 40));
  const key = dice.octets(dice.between(1, 140));
  to.u8(hit.length);
  u8(dice, to);
  to.u16(key.length);
  to.bytes(hit);
  to.bytes(key);
  for (let left = dice.below(3); left > 0; left -= 1) spelled(dice, to);
};

const hashed: Maker = (dice, to) => {
  to.u8(1);
  to.u8(dice.below(2));
  u16(dice, to);
  to.string(dice.octets(dice.oneIn(3) ? 0 : dice.between(1, 20)));
  to.string(dice.octets(dice.oneIn(4) ? dice.between(1, 39) : 20));
  bitmap(0)(dice, to);
};

const service: Maker = (dice, to) => {
  const alias = dice.oneIn(5);
  to.u16(alias ? 0 : dice.between(1, 65535));
  spelled(dice, to);
  if (!alias) randomParameters(dice, to);
};

const property: Maker = (dice, to) => {
  u8(dice, to);
  to.string(ascii(dice.pick(['issue', 'issuewild', 'iodef', 'issuemail', 'Tbs', 'unknown9'])));
  to.bytes(randomString(dice));
};

const sizedBlob: Maker = (dice, to) => {
  const octets = dice.octets(dice.oneIn(3) ? 0 : dice.between(1, 64));
  to.u16(octets.length);
  to.bytes(octets);
};

const signedTime: Maker = (dice, to) => {
  to.u16(dice.oneIn(3) ? dice.below(65536) : 0);
  to.u32(dice.u32());
};

const keyRecord: Maker = (dice, to) => {
  to.u16(dice.pick([256, 257, 385, 0, dice.below(0xc000)]));
  to.u8(3);
  algorithmAndKey(dice, to);
};

const certificateHash = all(u8, u8, u8, blob(1, 64));
const rest = blob(1, 90);

/** By mnemonic, in the order of numbers: what makes legal data of every type that has a published format. */
const makers: Readonly<Record<string, Maker>> = {
  A: blob(4, 4),
  NS: name,
  MD: name,
  MF: name,
  CNAME: name,
  SOA: all(name, name, u32, u32, u32, u32, u32),
  MB: name,
  MG: name,
  MR: name,
  NULL: blob(0, 40),
  WKS: all(blob(4, 4), u8, plainMap(0, 40)),
  PTR: name,
  HINFO: all(string, string),
  MINFO: all(name, name),
  MX: all(u16, name),
  TXT: strings,
  RP: all(name, name),
  AFSDB: all(u16, name),
  X25: (dice, to) => to.string(randomDigits(dice, 4, 20)),
  ISDN: (dice, to) => {
    for (let left = dice.between(1, 2); left > 0; left -= 1) string(dice, to);
  },
  RT: all(u16, name),
  NSAP: blob(1, 22),
  'NSAP-PTR': spelled,
  SIG: signature,
  KEY: (dice, to) => {
    if (dice.oneIn(8)) to.bytes([0xc0, 0, 3, 5]);
    else keyRecord(dice, to);
  },
  PX: all(u16, name, name),
  GPOS: coordinates,
  AAAA: (dice, to) => {
    // Runs of zero and the mapped form are where texts of addresses differ (RFC 5952).
    const octets = dice.octets(16);
    const [start, end] = [dice.below(17), dice.below(17)];
    if (dice.oneIn(2)) octets.fill(0, Math.min(start, end), Math.max(start, end));
    if (dice.oneIn(10)) octets.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
    to.bytes(octets);
  },
  LOC: location,
  NXT: all(name, plainMap(1, 16)),
  EID: rest,
  NIMLOC: rest,
  SRV: all(u16, u16, u16, name),
  ATMA: atm,
  NAPTR: pointer,
  KX: all(u16, name),
  CERT: (dice, to) => {
    to.u16(dice.oneIn(4) ? dice.between(1, 65535) : dice.pick([1, 2, 3, 4, 5, 6, 7, 8, 253, 254]));
    u16(dice, to);
    to.u8(dice.pick([0, 5, 8, 13, 200]));
    blob(1, 140)(dice, to);
  },
  A6: a6,
  DNAME: name,
  SINK: all(u8, u8, blob(0, 40)),
  APL: prefixes,
  DS: ds,
  SSHFP: all(u8, digest({ 1: 20, 2: 32 }, [3, 200], 1)),
  IPSECKEY: ipsec,
  RRSIG: signature,
  NSEC: all(spelled, bitmap(1)),
  DNSKEY: keyRecord,
  DHCID: all(blob(2, 2), blob(1, 1), blob(32, 32)),
  NSEC3: hashed,
  NSEC3PARAM: (dice, to) => {
    to.u8(1);
    to.u8(0);
    u16(dice, to);
    to.string(dice.octets(dice.oneIn(3) ? 0 : dice.between(1, 20)));
  },
  TLSA: certificateHash,
  SMIMEA: certificateHash,
  HIP: hostIdentity,
  NINFO: strings,
  RKEY: (dice, to) => {
    to.u16(0);
    u8(dice, to);
    algorithmAndKey(dice, to);
  },
  TALINK: all(spelled, spelled),
  CDS: (dice, to) => {
    if (dice.oneIn(30)) to.bytes([0, 0, 0, 0, 0]);
    else ds(dice, to);
  },
  CDNSKEY: (dice, to) => {
    if (dice.oneIn(30)) to.bytes([0, 0, 3, 0, 0]);
    else keyRecord(dice, to);
  },
  OPENPGPKEY: rest,
  CSYNC: all(u32, u16, bitmap(0)),
  ZONEMD: all(u32, (dice, to) => to.u8(dice.pick([1, 2, 240])), digest({ 1: 48, 2: 64 }, [240], 12)),
  SVCB: service,
  HTTPS: service,
  DSYNC: (dice, to) => {
    to.u16(dice.pick([59, 62, 60, dice.between(1, 65535)]));
    to.u8(dice.pick([1, 128, dice.between(1, 255)]));
    u16(dice, to);
    spelled(dice, to);
  },
  HHIT: rest,
  BRID: rest,
  SPF: strings,
  NID: all(u16, blob(8, 8)),
  L32: all(u16, blob(4, 4)),
  L64: all(u16, blob(8, 8)),
  LP: all(u16, spelled),
  EUI48: blob(6, 6),
  EUI64: blob(8, 8),
  TKEY: all(spelled, u32, u32, u16, u16, sizedBlob, sizedBlob),
  TSIG: all(name, signedTime, u16, sizedBlob, u16, u16, sizedBlob),
  URI: (dice, to) => {
    u16(dice, to);
    u16(dice, to);
    const target = randomString(dice);
    to.bytes(target.length === 0 ? ascii('sip:"a"\\b@example.com') : target);
  },
  CAA: property,
  AVC: strings,
  DOA: all(u32, u32, u8, string, blob(0, 40)),
  AMTRELAY: relay,
  RESINFO: strings,
  WALLET: strings,
  CLA: strings,
  IPN: blob(8, 8),
  TYPE731: blob(0, 40),
  TA: ds,
  DLV: ds,
};

/** Every type that data can be made of: those with a published format, and two without. */
export const generatedTypes: readonly string[] = Object.keys(makers);

/** Legal data of `type`, one of `generatedTypes`, in octets. */
export function randomData(dice: Dice, type: string): MadeData {
  const to = new Sketch();
  const maker = makers[type];
  if (maker === undefined) throw new Error(`nothing makes data of ${type}`);
  maker(dice, to);
  return to.made();
}
