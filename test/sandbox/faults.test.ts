import { CreateHostedZoneCommand, ListHostedZonesCommand, Route53Client } from '@aws-sdk/client-route-53';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { createDynEmulator } from '../../src/sandbox/dyn/emulator.ts';
import { createFaults, type FaultKind } from '../../src/sandbox/faults.ts';
import { createNamecheapEmulator } from '../../src/sandbox/namecheap/emulator.ts';
import { createRoute53Emulator } from '../../src/sandbox/route53/emulator.ts';
import { dynServers, namecheapServers, route53Servers } from '../../src/sandbox/topology.ts';
import { listenHttp, type ServeHttp } from '../../src/world/listen-http.ts';
import { nodeHttp } from '../../src/world/node.ts';
import { type EmulatorWorld, emulatorWorld } from './emulator-world.ts';

/** How one vendor's API is made to write something, and how one sees that it did. */
interface Subject {
  readonly operation: string;
  /** Sends the write once; the status, `broken` or `timeout`. */
  write(): Promise<number | string>;
  isWritten(): boolean;
  /** Edits the account as somebody else. */
  edit(): void;
  isEdited(): boolean;
  readonly statuses: { readonly good: number; readonly throttled: number; readonly broken: number };
}

const namesOf = { route53: route53Servers, namecheap: namecheapServers, dyn: dynServers };
const http = nodeHttp();
const closers: (() => Promise<void>)[] = [];
let world: EmulatorWorld;

beforeEach(() => {
  world = emulatorWorld(Object.values(namesOf).flatMap(rows => rows.map(row => row.name)));
});

afterEach(async () => {
  await Promise.all(closers.splice(0).map(close => close()));
});

async function listen(serve: ServeHttp): Promise<string> {
  const listener = await listenHttp({ address: '127.0.0.1', port: 0 }, serve);
  closers.push(() => listener.close());
  return listener.url;
}

async function send(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<{ readonly outcome: number | string; readonly text: string }> {
  const exchange = await http.send({ method, url, headers, body }, { timeoutMs: 300 });
  return exchange.kind === 'response'
    ? { outcome: exchange.response.status, text: new TextDecoder().decode(exchange.response.body) }
    : { outcome: exchange.kind, text: '' };
}

const subjects = {
  async route53(): Promise<Subject> {
    const emulator = createRoute53Emulator(world, {
      servers: route53Servers.map(row => row.name),
      keys: [{ id: 'AKIA', secret: 'secret' }],
      rates: null,
    });
    const endpoint = await listen(request => emulator.handle(request));
    const client = new Route53Client({
      endpoint,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    });
    const has = (name: string): boolean => emulator.zones().some(zone => zone.name === name);
    return {
      operation: 'CreateHostedZone',
      async write() {
        const abortSignal = AbortSignal.timeout(300);
        try {
          const command = new CreateHostedZoneCommand({ Name: 'written.example', CallerReference: 'r' });
          const answer = await client.send(command, { abortSignal });
          return answer.HostedZone === undefined ? 'malformed' : (answer.$metadata.httpStatusCode ?? 0);
        } catch (error) {
          return abortSignal.aborted ? 'timeout' : outcomeOf(error);
        }
      },
      isWritten: () => has('written.example.'),
      edit: () => void emulator.seedZone({ name: parseName('foreign.example') }),
      isEdited: () => has('foreign.example.'),
      statuses: { good: 201, throttled: 400, broken: 503 },
    };
  },
  async namecheap(): Promise<Subject> {
    const emulator = createNamecheapEmulator(world, {
      servers: namecheapServers.map(row => row.name),
      apiUser: 'user',
      apiKey: 'key',
      rates: null,
    });
    emulator.seedDomain({ name: 'example.com' });
    const url = await listen(request => emulator.handle(request));
    const has = (label: string): boolean => emulator.rows('example.com').some(row => row.name === label);
    let edited = false;
    return {
      operation: 'namecheap.domains.dns.setHosts',
      async write() {
        const form = new URLSearchParams({
          ApiUser: 'user',
          ApiKey: 'key',
          UserName: 'user',
          ClientIp: '127.0.0.1',
          Command: 'namecheap.domains.dns.setHosts',
          SLD: 'example',
          TLD: 'com',
          HostName1: 'written',
          RecordType1: 'A',
          Address1: '192.0.2.1',
        });
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        const { outcome, text } = await send(`${url}/xml.response`, 'POST', headers, String(form));
        return outcome === 200 && !text.endsWith('</ApiResponse>') ? 'malformed' : outcome;
      },
      isWritten: () => has('written'),
      edit: () => {
        emulator.edit('example.com', rows => {
          edited = true;
          return [...rows, { name: 'foreign', type: 'A', address: '192.0.2.2' }];
        });
      },
      isEdited: () => edited,
      statuses: { good: 200, throttled: 405, broken: 500 },
    };
  },
  async dyn(): Promise<Subject> {
    const emulator = createDynEmulator(world, {
      servers: dynServers.map(row => row.name),
      users: [{ customerName: 'c', userName: 'u', password: 'p' }],
      rates: null,
    });
    const url = await listen(request => emulator.handle(request));
    const json = { 'content-type': 'application/json' };
    const login = await send(
      `${url}/REST/Session/`,
      'POST',
      json,
      '{"customer_name":"c","user_name":"u","password":"p"}',
    );
    const token = /"token": "([^"]+)"/.exec(login.text)?.[1] ?? '';
    const has = (name: string): boolean => emulator.zones().some(zone => zone.name === name);
    return {
      operation: 'POST Zone',
      async write() {
        const body = '{"rname":"a@example.com","ttl":"60"}';
        const headers = { ...json, 'auth-token': token };
        const { outcome, text } = await send(`${url}/REST/Zone/written.example/`, 'POST', headers, body);
        return outcome === 200 && !text.endsWith('}]}') ? 'malformed' : outcome;
      },
      isWritten: () => has('written.example.'),
      edit: () => emulator.seedZone({ name: parseName('foreign.example') }),
      isEdited: () => has('foreign.example.'),
      statuses: { good: 200, throttled: 429, broken: 500 },
    };
  },
};

/** What an error of the SDK says about the wire: the status of an error, `malformed` of an answer, or `broken`. */
function outcomeOf(error: unknown): number | string {
  if (!(error instanceof Error) || Reflect.get(error, 'code') === 'ECONNRESET') {
    return 'broken';
  }
  const metadata: unknown = Reflect.get(error, '$metadata');
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : null;
  if (typeof status !== 'number') {
    return 'broken';
  }
  return status >= 400 ? status : 'malformed';
}

type ApiName = keyof typeof subjects;
const apis: readonly ApiName[] = ['route53', 'namecheap', 'dyn'];

/** Whether the write was carried out under each fault, and what the caller sees of it. */
const effects: readonly (readonly [FaultKind, boolean, (subject: Subject) => number | string])[] = [
  ['throttle', false, subject => subject.statuses.throttled],
  ['error-before', false, subject => subject.statuses.broken],
  ['error-after', true, subject => subject.statuses.broken],
  ['timeout-before', false, () => 'timeout'],
  ['timeout-after', true, () => 'timeout'],
  ['reset-before', false, () => 'broken'],
  ['reset-after', true, () => 'broken'],
  ['truncate', true, () => 'broken'],
  ['malformed', true, () => 'malformed'],
  ['edit-before', true, subject => subject.statuses.good],
];

test.each(apis.flatMap(api => effects.map(([kind, isWritten, seen]) => ({ api, kind, isWritten, seen }))))(
  '$api: $kind',
  async ({ api, kind, isWritten, seen }) => {
    const subject = await subjects[api]();
    world.faults.inject({ api, operation: subject.operation, kind, edit: subject.edit });
    const outcome = await subject.write();
    expect(outcome).toBe(seen(subject));
    expect(subject.isWritten()).toBe(isWritten);
    expect(subject.isEdited()).toBe(kind === 'edit-before');
    const last = world.faults.requests.at(-1);
    expect(last).toMatchObject({
      api,
      operation: subject.operation,
      fault: kind === 'edit-before' ? null : kind,
    });
    world.faults.clear();
    if (!isWritten) {
      expect(await subject.write()).toBe(subject.statuses.good);
      expect(subject.isWritten()).toBe(true);
    }
  },
);

test('a rule lets some requests pass and then spoils some', async () => {
  const emulator = createNamecheapEmulator(world, {
    servers: namecheapServers.map(row => row.name),
    apiUser: 'user',
    apiKey: 'key',
  });
  const url = await listen(request => emulator.handle(request));
  world.faults.inject({ api: 'namecheap', operation: '*', kind: 'error-before', skip: 1, times: 2 });
  world.faults.inject({ api: 'dyn', operation: '*', kind: 'reset-before', times: Number.POSITIVE_INFINITY });
  const outcomes = [];
  for (let at = 0; at < 4; at += 1) {
    outcomes.push((await send(`${url}/xml.response`, 'POST', {}, '')).outcome);
  }
  expect(outcomes).toEqual([200, 500, 500, 200]);
  expect(world.faults.requests.map(request => request.fault)).toEqual([
    null,
    'error-before',
    'error-before',
    null,
  ]);
  world.faults.forget();
  expect(world.faults.requests).toEqual([]);
});

test('rules come in their order, foreign edits beside any other', () => {
  const faults = createFaults();
  faults.inject({ api: '*', operation: 'A', kind: 'throttle' });
  faults.inject({ api: '*', operation: '*', kind: 'edit-before' });
  faults.inject({ api: 'dyn', operation: '*', kind: 'truncate' });
  const meet = (api: 'dyn' | 'route53', operation: string): readonly (string | undefined)[] => {
    const met = faults.meet(api, operation);
    return [...met.edits.map(rule => rule.kind), met.fault?.kind];
  };
  expect(meet('dyn', 'A')).toEqual(['edit-before', 'throttle']);
  expect(meet('route53', 'A')).toEqual([undefined]);
  expect(meet('dyn', 'A')).toEqual(['truncate']);
  expect(meet('dyn', 'A')).toEqual([undefined]);
});

test('the log holds no secret', async () => {
  const subject = await subjects.namecheap();
  await subject.write();
  expect(JSON.stringify(world.faults.requests)).not.toContain('key');
  expect(world.faults.requests).toMatchObject([
    { method: 'POST', path: '/xml.response', status: 200, fault: null },
  ]);
});

test('the client of the SDK retries a throttled request', async () => {
  await subjects.route53();
  const emulator = createRoute53Emulator(world, {
    servers: route53Servers.map(row => row.name),
    keys: [{ id: 'AKIA', secret: 'secret' }],
  });
  const client = new Route53Client({
    endpoint: await listen(request => emulator.handle(request)),
    region: 'us-east-1',
    maxAttempts: 3,
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
  });
  world.faults.inject({ api: 'route53', operation: 'ListHostedZones', kind: 'throttle' });
  expect((await client.send(new ListHostedZonesCommand({}))).HostedZones).toEqual([]);
  expect(world.faults.requests.map(request => request.status)).toEqual([400, 200]);
});
