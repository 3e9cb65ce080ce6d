import { describe, expect, test } from 'vitest';
import type { Message } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { parseRdata, soaOf } from '../../src/dns/rdata.ts';
import { type ResourceRecord, recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import {
  makeUpdate,
  type Prerequisite,
  readUpdate,
  type Update,
  type UpdateChange,
} from '../../src/dns/update.ts';
import { applyUpdate } from '../../src/dns/update-apply.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { makeZone, rrsetAt, soaRRset, type Zone } from '../../src/dns/zone.ts';

const zone = parseName('example.com');
const www = parseName('www.example.com');
const a = rrsetOf(www, 'A', 300, '192.0.2.1', '192.0.2.2');

const full: Update = {
  zone,
  prerequisites: [
    { kind: 'rrset-is', rrset: rrsetOf(www, 'A', 0, '192.0.2.1', '192.0.2.2') },
    { kind: 'rrset-exists', owner: www, type: 'MX' },
    { kind: 'rrset-absent', owner: www, type: 'TYPE65280' },
    { kind: 'name-in-use', owner: www },
    { kind: 'name-free', owner: parseName('new.example.com') },
  ],
  changes: [
    { kind: 'add', rrset: a },
    { kind: 'delete-rrset', owner: www, type: 'MX' },
    { kind: 'delete-name', owner: parseName('old.example.com') },
    { kind: 'delete-records', rrset: rrsetOf(www, 'TXT', 0, '"x"', '"y"') },
    { kind: 'add', rrset: rrsetOf(www, 'MX', 60, '10 mail.example.com.') },
  ],
};

describe('an UPDATE message', () => {
  test('reads as what it was made of, through the wire', () => {
    const read = readUpdate(decodeMessage(encodeMessage(makeUpdate(full, { id: 7 }))));
    expect(read).toEqual({ kind: 'update', update: full });
  });

  test('says what it says by class, type, TTL and data (RFC 2136 sections 2.4 and 2.5)', () => {
    const { answer, authority } = makeUpdate(full);
    const shape = ({ class: recordClass, type, ttl, data }: ResourceRecord): string =>
      `${recordClass} ${type} ${ttl} ${data}`;
    expect(answer.map(shape)).toEqual([
      'IN A 0 192.0.2.1',
      'IN A 0 192.0.2.2',
      'ANY MX 0 \\# 0',
      'NONE TYPE65280 0 \\# 0',
      'ANY ANY 0 \\# 0',
      'NONE ANY 0 \\# 0',
    ]);
    expect(authority.map(shape)).toEqual([
      'IN A 300 192.0.2.1',
      'IN A 300 192.0.2.2',
      'ANY MX 0 \\# 0',
      'ANY ANY 0 \\# 0',
      'NONE TXT 0 "x"',
      'NONE TXT 0 "y"',
      'IN MX 60 10 mail.example.com.',
    ]);
  });

  test('is not made for names outside the zone, nor for types that are none', () => {
    const outside: UpdateChange = { kind: 'delete-name', owner: parseName('example.org') };
    expect(() => makeUpdate({ zone, prerequisites: [], changes: [outside] })).toThrow(
      'example.org. is not in the zone',
    );
    const meta: UpdateChange = { kind: 'delete-rrset', owner: www, type: 'AXFR' };
    expect(() => makeUpdate({ zone, prerequisites: [], changes: [meta] })).toThrow('AXFR is no type of data');
  });

  const plain = makeUpdate({ zone, prerequisites: [], changes: [] });
  const [record] = recordsOf(a);
  if (record === undefined) throw new Error('no record');
  const other = { ...record, owner: parseName('example.org') };

  test.each<readonly [string, Message, string]>([
    ['of another opcode', { ...plain, opcode: 'QUERY' }, 'NOTIMP'],
    ['without a zone', { ...plain, questions: [] }, 'FORMERR'],
    ['with two zones', { ...plain, questions: [...plain.questions, ...plain.questions] }, 'FORMERR'],
    ['whose zone is no SOA', { ...plain, questions: [{ name: zone, type: 'NS', class: 'IN' }] }, 'FORMERR'],
    ['of class CH', { ...plain, questions: [{ name: zone, type: 'SOA', class: 'CH' }] }, 'NOTAUTH'],
    ['with a prerequisite outside the zone', { ...plain, answer: [{ ...other, ttl: 0 }] }, 'NOTZONE'],
    ['with a prerequisite with a TTL', { ...plain, answer: [record] }, 'FORMERR'],
    [
      'with a prerequisite of class ANY with data',
      { ...plain, answer: [{ ...record, ttl: 0, class: 'ANY' }] },
      'FORMERR',
    ],
    [
      'with a prerequisite of class CH',
      { ...plain, answer: [{ ...record, ttl: 0, class: 'CH' }] },
      'FORMERR',
    ],
    ['with a change outside the zone', { ...plain, authority: [other] }, 'NOTZONE'],
    ['that adds ANY', { ...plain, authority: [{ ...record, type: 'ANY' }] }, 'FORMERR'],
    ['that deletes with a TTL', { ...plain, authority: [{ ...record, class: 'NONE' }] }, 'FORMERR'],
    [
      'that deletes an RRset with data',
      { ...plain, authority: [{ ...record, ttl: 0, class: 'ANY' }] },
      'FORMERR',
    ],
    ['with a change of class HS', { ...plain, authority: [{ ...record, class: 'HS' }] }, 'FORMERR'],
  ])('%s is refused with its code', (_, message, rcode) => {
    expect(readUpdate(message)).toMatchObject({ kind: 'refused', rcode });
  });

  test('that adds with two TTLs adds one after the other, so that the last one stays', () => {
    const authority = [record, { ...record, ttl: 60, data: parseRdata('A', '192.0.2.9') }];
    const read = readUpdate({ ...plain, authority });
    expect(read).toMatchObject({ update: { changes: [{ rrset: { ttl: 300 } }, { rrset: { ttl: 60 } }] } });
  });

  test('with one RRset of prerequisites in pieces asks for all of them together', () => {
    const [first, second] = recordsOf(rrsetOf(www, 'A', 0, '192.0.2.1', '192.0.2.2'));
    const [between] = recordsOf(rrsetOf(www, 'TXT', 0, '"x"'));
    if (first === undefined || second === undefined || between === undefined) throw new Error('no records');
    const read = readUpdate({ ...plain, answer: [first, between, second] });
    expect(read).toMatchObject({
      kind: 'update',
      update: {
        prerequisites: [{ rrset: { data: ['192.0.2.1', '192.0.2.2'] } }, { rrset: { type: 'TXT' } }],
      },
    });
  });
});

const before = makeZone(zone, [
  rrsetOf(zone, 'SOA', 300, 'ns1.example.com. host.example.com. 4294967295 2 3 4 5'),
  rrsetOf(zone, 'NS', 300, 'ns1.example.com.', 'ns2.example.com.'),
  a,
  rrsetOf('alias.example.com.', 'CNAME', 300, 'www.example.com.'),
]);

function applied(changes: readonly UpdateChange[], prerequisites: readonly Prerequisite[] = []): Zone {
  const outcome = applyUpdate(before, { zone, prerequisites, changes });
  if (outcome.kind === 'refused') throw new Error(`${outcome.rcode}: ${outcome.problem}`);
  return outcome.zone;
}

function serialOf(of: Zone): number {
  const [data] = soaRRset(of).data;
  return data === undefined ? -1 : soaOf(data).serial;
}

describe('an update that is applied', () => {
  test('adds to what is there, and the TTL is the newest', () => {
    const after = applied([{ kind: 'add', rrset: rrsetOf(www, 'A', 60, '192.0.2.2', '192.0.2.3') }]);
    expect(rrsetAt(after, www, 'A')).toMatchObject({
      ttl: 60,
      data: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
    });
  });

  test('raises the serial past 0, by one, and only when something changed', () => {
    expect(serialOf(applied([{ kind: 'delete-rrset', owner: www, type: 'A' }]))).toBe(1);
    const outcome = applyUpdate(before, { zone, prerequisites: [], changes: [{ kind: 'add', rrset: a }] });
    expect(outcome).toEqual({ kind: 'done', zone: before, changed: false });
  });

  test('takes the serial that the update gives when it is newer, and no older one', () => {
    const soa = (serial: number): UpdateChange => ({
      kind: 'add',
      rrset: rrsetOf(zone, 'SOA', 300, `ns1.example.com. host.example.com. ${serial} 2 3 4 5`),
    });
    expect(serialOf(applied([soa(9)]))).toBe(9);
    expect(applied([soa(4294967294)])).toBe(before);
  });

  test.each<readonly [string, readonly UpdateChange[]]>([
    ['a CNAME beside other data', [{ kind: 'add', rrset: rrsetOf(www, 'CNAME', 60, 'x.example.com.') }]],
    [
      'other data beside a CNAME',
      [{ kind: 'add', rrset: rrsetOf('alias.example.com.', 'A', 60, '192.0.2.9') }],
    ],
    [
      'a SOA that is not at the apex',
      [{ kind: 'add', rrset: rrsetOf(www, 'SOA', 60, 'ns1.example.com. host.example.com. 9 2 3 4 5') }],
    ],
    ['the SOA deleted', [{ kind: 'delete-rrset', owner: zone, type: 'SOA' }]],
    ['the NS of the apex deleted', [{ kind: 'delete-rrset', owner: zone, type: 'NS' }]],
    ['all of the apex deleted', [{ kind: 'delete-name', owner: zone }]],
    ['what is not there deleted', [{ kind: 'delete-records', rrset: rrsetOf(www, 'A', 0, '192.0.2.77') }]],
  ])('passes over %s', (_, changes) => {
    expect(applied(changes)).toBe(before);
  });

  test('keeps the last NS of the apex, and replaces a CNAME', () => {
    const ns = rrsetOf(zone, 'NS', 0, 'ns1.example.com.', 'ns2.example.com.');
    expect(rrsetAt(applied([{ kind: 'delete-records', rrset: ns }]), zone, 'NS')?.data).toHaveLength(1);
    const alias = rrsetOf('alias.example.com.', 'CNAME', 60, 'other.example.com.');
    expect(rrsetAt(applied([{ kind: 'add', rrset: alias }]), alias.owner, 'CNAME')).toEqual(alias);
  });

  test('changes nothing when a prerequisite fails, and says why', () => {
    const add: UpdateChange = { kind: 'add', rrset: rrsetOf(www, 'A', 60, '192.0.2.3') };
    const wanted: Prerequisite = { kind: 'rrset-is', rrset: rrsetOf(www, 'A', 0, '192.0.2.1') };
    expect(applyUpdate(before, { zone, prerequisites: [wanted], changes: [add] })).toMatchObject({
      kind: 'refused',
      rcode: 'NXRRSET',
    });
    expect(applyUpdate(before, { zone: www, prerequisites: [], changes: [] })).toMatchObject({
      kind: 'refused',
      rcode: 'NOTAUTH',
    });
  });
});
