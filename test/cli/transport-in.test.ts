import { expect, test } from 'vitest';
import { transportIn } from '../../src/cli/context.ts';
import { makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import type { Endpoint, Exchange, Transport } from '../../src/world/world.ts';

const silence: Exchange = { kind: 'timeout', afterMs: 1, protocol: 'udp' };
const silent: Transport = { exchange: () => Promise.resolve(silence) };
const resolver: Endpoint = { address: '127.0.0.53', port: 53 };

function ask(transport: Transport, server: Endpoint): Promise<Exchange> {
  return transport.exchange(makeQuery(parseName('example.com'), 'NS'), server, { timeoutMs: 1 });
}

test('special addresses are asked where they are the resolvers, and where the world is offline', async () => {
  const strict = transportIn({}, silent, () => [resolver]);
  expect(await ask(strict, resolver)).toEqual(silence);
  expect(await ask(strict, { address: '192.0.2.1', port: 53 }).catch(({ code }) => code)).toBe(
    'ZC_ADDRESS_REFUSED',
  );
  expect(await ask(strict, { ...resolver, port: 5353 }).catch(({ code }) => code)).toBe('ZC_ADDRESS_REFUSED');
  expect(await ask(transportIn({ ZONECUT_OFFLINE: '1' }, silent), resolver)).toEqual(silence);
});

test('who the resolvers are is not found out for the name servers of the Internet', async () => {
  const strict = transportIn({}, silent, () => {
    throw new Error('asked');
  });
  expect(await ask(strict, { address: '198.41.0.4', port: 53 })).toEqual(silence);
});
