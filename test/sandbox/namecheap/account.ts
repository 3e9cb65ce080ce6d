import { XMLParser } from 'fast-xml-parser';
import { afterEach } from 'vitest';
import {
  createNamecheapEmulator,
  type NamecheapEmulator,
  type NamecheapOptions,
} from '../../../src/sandbox/namecheap/emulator.ts';
import { namecheapServers } from '../../../src/sandbox/topology.ts';
import { type HttpListener, listenHttp } from '../../../src/world/listen-http.ts';
import { nodeHttp } from '../../../src/world/node.ts';
import { type EmulatorWorld, emulatorWorld } from '../emulator-world.ts';

/** What a caller must send with every command. */
export const caller: Readonly<Record<string, string>> = {
  ApiUser: 'user',
  ApiKey: 'key',
  UserName: 'user',
  ClientIp: '127.0.0.1',
};

/** An answer of the API. */
export interface Answered {
  readonly status: number;
  readonly body: string;
  /** The errors, as `number message`. */
  readonly errors: readonly string[];
  /** All elements of that name, their attributes by name. */
  elements(name: string): readonly Readonly<Record<string, string>>[];
}

/** An account and a way to ask it. */
export interface TestAccount {
  readonly world: EmulatorWorld;
  readonly emulator: NamecheapEmulator;
  /** Sends a command as a form; `parameters` overrides what every command needs. */
  post(command: string, parameters?: Readonly<Record<string, string>>): Promise<Answered>;
  get(command: string, parameters?: Readonly<Record<string, string>>): Promise<Answered>;
}

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map(close => close()));
});

/** Opens an account without rate limits, unless `options` has some. */
export async function openAccount(options: Partial<NamecheapOptions> = {}): Promise<TestAccount> {
  const servers = namecheapServers.map(server => server.name);
  const world = emulatorWorld(servers);
  const emulator = createNamecheapEmulator(world, {
    servers,
    apiUser: 'user',
    apiKey: 'key',
    rates: null,
    ...options,
  });
  const listener: HttpListener = await listenHttp({ address: '127.0.0.1', port: 0 }, request =>
    emulator.handle(request),
  );
  const http = nodeHttp();
  closers.push(
    () => listener.close(),
    () => http.close(),
  );
  const send = async (method: string, query: string, body: string | null): Promise<Answered> => {
    const exchange = await http.send(
      {
        method,
        url: `${listener.url}/xml.response${query}`,
        headers: body === null ? {} : { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      },
      { timeoutMs: 30_000 },
    );
    if (exchange.kind !== 'response') {
      throw new Error(exchange.kind);
    }
    return readAnswer(exchange.response.status, new TextDecoder().decode(exchange.response.body));
  };
  const form = (command: string, parameters: Readonly<Record<string, string>>): string =>
    String(new URLSearchParams({ ...caller, Command: `namecheap.${command}`, ...parameters }));
  return {
    world,
    emulator,
    post: (command, parameters = {}) => send('POST', '', form(command, parameters)),
    get: (command, parameters = {}) => send('GET', `?${form(command, parameters)}`, null),
  };
}

function readAnswer(status: number, body: string): Answered {
  const elements = (name: string): readonly Readonly<Record<string, string>>[] => {
    const found: Readonly<Record<string, string>>[] = [];
    collect(parsed, name, found);
    return found;
  };
  const parsed: unknown = status === 200 ? parser.parse(body) : null;
  return {
    status,
    body,
    errors: elements('Error').map(error => `${error['Number']} ${error['#text']}`),
    elements,
  };
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  alwaysCreateTextNode: true,
});

function collect(value: unknown, name: string, into: Readonly<Record<string, string>>[]): void {
  if (Array.isArray(value)) {
    for (const item of value) {
      collect(item, name, into);
    }
    return;
  }
  if (typeof value !== 'object' || value === null) {
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    if (key === name) {
      for (const item of Array.isArray(child) ? child : [child]) {
        into.push(Object.fromEntries(Object.entries(item).map(([field, text]) => [field, String(text)])));
      }
    } else {
      collect(child, name, into);
    }
  }
}

/** The parameters of setHosts for rows of `name type address [ttl] [mxPref]`. */
export function hosts(
  rows: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const entries = rows.flatMap((row, at) => {
    const [name = '', type = '', address = '', ttl = '', mxPref = ''] = row.split(' | ');
    const fields = { HostName: name, RecordType: type, Address: address, TTL: ttl, MXPref: mxPref };
    return Object.entries(fields)
      .filter(([, value]) => value !== '')
      .map(([field, value]): [string, string] => [`${field}${at + 1}`, value]);
  });
  return { SLD: 'example', TLD: 'com', ...Object.fromEntries(entries), ...more };
}

/** The rows that getHosts shows, as `name | type | address | ttl | mxPref`. */
export async function shown(account: TestAccount): Promise<readonly string[]> {
  const answer = await account.post('domains.dns.getHosts', { SLD: 'example', TLD: 'com' });
  return answer
    .elements('host')
    .map(row => [row['Name'], row['Type'], row['Address'], row['TTL'], row['MXPref']].join(' | '));
}
