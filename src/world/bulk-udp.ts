import type { RemoteInfo, Socket } from 'node:dgram';
import { ZonecutError } from '../error.ts';
import { bindRandomly, closeQuietly, mayTryAnotherPort, openDatagramSocket, widen } from './datagram.ts';
import { worldLimits } from './limits.ts';
import { type SourceAddresses, sourceFor } from './routes.ts';
import type { Endpoint, Random } from './world.ts';

/** Numbers that ports of one `BulkUdp` can have; far more than are open at once. */
const portNumbers = 8192;

/** How a `BulkUdp` works. */
export interface BulkUdpOptions {
  /** `single`: one port of each family, for servers that nobody forges; `pool`: 64 random ports, each renewed after 256 queries or 30 s. */
  readonly ports: 'single' | 'pool';
  readonly random: Random;
  readonly source?: SourceAddresses;
  /** Is told of every datagram, with the number of the port that it came to; the octets stay as they are. */
  readonly received: (octets: Uint8Array, port: number, from: Endpoint) => void;
}

/**
 * Datagrams as octets, for very many queries at once: no message is made, nothing is awaited, and who waits for what is the
 * caller's to know.
 *
 * A query is told by the number of the port that it left from and its ID; `settled` says that it is over, so that a port that
 * was renewed can close. What cannot be sent is as good as lost.
 */
export class BulkUdp {
  readonly #options: BulkUdpOptions;
  readonly #families = new Map<number, Port[]>();
  readonly #byNumber: (Port | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #chance: Chance;
  #closed = false;

  constructor(options: BulkUdpOptions) {
    this.#options = options;
    this.#chance = new Chance(options.random);
  }

  /** Opens the ports of the families; no query may be sent before. Rejects with ZC_PORT when not even one opens. */
  async open(families: readonly (4 | 6)[]): Promise<void> {
    const count = this.#options.ports === 'single' ? 1 : worldLimits.poolSockets;
    for (const family of families) {
      if (this.#families.has(family)) continue;
      const opened = await Promise.all(Array.from({ length: count }, () => this.#openPort(family)));
      const ports = opened.filter(port => port !== null);
      if (ports.length === 0) {
        throw new ZonecutError('ZC_PORT', `no UDP port of IPv${family} can be opened`);
      }
      this.#families.set(family, ports);
    }
  }

  /** Whether the family has ports. */
  has(family: 4 | 6): boolean {
    return this.#families.has(family);
  }

  /** The number of a port of the family that a query may leave from: one by chance, where there are several. */
  pick(family: 4 | 6): number {
    const ports = this.#families.get(family) ?? [];
    const at = ports.length === 1 ? 0 : this.#chance.next() % ports.length;
    const port = ports[at];
    if (port === undefined) throw new ZonecutError('ZC_INTERNAL', 'a query was sent before a port was open');
    if (this.#options.ports === 'pool' && port.isWorn()) this.#renew(ports, at, port, family);
    return port.number;
  }

  /** Sends `octets`, which must stay as they are until the query is settled, from the port that was picked for it. */
  send(number: number, octets: Uint8Array, to: Endpoint): void {
    const port = this.#byNumber[number];
    if (port === undefined) return;
    port.queries += 1;
    port.underWay += 1;
    try {
      port.socket.send(octets, to.port, to.address);
    } catch {
      // Lost, as any datagram may be.
    }
  }

  /** Says that a query from the port of that number is over. */
  settled(number: number): void {
    const port = this.#byNumber[number];
    if (port === undefined) return;
    port.underWay -= 1;
    if (port.isRetired && port.underWay === 0) this.#drop(port);
  }

  /** Closes every port. Safe to repeat. */
  close(): void {
    this.#closed = true;
    for (const port of this.#byNumber) {
      if (port !== undefined) closeQuietly(port.socket);
    }
    this.#byNumber.length = 0;
    this.#families.clear();
  }

  /** Puts a new port in the place of `port`, which goes on until the new one is open. */
  #renew(ports: Port[], at: number, port: Port, family: 4 | 6): void {
    if (port.isRenewed) return;
    port.isRenewed = true;
    void this.#openPort(family).then(fresh => {
      if (fresh === null) {
        port.isRenewed = false;
        return;
      }
      ports[at] = fresh;
      port.isRetired = true;
      if (port.underWay === 0) this.#drop(port);
    });
  }

  #drop(port: Port): void {
    closeQuietly(port.socket);
    this.#byNumber[port.number] = undefined;
    this.#free.push(port.number);
  }

  /** Null when none can be had. */
  #openPort(family: 4 | 6): Promise<Port | null> {
    const number = this.#free.pop() ?? this.#byNumber.length;
    if (number >= portNumbers) return Promise.resolve(null);
    this.#byNumber[number] = undefined;
    const any = family === 4 ? '0.0.0.0' : '::';
    const source = sourceFor(this.#options.source ?? {}, any);
    return new Promise(resolve => {
      const attempt = (tries: number): void => {
        const socket = openDatagramSocket(any);
        socket.once('error', (error: NodeJS.ErrnoException) => {
          closeQuietly(socket);
          if (error.code === 'EADDRINUSE' && mayTryAnotherPort(tries)) attempt(tries + 1);
          else {
            this.#free.push(number);
            resolve(null);
          }
        });
        socket.once('listening', () => resolve(this.#opened(socket, number)));
        bindRandomly(socket, tries, source);
      };
      attempt(1);
    });
  }

  #opened(socket: Socket, number: number): Port | null {
    if (this.#closed) {
      closeQuietly(socket);
      return null;
    }
    widen(socket);
    socket.removeAllListeners('error');
    // A refused port or a lost route is told of at the next receipt; whoever waits for the server finds it silent.
    socket.on('error', () => {});
    const { received } = this.#options;
    socket.on('message', (octets: Buffer, from: RemoteInfo) => received(octets, number, from));
    const port = new Port(socket, number);
    this.#byNumber[number] = port;
    return port;
  }
}

class Port {
  readonly socket: Socket;
  readonly number: number;
  readonly #openedAtMs = performance.now();
  queries = 0;
  underWay = 0;
  isRenewed = false;
  isRetired = false;

  constructor(socket: Socket, number: number) {
    this.socket = socket;
    this.number = number;
  }

  isWorn(): boolean {
    if (this.queries >= worldLimits.poolSocketQueries) return true;
    // The clock is looked at now and then only.
    return (this.queries & 15) === 0 && performance.now() - this.#openedAtMs >= worldLimits.poolSocketAgeMs;
  }
}

/** Numbers of 16 bits by chance, got in bulk: one at a time would cost more than the query that it is for. */
export class Chance {
  readonly #random: Random;
  #octets: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** 0 to 65535. */
  next(): number {
    if (this.#at >= this.#octets.length) {
      this.#octets = this.#random.bytes(16_384);
      this.#at = 0;
    }
    const value = ((this.#octets[this.#at] ?? 0) << 8) | (this.#octets[this.#at + 1] ?? 0);
    this.#at += 2;
    return value;
  }
}
