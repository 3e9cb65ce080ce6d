import { describe, expect, test } from 'vitest';
import { makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { ZonecutError } from '../../src/error.ts';
import { type CapturedExchange, capturing, replaying } from '../../src/world/capture.ts';
import type { Exchange, Transport } from '../../src/world/world.ts';
import { answerTo, queryFor } from './sockets.ts';

const server = { address: '192.0.2.1', port: 53 };
const brief = { timeoutMs: 100 };

/** What `transport` gave, kept as a file would keep it. */
async function captured(
  transport: Transport,
  ...queries: readonly Parameters<Transport['exchange']>[]
): Promise<readonly CapturedExchange[]> {
  const all: CapturedExchange[] = [];
  const seen = capturing(transport, one => all.push(one));
  for (const query of queries) {
    await seen.exchange(...query).catch(() => undefined);
  }
  return JSON.parse(JSON.stringify(all));
}

function giving(...exchanges: readonly Exchange[]): Transport {
  let at = 0;
  return {
    exchange: async () => exchanges[at++] ?? { kind: 'timeout', afterMs: 1, protocol: 'udp' },
  };
}

function response(count: number): Exchange {
  const message = answerTo({ ...queryFor('a.test'), id: 7 }, count);
  return { kind: 'response', message, protocol: 'udp', rttMs: 3.5, octets: 99 };
}

describe('a capture', () => {
  const others: readonly Exchange[] = [
    { kind: 'timeout', afterMs: 100, protocol: 'udp' },
    { kind: 'unreachable', reason: 'untrusted', protocol: 'tls', detail: 'expired' },
    { kind: 'malformed', problem: 'garbage', protocol: 'tcp' },
  ];
  test.each([response(2), ...others])('gives again what was given: $kind', async exchange => {
    const kept = await captured(giving(exchange), [queryFor('a.test'), server, brief]);
    const again = await replaying(kept).exchange(queryFor('a.test'), server, brief);
    expect(again).toEqual(
      exchange.kind === 'response' ? { ...exchange, message: { ...exchange.message, id: 0 } } : exchange,
    );
  });

  test('gives one answer after the other, and then the last again', async () => {
    const twice = [queryFor('a.test'), server, brief] as const;
    const replay = replaying(await captured(giving(response(1), response(2)), [...twice], [...twice]));
    const counts: number[] = [];
    for (let asked = 0; asked < 3; asked += 1) {
      const exchange = await replay.exchange(...twice);
      counts.push(exchange.kind === 'response' ? exchange.message.answer.length : -1);
    }
    expect(counts).toEqual([1, 2, 2]);
  });

  test('answers with the ID and the letters of the query', async () => {
    const kept = await captured(giving(response(1)), [queryFor('a.test'), server, brief]);
    const mixed = makeQuery(parseName('a.test'), 'A', { id: 99, spelling: 'A.tEst.' });
    const exchange = await replaying(kept).exchange(mixed, server, brief);
    expect(exchange).toMatchObject({ message: { id: 99, questions: [{ spelling: 'A.tEst.' }] } });
  });

  const otherwise: readonly (readonly [string, Parameters<Transport['exchange']>])[] = [
    ['server', [queryFor('a.test'), { ...server, address: '192.0.2.2' }, brief]],
    ['port', [queryFor('a.test'), { ...server, port: 54 }, brief]],
    ['name', [queryFor('b.test'), server, brief]],
    ['type', [makeQuery(parseName('a.test'), 'AAAA'), server, brief]],
    ['protocol', [queryFor('a.test'), server, { ...brief, protocol: 'tcp' }]],
  ];
  test.each(otherwise)('refuses what another %s was not asked then', async (_, query) => {
    const kept = await captured(giving(response(1)), [queryFor('a.test'), server, brief]);
    expect(await replaying(kept).exchange(...query)).toMatchObject({
      kind: 'unreachable',
      reason: 'refused',
    });
  });

  test('tells queries with and without EDNS apart, when both were made', async () => {
    const plain = makeQuery(parseName('a.test'), 'A', { udpSize: null });
    const both = await captured(
      giving(response(1), response(2)),
      [plain, server, brief],
      [queryFor('a.test'), server, brief],
    );
    const exchange = await replaying(both).exchange(queryFor('a.test'), server, brief);
    expect(exchange.kind === 'response' && exchange.message.answer.length).toBe(2);
    const only = await captured(giving(response(1)), [plain, server, brief]);
    expect((await replaying(only).exchange(queryFor('a.test'), server, brief)).kind).toBe('response');
  });

  test('refuses an address again that the world refused', async () => {
    const strict: Transport = {
      exchange: async () => {
        throw new ZonecutError('ZC_ADDRESS_REFUSED', 'no public name server is there');
      },
    };
    const kept = await captured(strict, [queryFor('a.test'), server, brief]);
    await expect(replaying(kept).exchange(queryFor('a.test'), server, brief)).rejects.toMatchObject({
      code: 'ZC_ADDRESS_REFUSED',
    });
  });
});
