import { afterEach, expect, test, vi } from 'vitest';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { FrameReader, framed } from '../../src/world/framing.ts';
import { StreamConnections } from '../../src/world/stream.ts';
import { tcpKind } from '../../src/world/tcp.ts';
import type { Endpoint } from '../../src/world/world.ts';
import { answerTo, queryFor, rawTcp } from './sockets.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map(close => close()));
});

/** A server over TCP that knows how many connections it has, and had. */
async function counting(): Promise<{ endpoint: Endpoint; open: () => number; all: () => number }> {
  let open = 0;
  let all = 0;
  const server = await rawTcp(socket => {
    open += 1;
    all += 1;
    socket.on('close', () => {
      open -= 1;
    });
    const reader = new FrameReader();
    socket.on('data', chunk => {
      for (const frame of reader.push(new Uint8Array(chunk))) {
        socket.write(framed(encodeMessage(answerTo(decodeMessage(frame)))));
      }
    });
  });
  closing.push(() => server.close());
  return { endpoint: server.endpoint, open: () => open, all: () => all };
}

test('of the connections without a query the one that has waited longest makes way', async () => {
  const servers = await Promise.all([counting(), counting(), counting()]);
  const connections = new StreamConnections(tcpKind({ source: {}, proxy: null }), 2);
  closing.push(() => connections.close());
  const ask = async (at: number): Promise<void> => {
    const endpoint = servers[at]?.endpoint ?? { address: '127.0.0.1', port: 1 };
    const { kind } = await connections.exchange(queryFor('a.example.'), endpoint, 5000, undefined);
    expect(kind).toBe('response');
  };
  const open = (): readonly number[] => servers.map(server => server.open());

  await ask(0);
  await ask(1);
  // Used again, the first has waited less long than the second.
  await ask(0);
  expect(open()).toEqual([1, 1, 0]);
  await ask(2);
  await vi.waitFor(() => expect(open()).toEqual([1, 0, 1]), 30_000);
  await Promise.all([ask(0), ask(1), ask(2)]);
  await vi.waitFor(() => expect(open().reduce((sum, count) => sum + count, 0)).toBe(2), 30_000);
  expect(servers.map(server => server.all())).toEqual([1, 2, 1]);
});
