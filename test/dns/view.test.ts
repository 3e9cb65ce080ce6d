import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classMnemonic, opcodeMnemonic, rcodeMnemonic, typeMnemonic } from '../../src/dns/iana.ts';
import { type Message, makeQuery, makeResponse } from '../../src/dns/message.ts';
import { nameFromOctets, octetsOfName, parseName } from '../../src/dns/name.ts';
import { parseRdata, rdataFromOctets } from '../../src/dns/rdata.ts';
import type { ResourceRecord } from '../../src/dns/record.ts';
import { recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { MessageView, nothing } from '../../src/dns/view.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { isZonecutError } from '../../src/error.ts';

const referral: Message = {
  ...makeResponse(makeQuery(parseName('www.dev.example.com'), 'A', { id: 7, dnssecOk: true })),
  authority: [
    ...recordsOf(
      rrsetOf('dev.example.com', 'NS', 3600, 'ns1.dev.example.com', 'ns2.dev.example.com', 'ns.example.net'),
    ),
    ...recordsOf(rrsetOf('dev.example.com', 'DS', 60, `1 13 2 ${'ab'.repeat(32)}`)),
  ],
  additional: [
    ...recordsOf(rrsetOf('ns1.dev.example.com', 'A', 3600, '192.0.2.1', '192.0.2.2')),
    ...recordsOf(rrsetOf('ns2.dev.example.com', 'AAAA', 3600, '2001:db8::2')),
  ],
  edns: {
    udpSize: 1400,
    version: 0,
    dnssecOk: true,
    options: [
      { code: 3, data: Uint8Array.of(1, 2, 3) },
      { code: 15, data: Uint8Array.of(0, 22) },
    ],
  },
};

const mixed: Message = {
  ...makeResponse(makeQuery(parseName('alias.example'), 'A', { id: 65535 }), 'NXDOMAIN'),
  authoritative: true,
  answer: [
    ...recordsOf(rrsetOf('alias.example', 'CNAME', 300, 'a\\.b.host.example')),
    ...recordsOf(rrsetOf('host.example', 'DNAME', 300, 'elsewhere.example')),
    ...recordsOf(rrsetOf('host.example', 'MX', 300, '10 mail.host.example')),
    ...recordsOf(rrsetOf('txt.example', 'TXT', 300, '"some text"')),
  ],
  authority: recordsOf(rrsetOf('example', 'SOA', 60, 'ns.example host.example 1 2 3 4 5')),
  additional: [
    { owner: parseName('version.bind'), type: 'TXT', class: 'CH', ttl: 0, data: parseRdata('TXT', '"1"') },
  ],
};

const seeds = [referral, mixed, { ...referral, rcode: 'BADVERS' }].map(message => encodeMessage(message));

/** What one attempt to read gives: a value, or null when it was refused with ZC_WIRE; any other error is thrown on. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isZonecutError(error, 'ZC_WIRE')) return null;
    throw error;
  }
}

/** The message with the type of every record but OPT made one whose data is any octets. */
function withOpaqueData(view: MessageView): Uint8Array {
  const octets = view.octets.slice();
  for (let index = 0; index < view.recordCount; index += 1) {
    if (view.typeAt(index) === 41) continue;
    octets[view.dataAt(index) - 10] = 0xff;
    octets[view.dataAt(index) - 9] = 0x10;
  }
  return octets;
}

/** Whether decodeMessage says that its fault is in data; for data that runs into the next record, whose type is a label then. */
function isFaultInData(view: MessageView): boolean {
  try {
    view.message();
    return false;
  } catch (error) {
    const at = Number(/at octet (\d+)/.exec(String(error))?.[1]);
    return Array.from({ length: view.recordCount }, (_, index) => view.dataAt(index)).some(
      (start, index) => start <= at && at <= start + view.dataLengthAt(index),
    );
  }
}

/** Holds `view` to what decodeMessage makes of the same octets. */
function expectAgreement(view: MessageView, octets: Uint8Array): 'read' | 'data refused' | 'refused' {
  const message = attempt(() => decodeMessage(octets));
  const isRead = attempt(() => view.read(octets) ?? true) !== null;
  if (!isRead) {
    expect(message).toBeNull();
    expect([view.recordCount, view.questionCount, view.octets.length]).toEqual([0, 0, 0]);
    return 'refused';
  }
  if (message === null) {
    // The one difference that is meant: data that was not looked at.
    expect(attempt(() => decodeMessage(withOpaqueData(view))) !== null || isFaultInData(view)).toBe(true);
    for (let index = 0; index < view.recordCount; index += 1) {
      attempt(() => view.targetAt(index));
      attempt(() => view.addressAt(index));
    }
    return 'data refused';
  }
  expectSame(view, message);
  return 'read';
}

function expectSame(view: MessageView, message: Message): void {
  const all = Array.from({ length: view.recordCount }, (_, index) => index);
  const records = (from: number, to: number): unknown[] =>
    all
      .slice(from, to)
      .filter(index => view.typeAt(index) !== 41)
      .map(index => headOf(view, index));
  const flags = {
    id: view.id,
    response: view.response,
    opcode: opcodeMnemonic(view.opcode),
    authoritative: view.authoritative,
    truncated: view.truncated,
    recursionDesired: view.recursionDesired,
    recursionAvailable: view.recursionAvailable,
    authenticData: view.authenticData,
    checkingDisabled: view.checkingDisabled,
    rcode: rcodeMnemonic(view.rcode),
  };
  expect(message).toMatchObject(flags);
  expect(view.questionCount).toBe(message.questions.length);
  const [question] = message.questions;
  if (question !== undefined) {
    expect(view.nameAt(view.questionName)).toBe(question.name);
    expect(typeMnemonic(view.questionType)).toBe(question.type);
    expect(classMnemonic(view.questionClass)).toBe(question.class);
  }
  expect(records(0, view.authorityStart)).toEqual(message.answer.map(withoutData));
  expect(records(view.authorityStart, view.additionalStart)).toEqual(message.authority.map(withoutData));
  expect(records(view.additionalStart, view.recordCount)).toEqual(message.additional.map(withoutData));
  const decoded = [...message.answer, ...message.authority, ...message.additional];
  const data = all.filter(index => view.typeAt(index) !== 41).map(index => dataOf(view, index));
  for (const [at, text] of data.entries()) if (text !== null) expect(text).toBe(decoded[at]?.data);
  expect(view.hasEdns).toBe(message.edns !== null);
  expect(view.udpSize).toBe(message.edns?.udpSize ?? 0);
  expect(view.ednsVersion).toBe(message.edns?.version ?? 0);
  expect(view.dnssecOk).toBe(message.edns?.dnssecOk ?? false);
  for (const { code } of message.edns?.options ?? []) {
    expect(view.optionOf(code)).toEqual(message.edns?.options.find(option => option.code === code)?.data);
  }
}

function headOf(view: MessageView, index: number): unknown {
  return {
    owner: view.nameAt(view.ownerAt(index)),
    type: typeMnemonic(view.typeAt(index)),
    class: classMnemonic(view.classAt(index)),
    ttl: view.ttlAt(index),
  };
}

function withoutData({ owner, type, class: recordClass, ttl }: ResourceRecord): unknown {
  return { owner, type, class: recordClass, ttl };
}

/** The data as text, of types that a view reads; null of others. */
function dataOf(view: MessageView, index: number): string | null {
  const target = view.targetAt(index);
  if (target !== nothing) return view.nameAt(target);
  const at = view.addressAt(index);
  return at === nothing
    ? null
    : rdataFromOctets(typeMnemonic(view.typeAt(index)), view.octets.slice(at, at + view.dataLengthAt(index)));
}

/** A packet out of octets that mean something: labels, pointers, counts and types near those of the DNS. */
const packets: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }),
    fc.array(
      fc.oneof(
        fc.constantFrom('00', '0000', '0161', '036e733100', 'c00c', 'c010', 'c01c', 'c02a', '3f', '40', 'c0'),
        fc.constantFrom('0001000100000e100004c0000201', '0002000100000e100002c00c', '00290400008080000000'),
        fc.constantFrom('00020001000000000005036e7331c0', '00fa00ff000000000000', '001c000100000000', '00'),
      ),
      { maxLength: 24 },
    ),
  )
  .map(([counts, parts]) =>
    Buffer.from(
      `00008180${counts.map(count => count.toString(16).padStart(4, '0')).join('')}${parts.join('')}`,
      'hex',
    ),
  );

/** A good packet with some octets changed, and perhaps cut. */
const mutants: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(400), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0xc0, 12, 41, 250, 255))), {
      maxLength: 4,
    }),
    fc.oneof({ weight: 5, arbitrary: fc.constant(400) }, fc.nat(400)),
  )
  .map(([seed, changes, length]) => {
    const octets = seed.slice(0, length);
    for (const [at, value] of changes) if (octets.length > 0) octets[at % octets.length] = value;
    return octets;
  });

describe('a view', () => {
  const view = new MessageView();

  it('says of good messages what decodeMessage says', () => {
    for (const octets of seeds) expect(expectAgreement(view, octets)).toBe('read');
  });

  it('agrees with decodeMessage on mutated and random packets, but for data that was not looked at', () => {
    const seen = new Map<string, number>();
    const property = (octets: Uint8Array): void => {
      const what = expectAgreement(view, octets);
      seen.set(what, (seen.get(what) ?? 0) + 1);
    };
    fc.assert(fc.property(mutants, property), { numRuns: 4000 });
    fc.assert(fc.property(packets, property), { numRuns: 4000 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), property), { numRuns: 500 });
    // All three were met, so that the property held of something.
    expect([...seen.keys()].sort()).toEqual(['data refused', 'read', 'refused']);
  });

  it('reads a chain of pointers as long as a name may have, and no longer', () => {
    const chain = (hops: number): Uint8Array => {
      const names = ['00', ...Array.from({ length: hops }, (_, at) => `0161${pointerTo(nameAt(at))}`)];
      const questions = names.map(name => `${name}00010001`);
      return Buffer.from(
        `000000000${questions.length.toString(16).padStart(3, '0')}000000000000${questions.join('')}`,
        'hex',
      );
    };
    for (const hops of [1, 100, 126]) expect(expectAgreement(view, chain(hops))).toBe('read');
    expect(expectAgreement(view, chain(127))).toBe('refused');
  });

  it.each([
    ['a pointer to itself', '0000000000010000000000000161c00c00010001'],
    ['a pointer forwards', '000000000001000000000000c00e0000010001'],
    ['a pointer into the header', '000000000001000000000000c00400010001'],
    ['a reserved label type', '00000000000100000000000041610000010001'],
    ['an RDLENGTH beyond the end', '00000000000000010000000000000100010000000000050102'],
    ['octets after the last record', '00000000000000000000000000'],
    ['counts without records', '0000000000000000ffffffff'],
    ['two OPT records', '000000000000000000000002000029040000000000000000002904000000000000'.padEnd(68, '0')],
    ['an OPT record in the answer', '0000000000000001000000000000290400000000000000'],
    ['an option that is longer than its record', '0000000000000000000000010000290400000000000004000300ff'],
  ])('refuses %s with ZC_WIRE, and is empty then', (_, hex) => {
    view.read(seeds[0] ?? new Uint8Array());
    expect(expectAgreement(view, Buffer.from(hex, 'hex'))).toBe('refused');
  });

  it('finds data that is wrong when it is asked for', () => {
    const wrong = (data: string): Uint8Array =>
      Buffer.from(`000080000000000100000000${data}`.replaceAll(' ', ''), 'hex');
    view.read(wrong('00 0001 0001 00000000 0003 c00002'));
    expect(() => view.addressAt(0)).toThrow(/an address of 3 octets, it has 4/);
    view.read(wrong('00 0002 0001 00000000 0004 01610000'));
    expect(() => view.targetAt(0)).toThrow(/1 octets after the name/);
    view.read(wrong('00 0002 0001 00000000 0002 0161'));
    expect(() => view.targetAt(0)).toThrow(/end inside a name/);
  });

  it('compares names whatever their case and compression', () => {
    // The question is wWw.A. and the owner of the record www.a., one by a pointer.
    const octets = Buffer.from(
      '000080000001000200000000 03775777 0141 00 0001 0001 03777777 c010 0005 0001 00000000 0002 c00c 0161 00 0001 0001 00000000 0000'.replaceAll(
        ' ',
        '',
      ),
      'hex',
    );
    view.read(octets);
    const owner = view.ownerAt(0);
    expect(view.nameAt(owner)).toBe('www.a.');
    expect(view.isSameName(owner, view.questionName)).toBe(true);
    expect(view.hashName(owner)).toBe(view.hashName(view.questionName));
    expect(view.isSameName(view.ownerAt(1), owner)).toBe(false);
    expect(view.isAtOrBelow(owner, view.ownerAt(1))).toBe(true);
    expect(view.isAtOrBelow(view.ownerAt(1), owner)).toBe(false);
    expect(view.isName(owner, octetsOfName(parseName('www.a')))).toBe(true);
    expect(view.isName(owner, octetsOfName(parseName('www.b')))).toBe(false);
    expect(view.isName(owner, octetsOfName(parseName('a')))).toBe(false);
    expect(view.isName(owner, octetsOfName(parseName('www.a.b')))).toBe(false);
    const copy = new Uint8Array(255);
    expect(nameFromOctets(copy.slice(0, view.copyName(view.targetAt(0), copy)))).toBe('www.a.');
    expect(nameFromOctets(copy.slice(9, 9 + view.copyName(view.ownerAt(1), copy, 9)))).toBe('a.');
    expect(nameFromOctets(copy.slice(0, 7))).toBe('www.a.');
  });

  it('forgets one message for the next, also after 65,535 of them', () => {
    const [first] = seeds;
    if (first === undefined) throw new Error('no seed');
    // The second has a pointer to where the first had a name, and itself has none.
    const second = Buffer.from('000000000001000000000000 04616263 6400 00010001'.replaceAll(' ', ''), 'hex');
    const wrong = Buffer.from(
      '0000000000020000000000000161000001 0001 c00f 00010001'.replaceAll(' ', ''),
      'hex',
    );
    for (let count = 0; count < 65_540; count += 1) view.read(second);
    view.read(first);
    expect(expectAgreement(view, wrong)).toBe(expectAgreement(new MessageView(), wrong));
    expect(expectAgreement(view, first)).toBe('read');
  });

  it('has no record of a number that the message does not have', () => {
    view.read(encodeMessage(makeQuery(parseName('example'), 'NS', { udpSize: null })));
    for (const index of [-1, 0, 0.5, Number.NaN]) {
      expect(() => view.typeAt(index)).toThrow(/number of a record/);
    }
  });
});

/** Where name `at` of the chain of pointers begins: the root at 12, with its question 5 octets, others 8. */
function nameAt(at: number): number {
  return at === 0 ? 12 : 17 + 8 * (at - 1);
}

function pointerTo(offset: number): string {
  return (0xc000 | offset).toString(16);
}
