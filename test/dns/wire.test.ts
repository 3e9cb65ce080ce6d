import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { extendedError, extendedErrorsOf, extendedErrorTitle, readOption } from '../../src/dns/edns.ts';
import { type Message, makeQuery, makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { type ResourceRecord, recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { isZonecutError } from '../../src/error.ts';

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/\s+/g, ''), 'hex'));
}

function records(owner: string, type: string, ...texts: string[]): ResourceRecord[] {
  return recordsOf(rrsetOf(owner, type, 300, ...texts));
}

const query = makeQuery(parseName('www.dev.example.com'), 'A', { id: 7 });

function referral(servers: number): Message {
  const names = Array.from({ length: servers }, (_, at) => `ns${at}.dev.example.com.`);
  return {
    ...makeResponse(query),
    authority: records('dev.example.com.', 'NS', ...names),
    additional: names.flatMap(name => records(name, 'A', '192.0.2.1')),
  };
}

describe('messages survive the wire', () => {
  test('a referral', () => {
    const octets = encodeMessage(referral(2));
    expect(decodeMessage(octets)).toEqual(referral(2));
    expect(octets.length).toBe(116);
  });

  test('every flag, opcode and response code', () => {
    const flags: Message = {
      ...makeResponse(query, 'BADCOOKIE'),
      opcode: 'UPDATE',
      authoritative: true,
      truncated: true,
      recursionDesired: true,
      recursionAvailable: true,
      authenticData: true,
      checkingDisabled: true,
    };
    expect(decodeMessage(encodeMessage(flags))).toEqual(flags);
  });

  test('a spelling is kept, and no name after it takes it over', () => {
    const spelled = makeQuery(parseName('www.example.com'), 'A', { spelling: 'wWw.eXample.COM.' });
    const message = { ...makeResponse(spelled), answer: records('www.example.com.', 'A', '192.0.2.1') };
    const octets = encodeMessage(message);
    expect(decodeMessage(octets)).toEqual(message);
    expect(Buffer.from(octets).toString('latin1')).toContain('eXample\x03COM');
    expect(decodeMessage(octets).answer[0]?.owner).toBe('www.example.com.');
  });

  test('types that are not compressed, unknown types and empty data of UPDATE', () => {
    const update: Message = {
      ...query,
      opcode: 'UPDATE',
      answer: [
        ...records('www.dev.example.com.', 'SRV', '1 2 3 www.dev.example.com.'),
        ...records('www.dev.example.com.', 'TYPE65280', '\\# 2 abcd'),
      ],
      authority: decodeMessage(hex('0007 2800 0000 0000 0001 0000 00 0001 00ff 00000000 0000')).authority,
    };
    expect(update.authority[0]).toMatchObject({ class: 'ANY', type: 'A', data: '\\# 0' });
    expect(decodeMessage(encodeMessage(update))).toEqual(update);
    expect(encodeMessage(update).length).toBe(112);
  });

  test('TSIG stays last, behind the OPT record', () => {
    const tsig = records('key.', 'TSIG', 'hmac-sha256. 1 300 1 AQ== 7 NOERROR 0');
    const signed = { ...query, additional: tsig.map(record => ({ ...record, class: 'ANY', ttl: 0 })) };
    const octets = encodeMessage(signed);
    expect(decodeMessage(octets)).toEqual(signed);
    expect([...octets.subarray(-2)]).toEqual([0, 0]);
  });
});

describe('what does not fit', () => {
  test('glue of a referral that is dropped sets TC', () => {
    const whole = encodeMessage(referral(13));
    const cut = decodeMessage(encodeMessage(referral(13), { maxOctets: whole.length - 1 }));
    expect(cut.truncated).toBe(true);
    expect(cut.authority.length).toBe(13);
    expect(cut.additional.length).toBe(12);
  });

  test('additional data of an answer that is dropped does not', () => {
    const message = {
      ...makeResponse(query),
      authoritative: true,
      answer: records('www.dev.example.com.', 'MX', '1 mail.example.'),
      additional: records('mail.example.', 'A', '192.0.2.1', '192.0.2.2'),
    };
    const whole = encodeMessage(message);
    const cut = decodeMessage(encodeMessage(message, { maxOctets: whole.length - 1 }));
    expect(cut).toEqual({ ...message, additional: [] });
  });

  test('an RRset of the answer goes as a whole, and nothing comes after it', () => {
    const message = {
      ...makeResponse(query),
      answer: [
        ...records('www.dev.example.com.', 'CNAME', 'a.'),
        ...records('a.', 'A', '192.0.2.1', '192.0.2.2'),
      ],
      authority: records('a.', 'NS', 'b.'),
    };
    const cut = decodeMessage(encodeMessage(message, { maxOctets: 90 }));
    expect(cut.answer.map(record => record.type)).toEqual(['CNAME']);
    expect(cut.authority).toEqual([]);
    expect(cut.truncated).toBe(true);
    expect(cut.edns).not.toBeNull();
  });

  test.each([12, 40, 64, 100, 200, 512])('%d octets are never exceeded', maxOctets => {
    const octets = encodeMessage(referral(40), { maxOctets });
    expect(octets.length).toBeLessThanOrEqual(Math.max(maxOctets, 12 + 25 + 11));
  });
});

describe('hostile octets', () => {
  const head = '1234 8180 0001 0001 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001';
  test.each([
    ['no header', '1234', /a header alone has 12/],
    ['counts that lie', '1234 8180 ffff ffff ffff ffff 00 0001 0001', /octets are needed/],
    ['a pointer to itself', '1234 8180 0001 0000 0000 0000 c00c 0001 0001', /does not go backwards/],
    ['a pointer into the header', '1234 8180 0001 0000 0000 0000 c004 0001 0001', /into the header/],
    ['a reserved label', '1234 8180 0001 0000 0000 0000 41 61 00 0001 0001', /reserved label/],
    ['octets at the end', '1234 8180 0000 0000 0000 0000 00', /1 octets after the last record/],
    ['RDLENGTH over the end', `${head} c00c 0001 0001 0000012c 0005 01020304`, /RDLENGTH is 5 and 4/],
    ['an A of 3 octets', `${head} c00c 0001 0001 0000012c 0003 010203`, /4 octets are needed and 3/],
    ['an A of 5 octets', `${head} c00c 0001 0001 0000012c 0005 0102030405`, /after the last field/],
    ['an NS past its RDLENGTH', `${head} c00c 0002 0001 0000012c 0003 026e73 c00c`, /octets are needed/],
    [
      'a compressed RRSIG signer',
      `${head} c00c 0021 0001 0000012c 0008 000100010035 c0ff`,
      /does not go backwards/,
    ],
    ['a compressed DNAME', `${head} c00c 0027 0001 0000012c 0002 c00c`, /pointer where none is allowed/],
    [
      'two OPT records',
      '1234 8180 0000 0000 0000 0002 00 0029 04d0 00000000 0000 00 0029 04d0 00000000 0000',
      /second OPT/,
    ],
    [
      'OPT in the answer',
      '1234 8180 0000 0001 0000 0000 00 0029 04d0 00000000 0000',
      /OPT record in the answer/,
    ],
    [
      'OPT below the root',
      '1234 8180 0000 0000 0000 0001 0161 00 0029 04d0 00000000 0000',
      /not at the root/,
    ],
    ['TSIG that is not last', '1234 8180 0000 0001 0000 0000 00 00fa 00ff 00000000 0000', /TSIG/],
  ])('%s', (_, octets, message) => {
    expect(() => decodeMessage(hex(octets))).toThrow(message);
    expect(() => decodeMessage(hex(octets))).toThrow(expect.objectContaining({ code: 'ZC_WIRE' }));
  });

  test('a second record hidden in the data of the first is not seen', () => {
    const inner = '04 6576696c 00 0001 0001 0000012c 0004 06060606';
    expect(() => decodeMessage(hex(`${head} c00c 0001 0001 0000012c 0014 ${inner}`))).toThrow(
      /after the last field/,
    );
  });

  test('a TTL with the top bit set is 0', () => {
    expect(decodeMessage(hex(`${head} c00c 0001 0001 ffffffff 0004 01020304`)).answer[0]?.ttl).toBe(0);
  });

  test('an A of another class is not an address', () => {
    expect(decodeMessage(hex(`${head} c00c 0001 0003 0000012c 0004 c00c0102`)).answer[0]?.data).toBe(
      '\\# 4 c00c0102',
    );
  });

  test('a chain of pointers ends at a limit', () => {
    const chain = Array.from({ length: 300 }, (_, at) => (0xc000 + 10 + 2 * at).toString(16)).join('');
    const data = `00${chain.slice(4)}`.replace(/^00/, '0000');
    const octets = hex(
      `1234 8180 0000 0002 0000 0000 00 ff00 0001 00000000 ${(data.length / 2).toString(16).padStart(4, '0')} ${data} c200 0001 0001 00000000 0004 01020304`,
    );
    expect(() => decodeMessage(octets)).toThrow(expect.objectContaining({ code: 'ZC_WIRE' }));
  });

  test('random octets and changed messages give a message or ZC_WIRE, and a message encodes to itself', () => {
    const seed = encodeMessage({ ...referral(3), answer: records('a.', 'SVCB', '1 b. alpn=h2 port=1') });
    const changed = fc
      .array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 5 })
      .map(edits => edits.reduce((octets, [at, value]) => octets.with(at, value), seed));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), changed), octets => {
        try {
          const message = decodeMessage(octets);
          expect(decodeMessage(encodeMessage(message))).toEqual(message);
        } catch (error) {
          if (!isZonecutError(error, 'ZC_WIRE')) throw error;
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe('EDNS options', () => {
  test.each([
    [3, '6162', { kind: 'nsid', identifier: Uint8Array.of(97, 98) }],
    [5, '0d0f', { kind: 'understood', what: 'DAU', algorithms: [13, 15] }],
    [
      8,
      '0001 18 00 c00002',
      { kind: 'client-subnet', family: 1, sourcePrefix: 24, scopePrefix: 0, address: '192.0.2.0' },
    ],
    [9, '', { kind: 'expire', seconds: null }],
    [10, '0102030405060708', { kind: 'cookie', client: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), server: null }],
    [11, '0064', { kind: 'tcp-keepalive', timeout: 100 }],
    [12, '0000', { kind: 'padding', octets: 2 }],
    [14, '4f66', { kind: 'key-tag', tags: [20326] }],
    [15, '0016 6e6f', { kind: 'extended-error', code: 22, text: 'no' }],
    [18, '016100', { kind: 'report-channel', agent: 'a.' }],
    [19, '0200 00000001', { kind: 'zone-version', labels: 2, type: 0, version: Uint8Array.of(0, 0, 0, 1) }],
    [65001, '01', { kind: 'other', code: 65001, data: Uint8Array.of(1) }],
  ])('option %d', (code, data, value) => {
    expect(readOption({ code, data: hex(data) })).toEqual(value);
  });

  test.each([
    [8, '0001 21 00 c000020100'],
    [8, '0001 17 00 c00003'],
    [10, '01020304050607'],
    [11, '00'],
    [15, '00'],
    [18, ''],
  ])('option %d refuses %s', (code, data) => {
    expect(() => readOption({ code, data: hex(data) })).toThrow(expect.objectContaining({ code: 'ZC_WIRE' }));
  });

  test('extended errors are found in a message', () => {
    const edns = {
      udpSize: 1232,
      version: 0,
      dnssecOk: false,
      options: [extendedError(22, 'all down'), extendedError(0)],
    };
    const message = decodeMessage(encodeMessage({ ...makeResponse(query, 'SERVFAIL'), edns }));
    expect(extendedErrorsOf(message)).toMatchObject([
      { code: 22, text: 'all down' },
      { code: 0, text: '' },
    ]);
    expect(extendedErrorTitle(22)).toBe('No Reachable Authority');
    expect(extendedErrorTitle(999)).toBe('Error 999');
  });
});
