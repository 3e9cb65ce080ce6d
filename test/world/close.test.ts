import { expect, test, vi } from 'vitest';
import { listenDns } from '../../src/world/listen.ts';
import { listenHttp } from '../../src/world/listen-http.ts';
import { nodeWorld } from '../../src/world/node.ts';
import { answerTo, queryFor } from './sockets.ts';

/** Handles of sockets that this process holds, by kind. */
function sockets(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter(kind => /^(UDP|TCP)/.test(kind))
    .sort();
}

test('closing leaves no socket behind', async () => {
  const before = sockets();
  const world = nodeWorld();
  const dns = await listenDns({ address: '127.0.0.1', port: 0 }, query => answerTo(query));
  const http = await listenHttp({ address: '127.0.0.1', port: 0 }, () => ({
    status: 204,
    headers: {},
    body: new Uint8Array(),
  }));
  for (const protocol of ['udp', 'tcp'] as const) {
    const options = { timeoutMs: 30_000, protocol };
    expect((await world.dns.exchange(queryFor('a.test'), dns.endpoint, options)).kind).toBe('response');
  }
  const request = { method: 'GET', url: http.url, headers: {}, body: null };
  expect((await world.http.send(request, { timeoutMs: 30_000 })).kind).toBe('response');
  expect(sockets().length).toBeGreaterThan(before.length);
  await Promise.all([world.close(), dns.close(), http.close()]);
  await vi.waitFor(() => expect(sockets()).toEqual(before), 30_000);
});

test('sleeping ends in time, or with the signal', async () => {
  const world = nodeWorld();
  const began = world.clock.elapsed();
  await world.clock.sleep(15);
  expect(world.clock.elapsed() - began).toBeGreaterThanOrEqual(14);
  const stop = new AbortController();
  const sleeping = world.clock.sleep(60_000, stop.signal);
  stop.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
  await expect(world.clock.sleep(1, stop.signal)).rejects.toThrow('enough');
  await world.close();
});

test('chance has the size that was asked for', () => {
  const { random } = nodeWorld();
  expect(random.bytes(9).length).toBe(9);
  const drawn = Array.from({ length: 200 }, () => random.below(3));
  expect(new Set(drawn)).toEqual(new Set([0, 1, 2]));
});
