import type { Message } from '../dns/message.ts';
import { isZonecutError, ZonecutError } from '../error.ts';
import type { AddressMap } from '../world/address-map.ts';
import { type DnsListener, listenDns } from '../world/listen.ts';
import type { Endpoint } from '../world/world.ts';

/** Ports that are tried in turn when none is asked for; 0 is whichever is free. */
const defaultPorts = [53, 5300, 0] as const;
/** Tries to find one port that is free on every address. */
const anyPortTries = 8;

/** One server: its address in the World, and what it says. */
export interface Service {
  readonly address: string;
  answer(query: Message): Promise<Message | null> | Message | null;
}

/** Where services are to listen. */
export interface Placement {
  /** The same on every address; null for 53 when that is permitted, else another. */
  readonly port: number | null;
  /** Whether all listen on 127.0.0.1, each on a port of its own; null for when nothing else is possible. */
  readonly singleAddress: boolean | null;
}

/** Services that listen. */
export interface OpenServices {
  /** The port of every service in the World. */
  readonly port: number;
  /** Where the service of an address of the World really listens; null when that is the address and port themselves. */
  readonly addressMap: AddressMap | null;
  close(): Promise<void>;
}

/**
 * Lets each service listen over UDP and TCP.
 *
 * `main` is the service whose port people type: on a single address it gets the port that was asked for.
 * Rejects with ZC_PORT that names the address; nothing listens then.
 */
export async function openServices(
  main: Service,
  services: readonly Service[],
  placement: Placement,
): Promise<OpenServices> {
  if (placement.singleAddress === true) {
    return openOnOneAddress(main, services, placement.port);
  }
  try {
    return await firstThatOpens(placement.port, port => openOnAll([main, ...services], port));
  } catch (error) {
    if (placement.singleAddress === null && lacksAddress(error)) {
      return openOnOneAddress(main, services, placement.port);
    }
    throw error;
  }
}

/** The addresses of the services, one port: what a Linux machine can do. */
async function openOnAll(services: readonly Service[], port: number): Promise<OpenServices> {
  const [first, ...others] = services;
  if (first === undefined) {
    throw new ZonecutError('ZC_INTERNAL', 'there is no name server to open');
  }
  for (let tries = 1; ; tries += 1) {
    const opened = await open(first, { address: first.address, port });
    try {
      const chosen = opened.endpoint.port;
      const rest = await openTogether(others.map(service => [service, { ...service, port: chosen }]));
      return { port: chosen, addressMap: null, close: () => closeAll([opened, ...rest]) };
    } catch (error) {
      await opened.close();
      if (port !== 0 || tries === anyPortTries) {
        throw error;
      }
    }
  }
}

/** 127.0.0.1 for all, a port for each; in the World they are at their own addresses and port 53. */
async function openOnOneAddress(
  main: Service,
  services: readonly Service[],
  port: number | null,
): Promise<OpenServices> {
  const address = '127.0.0.1';
  const first = await firstThatOpens(port, chosen => open(main, { address, port: chosen }));
  let rest: readonly DnsListener[];
  try {
    rest = await openTogether(services.map(service => [service, { address, port: 0 }]));
  } catch (error) {
    await first.close();
    throw error;
  }
  const listeners = [first, ...rest];
  const addressMap = new Map<string, Endpoint>();
  for (const [index, service] of [main, ...services].entries()) {
    addressMap.set(service.address, listeners[index]?.endpoint ?? first.endpoint);
  }
  return { port: 53, addressMap, close: () => closeAll(listeners) };
}

async function firstThatOpens<T>(port: number | null, attempt: (port: number) => Promise<T>): Promise<T> {
  const candidates = port === null ? [...defaultPorts] : [port];
  for (let next = candidates.shift(); next !== undefined; next = candidates.shift()) {
    try {
      return await attempt(next);
    } catch (error) {
      if (candidates.length === 0 || !isZonecutError(error, 'ZC_PORT') || lacksAddress(error)) {
        throw error;
      }
    }
  }
  throw new ZonecutError('ZC_INTERNAL', 'no port was tried');
}

/** All or none. */
async function openTogether(
  wanted: readonly (readonly [Service, Endpoint])[],
): Promise<readonly DnsListener[]> {
  const results = await Promise.allSettled(wanted.map(([service, at]) => open(service, at)));
  const listeners = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
  const failure = results.find(result => result.status === 'rejected');
  if (failure !== undefined) {
    await closeAll(listeners);
    throw failure.reason;
  }
  return listeners;
}

function open(service: Service, { address, port }: Endpoint): Promise<DnsListener> {
  return listenDns({ address, port }, query => service.answer(query));
}

async function closeAll(listeners: readonly DnsListener[]): Promise<void> {
  await Promise.all(listeners.map(listener => listener.close()));
}

function lacksAddress(error: unknown): boolean {
  const cause: unknown = error instanceof ZonecutError ? error.cause : null;
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRNOTAVAIL';
}
