import { afterEach } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import { rrsetOf } from '../../../src/dns/rrset.ts';
import { createDynEmulator, type DynEmulator, type DynOptions } from '../../../src/sandbox/dyn/emulator.ts';
import { dynServers } from '../../../src/sandbox/topology.ts';
import { listenHttp } from '../../../src/world/listen-http.ts';
import { nodeHttp } from '../../../src/world/node.ts';
import { type EmulatorWorld, emulatorWorld } from '../emulator-world.ts';

/** The user that may do everything. */
export const user = { customerName: 'customer', userName: 'user', password: 'password' };

/** An answer of the API. */
export interface Answered {
  readonly http: number;
  readonly text: string;
  readonly location: string | null;
  readonly status: unknown;
  readonly data: unknown;
  readonly jobId: unknown;
  /** As `ERR_CD INFO`; without a code, the INFO alone. */
  readonly messages: readonly string[];
}

/** A session of the account. */
export interface TestSession {
  readonly token: string;
  send(method: string, path: string, body?: unknown): Promise<Answered>;
}

/** An account and ways to ask it. */
export interface TestAccount {
  readonly world: EmulatorWorld;
  readonly emulator: DynEmulator;
  /** Sends without a session, or with a token of the caller's. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answered>;
  login(credentials?: Readonly<Record<string, string>>): Promise<TestSession>;
}

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map(close => close()));
});

/** Opens an account with the zone example.net, without rate limits, unless `options` has some. */
export async function openAccount(options: Partial<DynOptions> = {}, delayMs = 0): Promise<TestAccount> {
  const servers = dynServers.map(server => server.name);
  const world = emulatorWorld(servers, delayMs);
  const emulator = createDynEmulator(world, { servers, users: [user], rates: null, ...options });
  emulator.seedZone({
    name: parseName('example.net'),
    rrsets: [
      rrsetOf(parseName('www.example.net'), 'A', 3600, '192.0.2.1'),
      rrsetOf(parseName('example.net'), 'MX', 3600, '10 mail.example.net.'),
      rrsetOf(parseName('example.net'), 'TXT', 3600, '"v=spf1 mx -all"'),
    ],
  });
  const listener = await listenHttp({ address: '127.0.0.1', port: 0 }, request => emulator.handle(request));
  const http = nodeHttp();
  closers.push(
    () => listener.close(),
    () => http.close(),
  );
  const send: TestAccount['send'] = async (method, path, body, headers = {}) => {
    const exchange = await http.send(
      {
        method,
        url: `${listener.url}${path.startsWith('/REST') ? '' : '/REST/'}${path}`,
        headers: { 'content-type': 'application/json', ...headers },
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      },
      { timeoutMs: 30_000 },
    );
    if (exchange.kind !== 'response') {
      throw new Error(exchange.kind);
    }
    const { status, headers: answered, body: octets } = exchange.response;
    return readAnswer(status, answered['location'] ?? null, new TextDecoder().decode(octets));
  };
  return {
    world,
    emulator,
    send,
    login: async (credentials = { customer_name: 'customer', user_name: 'user', password: 'password' }) => {
      const answer = await send('POST', 'Session/', credentials);
      const token = String(field(answer.data, 'token'));
      return { token, send: (method, path, body) => send(method, path, body, { 'auth-token': token }) };
    },
  };
}

function readAnswer(http: number, location: string | null, text: string): Answered {
  const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : null;
  const messages = field(parsed, 'msgs');
  return {
    http,
    text,
    location,
    status: field(parsed, 'status'),
    data: field(parsed, 'data'),
    jobId: field(parsed, 'job_id'),
    messages: (Array.isArray(messages) ? messages : []).map(message => {
      const code = field(message, 'ERR_CD');
      const info = String(field(message, 'INFO'));
      return code === null ? info : `${code} ${info}`;
    }),
  };
}

/** A field of what should be an object. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
