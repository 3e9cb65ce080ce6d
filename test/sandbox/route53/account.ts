import { Route53Client, type Route53ClientConfig, Route53ServiceException } from '@aws-sdk/client-route-53';
import { afterEach, expect } from 'vitest';
import type { Name } from '../../../src/dns/name.ts';
import {
  createRoute53Emulator,
  type Route53Emulator,
  type Route53Options,
} from '../../../src/sandbox/route53/emulator.ts';
import { route53Servers } from '../../../src/sandbox/topology.ts';
import { type HttpListener, listenHttp } from '../../../src/world/listen-http.ts';
import { type EmulatorWorld, emulatorWorld } from '../emulator-world.ts';

/** The key that may do everything. */
export const key = { id: 'AKIAEXAMPLE000000001', secret: 'a/secret+key' };

/** An account, its endpoint, and the official client pointed at it. */
export interface TestAccount {
  readonly world: EmulatorWorld;
  readonly emulator: Route53Emulator;
  readonly url: string;
  /** The body of the last answer. */
  lastBody(): string;
  /** A client that makes one attempt. */
  client(config?: Route53ClientConfig): Route53Client;
}

const listeners: HttpListener[] = [];

afterEach(async () => {
  await Promise.all(listeners.splice(0).map(listener => listener.close()));
});

/** Opens an account without rate limits, unless `options` has some. */
export async function openAccount(options: Partial<Route53Options> = {}, delayMs = 0): Promise<TestAccount> {
  const servers: readonly Name[] = route53Servers.map(server => server.name);
  const world = emulatorWorld(servers, delayMs);
  const emulator = createRoute53Emulator(world, { servers, keys: [key], rates: null, ...options });
  let lastBody = '';
  const listener = await listenHttp({ address: '127.0.0.1', port: 0 }, async request => {
    const served = await emulator.handle(request);
    lastBody = 'body' in served ? new TextDecoder().decode(served.body) : '';
    return served;
  });
  listeners.push(listener);
  return {
    world,
    emulator,
    url: listener.url,
    lastBody: () => lastBody,
    client: (config = {}) =>
      new Route53Client({
        endpoint: listener.url,
        region: 'us-east-1',
        maxAttempts: 1,
        credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
        ...config,
      }),
  };
}

/** The status, code and message with which the service refuses. */
export async function refusal(
  sent: Promise<unknown>,
): Promise<readonly [number | undefined, string, string]> {
  try {
    await sent;
  } catch (error) {
    if (error instanceof Route53ServiceException) {
      return [error.$metadata.httpStatusCode, error.name, error.message];
    }
    throw error;
  }
  expect.fail('the service did not refuse');
}
