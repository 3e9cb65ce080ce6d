import { connect, createServer, type Socket } from 'node:net';
import type { Endpoint } from '../../src/world/world.ts';

/** How a proxy of a test behaves. */
export interface SocksPlan {
  /** What it wants of its clients (RFC 1929); nothing unless given. */
  readonly login?: { readonly username: string; readonly password: string };
  /** The reply to every request in place of connecting (RFC 1928 section 6). */
  readonly reply?: number;
  /** What it does instead of SOCKS. */
  readonly fault?: 'silent' | 'garbage' | 'hang-up';
}

/** A proxy that a test runs. */
export interface SocksServer {
  readonly endpoint: Endpoint;
  /** The servers that it was asked for, as `address:port`. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** A SOCKS version 5 server on loopback: CONNECT to IPv4 addresses, with or without a password (RFC 1928, RFC 1929). */
export async function socksServer(plan: SocksPlan = {}): Promise<SocksServer> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(client => {
    sockets.add(client);
    client.on('error', () => {});
    void serve(client, plan, asked, sockets).catch(() => client.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    endpoint: {
      address: '127.0.0.1',
      port: typeof address === 'object' && address !== null ? address.port : 0,
    },
    asked,
    close: () =>
      new Promise(resolve => {
        for (const socket of sockets) {
          socket.destroy();
        }
        server.close(() => resolve());
      }),
  };
}

async function serve(client: Socket, plan: SocksPlan, asked: string[], sockets: Set<Socket>): Promise<void> {
  if (plan.fault === 'hang-up') {
    client.destroy();
    return;
  }
  const read = reader(client);
  const [, count = 0] = await read(2);
  const methods = await read(count);
  if (plan.fault === 'silent') {
    return;
  }
  if (plan.fault === 'garbage') {
    client.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    return;
  }
  const method = plan.login === undefined ? 0 : 2;
  client.write(Uint8Array.of(5, methods.includes(method) ? method : 0xff));
  if (plan.login !== undefined) {
    const [, nameLength = 0] = await read(2);
    const name = Buffer.from(await read(nameLength)).toString();
    const [length = 0] = await read(1);
    const password = Buffer.from(await read(length)).toString();
    const isRight = name === plan.login.username && password === plan.login.password;
    client.write(Uint8Array.of(1, isRight ? 0 : 1));
  }
  const [, , , kind] = await read(4);
  if (kind !== 1) {
    client.write(Uint8Array.of(5, 8, 0, 1, 0, 0, 0, 0, 0, 0));
    return;
  }
  const address = [...(await read(4))].join('.');
  const [high = 0, low = 0] = await read(2);
  const port = high * 256 + low;
  asked.push(`${address}:${port}`);
  if (plan.reply !== undefined) {
    client.end(Uint8Array.of(5, plan.reply, 0, 1, 0, 0, 0, 0, 0, 0));
    return;
  }
  const target = connect({ host: address, port });
  sockets.add(target);
  target.on('error', () => client.end(Uint8Array.of(5, 5, 0, 1, 0, 0, 0, 0, 0, 0)));
  target.on('connect', () => {
    client.write(Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
    client.removeAllListeners('data');
    client.pipe(target).pipe(client);
  });
}

/** Gives the next octets of a socket, as many as are wanted. */
function reader(socket: Socket): (count: number) => Promise<Uint8Array> {
  let buffer = Buffer.alloc(0);
  let wake: () => void = () => {};
  socket.on('data', chunk => {
    buffer = Buffer.concat([buffer, chunk]);
    wake();
  });
  return async count => {
    while (buffer.length < count) {
      await new Promise<void>(resolve => {
        wake = resolve;
      });
    }
    const taken = buffer.subarray(0, count);
    buffer = buffer.subarray(count);
    return new Uint8Array(taken);
  };
}
