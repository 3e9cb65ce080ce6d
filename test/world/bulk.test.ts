import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import { type BulkStream, BulkTcp } from '../../src/world/bulk-tcp.ts';
import { BulkUdp } from '../../src/world/bulk-udp.ts';
import { worldLimits } from '../../src/world/limits.ts';
import { nodeRandom } from '../../src/world/node.ts';

test('datagrams in bulk leave from many ports, which are renewed, and every answer finds its port', async () => {
  const from = new Set<number>();
  const echo = createSocket('udp4');
  echo.on('message', (octets, { port, address }) => {
    from.add(port);
    echo.send(octets, port, address);
  });
  await new Promise<void>(resolve => echo.bind(0, '127.0.0.1', resolve));
  const server = { address: '127.0.0.1', port: echo.address().port };
  const sent = new Map<number, number>();
  let answered = 0;
  const wrong: number[] = [];
  let next: () => void = () => {};
  const udp: BulkUdp = new BulkUdp({
    ports: 'pool',
    random: nodeRandom,
    received: (octets, port) => {
      const number = Buffer.from(octets).readUInt32BE(0);
      if (sent.get(number) !== port) wrong.push(number);
      udp.settled(port);
      answered += 1;
      next();
    },
  });
  await udp.open([4]);
  const rounds = 2 * worldLimits.poolSockets * worldLimits.poolSocketQueries;
  // One at a time, so that none is lost on a busy machine.
  for (let number = 0; number < rounds; number += 1) {
    const port = udp.pick(4);
    const octets = Buffer.alloc(12);
    octets.writeUInt32BE(number);
    sent.set(number, port);
    const isBack = new Promise<void>(resolve => {
      next = resolve;
    });
    udp.send(port, octets, server);
    await isBack;
  }
  udp.close();
  echo.close();
  expect(wrong).toEqual([]);
  expect(answered).toBe(rounds);
  expect(from.size).toBeGreaterThan(worldLimits.poolSockets * 1.5);
});

test('a stream in bulk puts messages together however they are parted, and tells when it is gone', async () => {
  const peers: Socket[] = [];
  const server = createServer(peer => {
    peers.push(peer);
    peer.on('error', () => {});
    // Answers in pieces of seven octets.
    peer.on('data', data => {
      for (let at = 0; at < data.length; at += 7) peer.write(data.subarray(at, at + 7));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  // With so many under way and so few answered, it rests now and then.
  const tcp = new BulkTcp({}, () => true);
  const received: string[] = [];
  const ids: number[] = [];
  const messages = Array.from({ length: 600 }, (_, at) => `message ${at} ${'x'.repeat(at % 300)}`);
  await new Promise<void>(resolve => {
    const stream = tcp.open(
      { address: '127.0.0.1', port },
      {
        opened: () => {
          for (const [at, message] of messages.entries()) {
            const octets = new TextEncoder().encode(`..${message} and no more`);
            stream.send(octets, octets.length - ' and no more'.length, at);
          }
        },
        received: octets => {
          ids.push(((octets[0] ?? 0) << 8) | (octets[1] ?? 0));
          received.push(new TextDecoder().decode(octets.subarray(2)));
          if (received.length === messages.length) for (const peer of peers) peer.destroy();
        },
        closed: resolve,
      },
    );
  });
  expect(received).toEqual(messages);
  expect(ids).toEqual([...messages.keys()]);
  expect(tcp.size).toBe(0);
  const refused = new Promise<void>(resolve => {
    server.close();
    tcp.open({ address: '127.0.0.1', port }, { opened: () => {}, received: () => {}, closed: resolve });
  });
  await refused;
});

test('a stream in bulk keeps what the system does not take at once, while more is sent', async () => {
  const peers: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, peer => peers.push(peer));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const tcp = new BulkTcp();
  const messages = 2_400;
  const length = 8_192;
  const stream = await new Promise<BulkStream>(resolve => {
    const opening = tcp.open(
      { address: '127.0.0.1', port },
      { opened: () => resolve(opening), received: () => {}, closed: () => {} },
    );
  });
  for (let message = 0; message < messages; message += 1) {
    stream.send(new Uint8Array(length).fill(message % 251), length, message);
    if (message % 100 === 99) await new Promise(resolve => setImmediate(resolve));
  }
  const wrong: number[] = [];
  let octets = 0;
  await vi.waitUntil(() => peers.length === 1);
  await new Promise<void>(resolve => {
    peers[0]?.on('data', data => {
      for (let at = 0; at < data.length; at += 1) {
        const message = Math.floor((octets + at) / (2 + length));
        if ((octets + at) % (2 + length) >= 4 && data[at] !== message % 251) wrong.push(message);
      }
      octets += data.length;
      if (octets === messages * (2 + length)) resolve();
    });
    peers[0]?.resume();
  });
  expect(new Set(wrong)).toEqual(new Set());
  tcp.close();
  for (const peer of peers) peer.destroy();
  server.close();
});
