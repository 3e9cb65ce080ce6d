import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { decodeMessage } from '../../src/dns/wire.ts';
import { FrameReader, framed } from '../../src/world/framing.ts';
import type { Endpoint, Protocol } from '../../src/world/world.ts';
import { isFor } from './rpl-match.ts';
import { replyOctets } from './rpl-message.ts';
import type { Entry } from './rpl-scenario.ts';

/** A name server on real sockets that answers by a list of entries. */
export interface ScriptedServer {
  readonly endpoint: Endpoint;
  close(): void;
}

/**
 * Serves `entries` over UDP and TCP: the first that matches answers, none is no answer. Port 0 takes a free one.
 *
 * `emptyFirst` sends an empty datagram before each answer over UDP.
 */
export async function serveEntries(
  entries: readonly Entry[],
  at: Endpoint,
  options: { readonly emptyFirst: boolean },
): Promise<ScriptedServer> {
  const timers = new Set<NodeJS.Timeout>();
  const answer = (octets: Uint8Array, protocol: Protocol, send: (reply: Uint8Array) => void): void => {
    const query = decodeMessage(octets);
    const entry = entries.find(candidate => isFor(candidate, query, protocol));
    if (entry === undefined) return;
    const reply = replyOctets(entry, query, { edns: 'as-entry', echoSpelling: false });
    const timer = setTimeout(() => {
      timers.delete(timer);
      send(reply);
    }, entry.sleepMs);
    timers.add(timer);
  };
  const streams = await listenTcp(at, (socket, octets) =>
    answer(octets, 'tcp', reply => {
      if (!socket.destroyed) socket.write(framed(reply));
    }),
  );
  const bound = streams.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : at.port;
  const datagrams = await bindUdp({ ...at, port });
  datagrams.on('message', (octets, from) =>
    answer(octets, 'udp', reply => {
      if (options.emptyFirst) datagrams.send(new Uint8Array(), from.port, from.address);
      datagrams.send(reply, from.port, from.address);
    }),
  );
  return {
    endpoint: { ...at, port },
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      datagrams.close();
      streams.close();
    },
  };
}

function bindUdp(at: Endpoint): Promise<DatagramSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(at.address.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', reject);
    socket.bind(at.port, at.address, () => resolve(socket));
  });
}

function listenTcp(
  at: Endpoint,
  take: (socket: Socket, octets: Uint8Array) => void,
): Promise<{ readonly server: Server; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    const reader = new FrameReader();
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', chunk => {
      for (const octets of reader.push(chunk)) take(socket, octets);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.address, () =>
      resolve({
        server,
        close: () => {
          for (const socket of sockets) socket.destroy();
          server.close();
        },
      }),
    );
  });
}
