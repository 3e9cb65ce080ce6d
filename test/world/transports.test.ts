import { describe, expect, test } from 'vitest';
import { makeResponse } from '../../src/dns/message.ts';
import {
  faulty,
  mappingAddresses,
  type RecordedExchange,
  recording,
  refusingSpecialAddresses,
  retrying,
  tcpOnTruncation,
} from '../../src/world/transports.ts';
import type { Endpoint, Exchange, ExchangeOptions, Transport } from '../../src/world/world.ts';
import { queryFor } from './sockets.ts';

interface Call {
  readonly server: Endpoint;
  readonly options: ExchangeOptions;
}

/** A transport that plays `script`, its last entry again and again, and notes what it was asked. */
function scripted(...script: readonly Exchange[]): Transport & { readonly calls: readonly Call[] } {
  const calls: Call[] = [];
  return {
    calls,
    exchange: async (_query, server, options) => {
      calls.push({ server, options });
      const exchange = script[calls.length - 1] ?? script.at(-1);
      if (exchange === undefined) {
        throw new Error('the script is empty');
      }
      return exchange;
    },
  };
}

const query = queryFor('a.test');
const server: Endpoint = { address: '198.51.100.1', port: 53 };
const options: ExchangeOptions = { timeoutMs: 1000 };
const answer: Exchange = {
  kind: 'response',
  message: makeResponse(query),
  protocol: 'udp',
  rttMs: 100,
  octets: 40,
};
const truncated: Exchange = { ...answer, message: { ...answer.message, truncated: true } };
const overTcp: Exchange = { ...answer, protocol: 'tcp' };
const lost: Exchange = { kind: 'timeout', afterMs: 1000, protocol: 'udp' };
const refused: Exchange = { kind: 'unreachable', reason: 'refused', protocol: 'udp' };
const reset: Exchange = { kind: 'unreachable', reason: 'reset', protocol: 'tcp' };

describe('tcpOnTruncation', () => {
  test('goes to TCP with the time that is left', async () => {
    const below = scripted(truncated, overTcp);
    expect(await tcpOnTruncation(below).exchange(query, server, options)).toBe(overTcp);
    expect(below.calls.map(call => call.options)).toEqual([options, { protocol: 'tcp', timeoutMs: 900 }]);
  });
  test('leaves whole responses and failures alone', async () => {
    for (const exchange of [answer, lost, refused]) {
      const below = scripted(exchange);
      expect(await tcpOnTruncation(below).exchange(query, server, options)).toBe(exchange);
      expect(below.calls.length).toBe(1);
    }
  });
});

test('refusingSpecialAddresses asks public addresses only', async () => {
  const below = scripted(answer);
  const careful = refusingSpecialAddresses(below);
  expect(await careful.exchange(query, { address: '8.8.8.8', port: 53 }, options)).toBe(answer);
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '0.0.0.0',
    '224.0.0.1',
    '::1',
    'fe80::1',
    '::ffff:127.0.0.1',
  ]) {
    await expect(careful.exchange(query, { address, port: 53 }, options)).rejects.toMatchObject({
      code: 'ZC_ADDRESS_REFUSED',
    });
  }
  expect(below.calls.length).toBe(1);
});

test('mappingAddresses sends elsewhere', async () => {
  const below = scripted(answer);
  const mapped = mappingAddresses(below, at => ({ address: '127.0.0.1', port: at.port + 1000 }));
  await mapped.exchange(query, server, options);
  expect(below.calls[0]?.server).toEqual({ address: '127.0.0.1', port: 1053 });
});

describe('retrying', () => {
  const cases: readonly [string, readonly Exchange[], Exchange, number][] = [
    ['asks again after a timeout', [lost, answer], answer, 2],
    ['asks again after a reset', [reset, answer], answer, 2],
    ['gives the last failure', [lost, lost, lost, answer], lost, 3],
    ['takes a refusal at its word', [refused, answer], refused, 1],
  ];
  test.each(cases)('%s', async (_, script, expected, calls) => {
    const below = scripted(...script);
    expect(await retrying(below, 3).exchange(query, server, options)).toBe(expected);
    expect(below.calls.length).toBe(calls);
  });
});

test('recording tells of every exchange', async () => {
  const seen: RecordedExchange[] = [];
  await recording(scripted(lost), record => seen.push(record)).exchange(query, server, options);
  expect(seen).toEqual([{ query, server, options, exchange: lost }]);
});

test('faulty fails what it is told to', async () => {
  const below = scripted(answer);
  const broken = faulty(below, (_query, at) => (at.port === 54 ? lost : null));
  expect(await broken.exchange(query, server, options)).toBe(answer);
  expect(await broken.exchange(query, { ...server, port: 54 }, options)).toBe(lost);
  expect(below.calls.length).toBe(1);
});
