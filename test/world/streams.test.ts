import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { framed } from '../../src/world/framing.ts';
import { listenOctets } from '../../src/world/listen.ts';
import { nodeStreams, noStreams } from '../../src/world/streams.ts';
import type { Endpoint } from '../../src/world/world.ts';

const message = (octet: number, length = 20): Uint8Array => new Uint8Array(length).fill(octet);
const request = message(1);

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server that does as it likes with a connection. */
async function serve(handle: (socket: Socket) => void): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  const server: Server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => handle(socket));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const at = server.address();
  return { address: '127.0.0.1', port: typeof at === 'object' && at !== null ? at.port : 0 };
}

const options = { timeoutMs: 30_000 };

describe('a conversation', () => {
  it('brings every message of an answer, however the octets are cut', async () => {
    const listener = await listenOctets({ address: '127.0.0.1', port: 0 }, async octets => ({
      messages: [octets, message(2, 60_000), message(3)],
      after: 'keep',
    }));
    closers.push(() => listener.close());
    const got: Uint8Array[] = [];
    const take = (octets: Uint8Array): 'more' | 'enough' => (got.push(octets) < 3 ? 'more' : 'enough');
    expect(await nodeStreams.converse(request, listener.endpoint, take, options)).toEqual({ kind: 'over' });
    expect(got.map(one => [one[0], one.length])).toEqual([
      [1, 20],
      [2, 60_000],
      [3, 20],
    ]);
  });

  it('ends with what the taker threw', async () => {
    const at = await serve(socket => socket.write(framed(message(2))));
    const taking = nodeStreams.converse(
      request,
      at,
      () => {
        throw new Error('enough of this');
      },
      options,
    );
    await expect(taking).rejects.toThrow('enough of this');
  });

  it('tells what was not sent from what may have been carried out', async () => {
    const closed = await serve(socket => socket.destroy());
    const half = await serve(socket => socket.end(framed(message(2)).subarray(0, 7)));
    const free = await serve(() => {});
    for (const close of closers.splice(2)) await close();
    const more = (): 'more' => 'more';
    expect(await nodeStreams.converse(request, closed, more, options)).toMatchObject({ kind: 'broken' });
    expect(await nodeStreams.converse(request, half, more, options)).toEqual({
      kind: 'broken',
      reason: 'closed inside a message',
    });
    expect(await nodeStreams.converse(request, free, more, options)).toEqual({
      kind: 'unreachable',
      reason: 'refused',
    });
    expect(await noStreams.converse(request, free, more, options)).toMatchObject({ kind: 'unreachable' });
    expect(
      await nodeStreams.converse(request, { address: 'ns1.example.', port: 53 }, more, options),
    ).toMatchObject({ kind: 'unreachable', reason: 'no-route' });
  });

  it('ends when no whole message comes, even from a server that goes on sending octets', async () => {
    const at = await serve(socket => {
      let sent = 0;
      const timer = setInterval(() => {
        sent += 1;
        if (sent > 200 || socket.destroyed) clearInterval(timer);
        else socket.write(Uint8Array.of(1));
      }, 5);
    });
    const outcome = await nodeStreams.converse(request, at, () => 'more', { timeoutMs: 100 });
    expect(outcome).toEqual({ kind: 'timeout', afterMs: 100, sent: true });
  });

  it('ends with the reason of its signal', async () => {
    const at = await serve(() => {});
    const controller = new AbortController();
    const waiting = nodeStreams.converse(request, at, () => 'more', {
      ...options,
      signal: controller.signal,
    });
    controller.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
  });
});
