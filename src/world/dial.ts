import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { messageOf } from '../error.ts';
import { proxyFault, type SocksProxy } from './proxy.ts';
import { type SourceAddresses, sourceFor } from './routes.ts';
import type { Endpoint } from './world.ts';

/** How connections are begun. */
export interface Dialing {
  readonly source: SourceAddresses;
  /** Null goes straight to the server. */
  readonly proxy: SocksProxy | null;
}

/** From any address, without a proxy. */
export const straight: Dialing = { source: {}, proxy: null };

/** A connection: a socket, or one that goes through a proxy. */
export interface Connection extends Duplex {
  /** Whether it keeps the program alive. */
  ref(): unknown;
  unref(): unknown;
  /** Milliseconds of silence after which `timeout` is emitted; 0 for ever. */
  setTimeout(ms: number): unknown;
}

/** Begins a connection to `server`; `connect` is emitted when it stands, `error` when it does not come to that. */
export function dial(server: Endpoint, { source, proxy }: Dialing): Connection {
  if (proxy !== null) {
    return new ProxiedConnection(server, proxy);
  }
  const localAddress = sourceFor(source, server.address);
  return connect({
    host: server.address,
    port: server.port,
    noDelay: true,
    ...(localAddress === undefined ? {} : { localAddress }),
  });
}

/** A connection through a proxy, which shows nothing of what is said with the proxy itself. */
class ProxiedConnection extends Duplex {
  readonly #socket: Socket;
  /** What was written before the connection stands. */
  #held: (() => void) | null = null;
  #isOpen = false;

  constructor(server: Endpoint, proxy: SocksProxy) {
    super({ emitClose: true });
    this.#socket = connect({ host: proxy.host, port: proxy.port, noDelay: true });
    const where = `the proxy ${proxy.host}:${proxy.port}`;
    this.#socket.on('error', error => {
      this.destroy(this.#isOpen ? error : proxyFault(`${where} cannot be reached: ${messageOf(error)}`));
    });
    this.#socket.on('close', () => {
      this.destroy(this.#isOpen ? undefined : proxyFault(`${where} closed the connection`));
    });
    this.#socket.on('timeout', () => this.emit('timeout'));
    this.#socket.once('connect', () => void this.#begin(server, proxy));
  }

  override _read(): void {
    if (this.#isOpen) {
      this.#socket.resume();
    }
  }

  override _write(chunk: Uint8Array, _: string, done: (error?: Error | null) => void): void {
    const write = (): void => {
      this.#socket.write(chunk, done);
    };
    if (this.#isOpen) {
      write();
    } else {
      this.#held = write;
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  ref(): this {
    this.#socket.ref();
    return this;
  }

  unref(): this {
    this.#socket.unref();
    return this;
  }

  setTimeout(ms: number): this {
    this.#socket.setTimeout(ms);
    return this;
  }

  async #begin(server: Endpoint, proxy: SocksProxy): Promise<void> {
    // Loaded only when wanted: few go through a proxy.
    const { askProxy } = await import('./socks.ts');
    if (this.destroyed) {
      return;
    }
    askProxy(this.#socket, server, proxy, fault => {
      if (fault === null) {
        this.#opened();
      } else {
        this.destroy(fault);
      }
    });
  }

  #opened(): void {
    this.#isOpen = true;
    this.#socket.on('data', chunk => {
      if (!this.push(chunk)) {
        this.#socket.pause();
      }
    });
    this.#socket.on('end', () => this.push(null));
    this.#socket.resume();
    this.emit('connect');
    this.#held?.();
    this.#held = null;
  }
}
