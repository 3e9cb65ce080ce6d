import { describe, expect, test } from 'vitest';
import { parseAddressMap, printAddressMap, throughAddressMap } from '../../src/world/address-map.ts';
import type { Endpoint, Exchange } from '../../src/world/world.ts';
import { queryFor } from './sockets.ts';

const map = new Map<string, Endpoint>([
  ['127.1.0.1', { address: '127.0.0.1', port: 40001 }],
  ['2001:db8::1', { address: '::1', port: 1 }],
]);

test('what is printed is read again', () => {
  expect(parseAddressMap(printAddressMap(map))).toEqual(map);
  expect(parseAddressMap('')).toEqual(new Map());
});

describe('a text that is no map is ZC_USAGE', () => {
  test.each([
    '127.1.0.1',
    '127.1.0.1=127.0.0.1',
    'a=127.0.0.1:1',
    '127.1.0.1=b:1',
    '1.2.3.4=1.2.3.4:0',
    '1.2.3.4=1.2.3.4:65536',
  ])('%s', text => {
    expect(() => parseAddressMap(text)).toThrow(expect.objectContaining({ code: 'ZC_USAGE' }));
  });
});

test('queries go where the map says', async () => {
  const asked: Endpoint[] = [];
  const lost: Exchange = { kind: 'timeout', afterMs: 1, protocol: 'udp' };
  const transport = throughAddressMap(
    {
      exchange: async (_query, server) => {
        asked.push(server);
        return lost;
      },
    },
    map,
  );
  for (const address of ['127.1.0.1', '127.9.9.9']) {
    await transport.exchange(queryFor('a.test'), { address, port: 53 }, { timeoutMs: 1 });
  }
  expect(asked).toEqual([
    { address: '127.0.0.1', port: 40001 },
    { address: '127.9.9.9', port: 53 },
  ]);
});
