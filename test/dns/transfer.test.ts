import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Message, makeQuery, makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { type ResourceRecord, recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { compareSerials, serialAfter } from '../../src/dns/serial.ts';
import {
  applyDifferences,
  type TransferLimits,
  TransferReader,
  type TransferRequest,
  type TransferStep,
} from '../../src/dns/transfer.ts';
import { makeZone, type Zone } from '../../src/dns/zone.ts';
import { printRRset } from '../../src/dns/zonefile.ts';

const apex = parseName('example.com');

function record(owner: string, type: string, data: string): ResourceRecord {
  const [first] = recordsOf(rrsetOf(owner, type, 60, data));
  if (first === undefined) throw new Error('no record');
  return first;
}

const soa = (serial: number): ResourceRecord =>
  record(apex, 'SOA', `ns.example.com. host.example.com. ${serial} 2 3 4 5`);
const ns = record(apex, 'NS', 'ns.example.com.');
const host = (label: string, address: string): ResourceRecord =>
  record(`${label}.example.com.`, 'A', address);

const axfr: TransferRequest = { kind: 'axfr', apex };
const ixfr = (serial: number): TransferRequest => ({ kind: 'ixfr', apex, serial });

function response(
  request: TransferRequest,
  answer: readonly ResourceRecord[],
  more: Partial<Message> = {},
): Message {
  return {
    ...makeResponse(makeQuery(apex, request.kind.toUpperCase(), { id: 5, udpSize: null })),
    answer,
    ...more,
  };
}

/** Feeds the records cut into messages of `size`, and ends the stream. */
function read(
  request: TransferRequest,
  records: readonly ResourceRecord[],
  size = records.length,
  limits: TransferLimits = {},
): TransferStep {
  const reader = new TransferReader(request, limits);
  for (let at = 0; at < records.length; at += size) {
    const step = reader.feed(response(request, records.slice(at, at + size)));
    if (step.kind !== 'more')
      return at + size >= records.length || step.kind === 'failed' ? step : { kind: 'more' };
  }
  return reader.end();
}

const summary = (step: TransferStep): string =>
  step.kind === 'done' ? step.transfer.kind : step.kind === 'failed' ? step.fault : step.kind;

describe('AXFR', () => {
  const whole = [soa(7), ns, host('a', '192.0.2.1'), host('a', '192.0.2.2'), host('b', '192.0.2.3'), soa(7)];

  test('gives the zone, however it is cut into messages', () => {
    for (let size = 1; size <= whole.length; size += 1) {
      const step = read(axfr, whole, size);
      if (step.kind !== 'done' || step.transfer.kind !== 'zone') throw new Error(summary(step));
      expect(step.transfer).toMatchObject({ serial: 7, outside: 0 });
      expect(
        makeZone(apex, step.transfer.rrsets).rrsets.map(({ type, data }) => [type, data.length]),
      ).toEqual([
        ['SOA', 1],
        ['NS', 1],
        ['A', 2],
        ['A', 1],
      ]);
    }
  });

  test('is truncated when any number of records is missing at the end', () => {
    for (let length = 1; length < whole.length; length += 1) {
      expect(summary(read(axfr, whole.slice(0, length), 2))).toBe('truncated');
    }
    expect(summary(new TransferReader(axfr).end())).toBe('truncated');
  });

  test.each<readonly [string, readonly ResourceRecord[], string]>([
    ['that does not begin with the SOA', whole.slice(1), 'framing'],
    [
      'that begins with the SOA of another zone',
      [record('example.org.', 'SOA', 'a. b. 1 2 3 4 5'), ns],
      'framing',
    ],
    ['whose SOAs differ', [...whole.slice(0, -1), soa(8)], 'framing'],
    ['with records after the closing SOA', [...whole, ns], 'framing'],
    ['with a record of another class', [soa(7), { ...ns, class: 'CH' }], 'framing'],
  ])('%s fails', (_, records, fault) => {
    expect(summary(read(axfr, records))).toBe(fault);
  });

  test('leaves out what is not of the zone, and says how much', () => {
    const step = read(axfr, [soa(7), ns, record('www.example.org.', 'A', '192.0.2.9'), soa(7)]);
    expect(step).toMatchObject({ kind: 'done', transfer: { outside: 1, rrsets: { length: 2 } } });
  });

  test.each<readonly [string, Partial<Message>, string]>([
    ['with an error', { rcode: 'REFUSED' }, 'rcode'],
    ['with TC', { truncated: true }, 'truncated'],
    ['that is no response', { response: false }, 'message'],
    [
      'to another question',
      { questions: [{ name: parseName('example.org'), type: 'AXFR', class: 'IN' }] },
      'message',
    ],
    ['of another opcode', { opcode: 'NOTIFY' }, 'message'],
    ['without a question', { questions: [] }, 'zone'],
  ])('in a message %s is judged', (_, more, expected) => {
    expect(summary(new TransferReader(axfr).feed(response(axfr, whole, more)))).toBe(expected);
  });

  test('does not mix with another ID, and stays failed', () => {
    const reader = new TransferReader(axfr);
    expect(reader.feed(response(axfr, whole.slice(0, 2))).kind).toBe('more');
    const step = reader.feed(response(axfr, whole.slice(2), { id: 6 }));
    expect(summary(step)).toBe('message');
    expect(reader.feed(response(axfr, whole.slice(2)))).toBe(step);
    expect(reader.end()).toBe(step);
  });

  test('ends at its limits', () => {
    expect(summary(read(axfr, whole, 1, { maxMessages: 3 }))).toBe('limit');
    expect(summary(read(axfr, whole, 1, { maxRecords: 3 }))).toBe('limit');
    expect(summary(read(axfr, whole, 1, { maxRecords: 6, maxMessages: 6 }))).toBe('zone');
  });
});

describe('IXFR', () => {
  const steps = [
    soa(9),
    soa(7),
    host('a', '192.0.2.1'),
    soa(8),
    host('a', '192.0.2.2'),
    soa(8),
    soa(9),
    host('b', '192.0.2.3'),
    soa(9),
  ];
  const old = makeZone(apex, [
    rrsetOf(apex, 'SOA', 60, soa(7).data),
    rrsetOf(apex, 'NS', 60, ns.data),
    rrsetOf('a.example.com.', 'A', 60, '192.0.2.1'),
  ]);

  function differencesOf(step: TransferStep): Zone {
    if (step.kind !== 'done' || step.transfer.kind !== 'differences') throw new Error(summary(step));
    expect(step.transfer.differences.map(({ fromSerial, toSerial }) => [fromSerial, toSerial])).toEqual([
      [7, 8],
      [8, 9],
    ]);
    return applyDifferences(old, step.transfer.differences);
  }

  test('gives differences, however they are cut, that make the new zone of the old', () => {
    for (let size = 1; size <= steps.length; size += 1) {
      expect(
        differencesOf(read(ixfr(7), steps, size))
          .rrsets.map(printRRset)
          .sort(),
      ).toEqual(
        makeZone(apex, [
          rrsetOf(apex, 'SOA', 60, soa(9).data),
          rrsetOf(apex, 'NS', 60, ns.data),
          rrsetOf('a.example.com.', 'A', 60, '192.0.2.2'),
          rrsetOf('b.example.com.', 'A', 60, '192.0.2.3'),
        ])
          .rrsets.map(printRRset)
          .sort(),
      );
    }
  });

  test('is truncated when records are missing at the end', () => {
    for (let length = 2; length < steps.length; length += 1) {
      expect(summary(read(ixfr(7), steps.slice(0, length), 2))).toBe('truncated');
    }
  });

  test.each<readonly [string, number, readonly ResourceRecord[], string]>([
    ['of the whole zone', 5, [soa(9), ns, host('a', '192.0.2.2'), soa(9)], 'zone'],
    ['of one SOA that is at hand', 9, [soa(9)], 'current'],
    ['of one SOA that is older', 10, [soa(9)], 'current'],
    ['of one SOA that is newer', 7, [soa(9)], 'ask-over-tcp'],
    ['of one SOA that is newer past zero', 4294967290, [soa(9)], 'ask-over-tcp'],
    ['from a serial that is not at hand', 6, steps, 'framing'],
    ['with a gap', 7, [soa(10), ...steps.slice(1, 5), soa(9), soa(10), soa(10)], 'framing'],
    ['that goes back', 7, [soa(9), soa(7), soa(6), soa(9)], 'framing'],
    [
      'that changes another zone',
      7,
      [soa(9), soa(7), record('www.example.org.', 'A', '192.0.2.1')],
      'framing',
    ],
  ])('with an answer %s is told', (_, serial, records, expected) => {
    expect(summary(read(ixfr(serial), records))).toBe(expected);
  });

  test('over TCP waits on after a lone SOA in the first message', () => {
    const reader = new TransferReader(ixfr(7));
    expect(reader.feed(response(ixfr(7), steps.slice(0, 1))).kind).toBe('more');
    expect(summary(reader.feed(response(ixfr(7), steps.slice(1))))).toBe('differences');
  });

  test('that does not fit the zone at hand is refused', () => {
    const step = read(ixfr(7), steps);
    if (step.kind !== 'done' || step.transfer.kind !== 'differences') throw new Error(summary(step));
    const { differences } = step.transfer;
    const other = makeZone(
      apex,
      old.rrsets.filter(({ type }) => type !== 'A'),
    );
    expect(() => applyDifferences(other, differences)).toThrow('is to be removed and not there');
    expect(() => applyDifferences(old, differences.slice(1))).toThrow('is to be removed and not there');
    const doubled = makeZone(apex, [...old.rrsets, rrsetOf('b.example.com.', 'A', 60, '192.0.2.3')]);
    expect(() => applyDifferences(doubled, differences)).toThrow('already there');
  });
});

describe('serial numbers', () => {
  test.each([
    [1, 0, true],
    [0, 4294967295, true],
    [100, 4294967295, true],
    [2147483647, 0, true],
    [2147483648, 0, false],
    [0, 2147483648, false],
    [0, 1, false],
    [5, 5, false],
  ])('%i comes after %i: %s (RFC 1982)', (a, b, expected) => {
    expect(serialAfter(a, b)).toBe(expected);
  });

  test('exactly half a circle apart have no order', () => {
    expect(compareSerials(0, 0x80000000)).toBeNaN();
    expect(compareSerials(0x80000000, 0)).toBeNaN();
  });

  test('are opposed both ways, but for those half a circle apart', () => {
    const serial = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(serial, serial, (a, b) => {
        const order = compareSerials(a, b);
        if (Number.isNaN(order)) expect(Math.abs(a - b)).toBe(0x80000000);
        else expect(order + compareSerials(b, a)).toBe(0);
      }),
    );
  });
});
