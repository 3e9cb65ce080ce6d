import { describe, expect, it } from 'vitest';
import { type Message, makeQuery, makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { listenDns } from '../../src/world/listen.ts';
import { nodeClock, nodeTransport } from '../../src/world/node.ts';
import { ReadyAnswers, type ReadyUse } from '../../src/world/ready-answers.ts';

const name = parseName('www.example.com');

function query(options: Parameters<typeof makeQuery>[2] = {}): Message {
  return makeQuery(name, 'A', { recursionDesired: true, ...options });
}

function answered(to: Message, rcode = 'NOERROR', ...ttls: readonly number[]): Message {
  const records = ttls.flatMap((ttl, at) => recordsOf(rrsetOf(`n${at}.example.com`, 'A', ttl, '192.0.2.1')));
  return { ...makeResponse(to, rcode), recursionAvailable: true, answer: records };
}

/** Ready answers on a clock that stands where it is put. */
function standing(maxOctets?: number): {
  ready: ReadyAnswers;
  at: (seconds: number) => void;
  uses: ReadyUse[];
} {
  let nowMs = 0;
  const uses: ReadyUse[] = [];
  const clock = { ...nodeClock, elapsed: () => nowMs };
  const ready = new ReadyAnswers(clock, ({ type, rcode }) => uses.push({ type, rcode }), maxOctets);
  return {
    ready,
    at: seconds => {
      nowMs = 1000 * seconds;
    },
    uses,
  };
}

function keepTwice(ready: ReadyAnswers, asked: Message, response: Message): void {
  ready.keep(encodeMessage(asked), encodeMessage(response));
  ready.keep(encodeMessage(asked), encodeMessage(response));
}

function found(ready: ReadyAnswers, asked: Message): Message | null {
  const octets = ready.find(encodeMessage(asked));
  return octets === null ? null : decodeMessage(octets);
}

describe('ReadyAnswers', () => {
  it('has an answer from the second time on, with the ID of the query', () => {
    const { ready, uses } = standing();
    const response = answered(query(), 'NOERROR', 300, 60);
    ready.keep(encodeMessage(query()), encodeMessage(response));
    expect(found(ready, query())).toBeNull();
    ready.keep(encodeMessage(query()), encodeMessage(response));
    expect(found(ready, query({ id: 0x1234 }))).toEqual({ ...response, id: 0x1234 });
    expect(uses).toEqual([{ type: 'A', rcode: 'NOERROR' }]);
  });

  it('counts TTLs down, never to more than is left, and is over when a tenth of the shortest is', () => {
    const { ready, at } = standing();
    keepTwice(ready, query(), answered(query(), 'NOERROR', 300, 60));
    const ttlsAt = (seconds: number): readonly number[] | undefined => {
      at(seconds);
      return found(ready, query())?.answer.map(record => record.ttl);
    };
    expect(ttlsAt(0)).toEqual([300, 60]);
    expect(ttlsAt(0.5)).toEqual([299, 59]);
    expect(ttlsAt(53.9)).toEqual([246, 6]);
    expect(ttlsAt(54)).toBeUndefined();
  });

  it.each<[string, Message]>([
    ['another type', makeQuery(name, 'AAAA', { recursionDesired: true })],
    ['RD clear', query({ recursionDesired: false })],
    ['CD set', query({ checkingDisabled: true })],
    ['DO set', query({ dnssecOk: true })],
    ['another size', query({ udpSize: 4096 })],
    ['no EDNS', query({ udpSize: null })],
    ['other letters', query({ spelling: 'wWw.example.com' })],
  ])('has nothing for a query with %s', (_, other) => {
    const { ready } = standing();
    keepTwice(ready, query(), answered(query(), 'NOERROR', 300));
    expect(found(ready, other)).toBeNull();
    expect(found(ready, query())).not.toBeNull();
  });

  const withCookie: Message = {
    ...query(),
    edns: { udpSize: 1232, version: 0, dnssecOk: false, options: [{ code: 10, data: new Uint8Array(8) }] },
  };
  it.each<[string, Message, Message]>([
    ['SERVFAIL', query(), answered(query(), 'SERVFAIL')],
    ['an answer without a TTL', query(), answered(query(), 'NOERROR')],
    ['TTL 0', query(), answered(query(), 'NOERROR', 300, 0)],
    ['a truncated answer', query(), { ...answered(query(), 'NOERROR', 300), truncated: true }],
    ['a query with an option', withCookie, answered(withCookie, 'NOERROR', 300)],
    [
      'a query in mixed letters',
      query({ spelling: 'wWw.example.com' }),
      answered(query({ spelling: 'wWw.example.com' }), 'NOERROR', 300),
    ],
    ['a notification', { ...query(), opcode: 'NOTIFY' }, answered(query(), 'NOERROR', 300)],
    [
      'two questions',
      { ...query(), questions: [...query().questions, ...query().questions] },
      answered(query(), 'NOERROR', 300),
    ],
  ])('keeps nothing of %s', (_, asked, response) => {
    const { ready } = standing();
    keepTwice(ready, asked, response);
    expect(found(ready, asked)).toBeNull();
  });

  it('keeps NXDOMAIN', () => {
    const { ready } = standing();
    keepTwice(ready, query(), answered(query(), 'NXDOMAIN', 300));
    expect(found(ready, query())?.rcode).toBe('NXDOMAIN');
  });

  it('lets go of what is not used when it is full, and of garbage nothing comes', () => {
    const { ready } = standing(4000);
    keepTwice(ready, query(), answered(query(), 'NOERROR', 300));
    for (let count = 0; count < 50; count += 1) {
      const other = makeQuery(parseName(`n${count}.example.com`), 'A');
      keepTwice(ready, other, answered(other, 'NOERROR', 300));
    }
    expect(found(ready, query())).toBeNull();
    for (const octets of [new Uint8Array(0), new Uint8Array(12), new Uint8Array(40).fill(0xff)]) {
      ready.keep(octets, octets);
      expect(ready.find(octets)).toBeNull();
    }
  });

  it('answers over UDP in place of who was asked, and no more once the listener drains', async () => {
    let asked = 0;
    const ready = new ReadyAnswers(nodeClock);
    const listener = await listenDns(
      { address: '127.0.0.1', port: 0 },
      to => {
        asked += 1;
        return answered(to, 'NOERROR', 300);
      },
      { ready },
    );
    const transport = nodeTransport();
    try {
      for (const protocol of ['udp', 'udp', 'udp', 'udp', 'tcp'] as const) {
        const exchange = await transport.exchange(query(), listener.endpoint, {
          timeoutMs: 30_000,
          protocol,
        });
        expect(exchange.kind === 'response' && exchange.message.answer.length).toBe(1);
      }
      expect(asked).toBe(3);
    } finally {
      await Promise.all([transport.close(), listener.drain()]);
    }
  });
});
