import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Message, makeQuery } from '../../src/dns/message.ts';
import { isAtOrBelow, type Name, parseName, rootName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { cutsOf, makeZone } from '../../src/dns/zone.ts';
import { parseRootHints } from '../../src/resolver/hints.ts';
import { type Internet, startInternet } from '../../src/sandbox/internet.ts';
import { allServers, publicZones } from '../../src/sandbox/public-zones.ts';
import { realTimes, shortTimes } from '../../src/sandbox/times.ts';
import {
  dynExample,
  namecheapExample,
  rootServers,
  route53Example,
  route53Servers,
  route53Tlds,
} from '../../src/sandbox/topology.ts';
import { nodeTransport } from '../../src/world/node.ts';
import { mappingAddresses } from '../../src/world/transports.ts';
import type { Transport } from '../../src/world/world.ts';

const transport = nodeTransport();
const options = { timeoutMs: 30_000 };
let internet: Internet;

beforeAll(async () => {
  internet = await startInternet({ port: 0 });
});
afterAll(async () => {
  await internet.close();
  await transport.close();
});

/** Asks one server of `on`. */
async function ask(on: Internet, address: string, name: Name, type: string): Promise<Message> {
  const through: Transport = mappingAddresses(transport, at => on.addressMap?.get(at.address) ?? at);
  const exchange = await through.exchange(makeQuery(name, type), { address, port: on.port }, options);
  if (exchange.kind !== 'response') {
    throw new Error(`${address} ${name} ${type}: ${exchange.kind}`);
  }
  return exchange.message;
}

/** Walks down by referrals and their glue; where there is no glue, walks for the address of a server first. */
async function walk(on: Internet, name: Name, type: string): Promise<{ path: Name[]; message: Message }> {
  const path: Name[] = [rootName];
  let address = rootServers[0]?.address ?? '';
  for (let hop = 0; hop < 10; hop += 1) {
    const message = await ask(on, address, name, type);
    const [referral] = message.authority;
    if (message.authoritative || referral?.type !== 'NS') {
      return { path, message };
    }
    path.push(referral.owner);
    const glue = message.additional.find(record => record.type === 'A');
    const server = parseName(referral.data);
    address = glue?.data ?? (await walk(on, server, 'A')).message.answer[0]?.data ?? '';
  }
  throw new Error(`the walk to ${name} does not end`);
}

/** Asks the ISP's resolver. */
async function resolve(on: Internet, name: string, type: string): Promise<Message> {
  const query = makeQuery(parseName(name), type, { recursionDesired: true });
  const exchange = await transport.exchange(query, on.resolver, { timeoutMs: 30_000 });
  if (exchange.kind !== 'response') {
    throw new Error(`the resolver: ${exchange.kind}`);
  }
  return exchange.message;
}

describe('every name server', () => {
  test('has an address of its own and answers there over UDP and TCP', async () => {
    expect(new Set(allServers.map(server => server.address)).size).toBe(allServers.length);
    for (const { name, address } of allServers) {
      for (const protocol of ['udp', 'tcp'] as const) {
        const exchange = await transport.exchange(
          makeQuery(name, 'A'),
          { address, port: internet.port },
          { ...options, protocol },
        );
        expect(exchange).toMatchObject({ kind: 'response', message: { rcode: 'NOERROR' } });
      }
    }
  });

  test.each(allServers.map(server => server.name))(
    '%s is found from the root with its real address',
    async name => {
      const { message } = await walk(internet, name, 'A');
      expect(message.answer.map(record => record.data)).toEqual(
        allServers.filter(server => server.name === name).map(server => server.address),
      );
    },
  );

  test('of Route 53 has a name that its number gives', () => {
    for (const tld of route53Tlds) {
      expect(route53Servers.filter(server => server.tld === tld).length).toBe(8);
    }
    for (const { name, number } of route53Servers) {
      const group = String(Math.floor((number % 512) / 8)).padStart(2, '0');
      expect(name).toBe(`ns-${number}.awsdns-${group}.${route53Tlds[Math.floor(number / 512)]}.`);
    }
  });
});

describe('every public zone', () => {
  const zones = publicZones(realTimes);
  const apexes = zones.map(({ zone }) => zone.apex);

  test.each(apexes)('%s is delegated from above to the servers that it names itself', async apex => {
    const served = zones.find(({ zone }) => zone.apex === apex);
    const expected = [...(served?.servers ?? [])].sort();
    for (const server of allServers.filter(({ name }) => expected.includes(name))) {
      const message = await ask(internet, server.address, apex, 'NS');
      expect(message.authoritative).toBe(true);
      expect(message.answer.map(record => record.data).sort()).toEqual(expected);
    }
    const parent = zones.find(({ zone }) => cutsOf(zone).some(cut => cut.cut === apex));
    const cut = parent && cutsOf(parent.zone).find(each => each.cut === apex);
    expect([...(cut?.ns.data ?? (apex === rootName ? expected : []))].sort()).toEqual(expected);
  });

  test('has glue for each name server in its domain', () => {
    for (const { zone } of zones) {
      for (const { cut, ns, glue } of cutsOf(zone)) {
        const inDomain = ns.data.filter(server => isAtOrBelow(server, cut));
        expect(glue.map(rrset => rrset.owner)).toEqual(expect.arrayContaining(inDomain));
      }
    }
  });
});

describe('a walk from the root', () => {
  const cases: readonly [string, string, readonly string[], string][] = [
    ['www.example.com', 'CNAME', ['.', 'com.', 'example.com.'], 'example.com.'],
    ['api.example.com', 'AAAA', ['.', 'com.', 'example.com.'], '2001:db8::20'],
    ['x.apps.example.org', 'A', ['.', 'org.', 'example.org.'], '203.0.113.80'],
  ];
  test.each(cases)('%s %s', async (name, type, path, data) => {
    const walked = await walk(internet, parseName(name), type);
    expect(walked.path).toEqual(path);
    expect(walked.message.answer.map(record => record.data)).toEqual([data]);
  });

  test('ends at NXDOMAIN with the SOA and the time that resolvers may keep it', async () => {
    const { message } = await walk(internet, parseName('staging.example.com'), 'A');
    expect(message).toMatchObject({ rcode: 'NXDOMAIN', authoritative: true });
    expect(message.authority.map(({ owner, type, ttl }) => ({ owner, type, ttl }))).toEqual([
      { owner: 'example.com.', type: 'SOA', ttl: 3601 },
    ]);
  });
});

describe("the ISP's resolver", () => {
  const cases: readonly [string, string, readonly string[]][] = [
    ['www.example.com', 'A', ['example.com.', '192.0.2.10']],
    ['example.org', 'NS', route53Example.servers],
    ['status.example.org', 'AAAA', ['2001:db8:113::80']],
  ];
  test.each(cases)('finds %s %s', async (name, type, data) => {
    const message = await resolve(internet, name, type);
    expect(message).toMatchObject({ rcode: 'NOERROR', recursionAvailable: true });
    expect(message.answer.map(record => record.data).sort()).toEqual([...data].sort());
  });
  test('says NXDOMAIN with a SOA', async () => {
    expect(await resolve(internet, 'staging.example.com', 'NS')).toMatchObject({
      rcode: 'NXDOMAIN',
      authority: [{ type: 'SOA', owner: 'example.com.' }],
    });
  });
});

test('what an account at a host holds is served by its name servers', async () => {
  for (const zone of [namecheapExample, dynExample, route53Example]) {
    const { message } = await walk(internet, zone.apex, 'NS');
    expect(message.answer.map(record => record.data).sort()).toEqual([...zone.servers].sort());
  }
});

test('a cut between two hosts is seen by everybody once both have it', async () => {
  const child = parseName('staging.example.com');
  const own = await startInternet({ port: 0, times: shortTimes });
  try {
    const id = own.hosts.route53.seedZone({ name: child });
    const zone = own.hosts.route53.zones().find(each => each.id === id);
    const servers = zone?.nameServers ?? [];
    expect(servers.map(server => server.split('.').slice(2).join('.')).sort()).toEqual([
      'co.uk.',
      'com.',
      'net.',
      'org.',
    ]);
    own.hosts.namecheap.edit('example.com', rows => [
      ...rows,
      ...servers.map(address => ({ name: 'staging', type: 'NS', address, ttl: 1800 })),
    ]);
    await own.nameServers.settled();
    const { path, message } = await walk(own, child, 'SOA');
    expect(path).toEqual(['.', 'com.', 'example.com.', 'staging.example.com.']);
    expect(message).toMatchObject({ authoritative: true, answer: [{ type: 'SOA', owner: child }] });
    const resolved = await resolve(own, child, 'NS');
    expect(resolved.answer.map(record => record.data).sort()).toEqual([...servers].sort());
  } finally {
    await own.close();
  }
});

test('the environment has all that a process needs', () => {
  const { environment, port, resolver } = internet;
  expect(environment).toMatchObject({
    ZONECUT_DNS_PORT: String(port),
    ZONECUT_RESOLVERS: `${resolver.address}:${resolver.port}`,
    ZONECUT_OFFLINE: '1',
    AWS_REGION: 'us-east-1',
    NAMECHEAP_CLIENT_IP: '127.0.0.1',
    DYN_CUSTOMER_NAME: expect.any(String),
  });
  const { AWS_ENDPOINT_URL_ROUTE_53, ZONECUT_NAMECHEAP_ENDPOINT, ZONECUT_DYN_ENDPOINT } = environment;
  for (const endpoint of [AWS_ENDPOINT_URL_ROUTE_53, ZONECUT_NAMECHEAP_ENDPOINT, ZONECUT_DYN_ENDPOINT]) {
    expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+/);
  }
  expect(internet.hostsText).toContain('127.5.0.1\tdns1.registrar-servers.com\n');
  expect(parseRootHints(internet.hintsText)).toEqual(internet.hints);
  expect(internet.hintsText).toContain('a.root-servers.net.\t3600000\tA\t127.1.0.1');
});

describe('a port', () => {
  test('that is taken is ZC_PORT, names the address, and leaves nothing behind', async () => {
    await expect(startInternet({ port: internet.port })).rejects.toMatchObject({
      code: 'ZC_PORT',
      message: expect.stringMatching(/another program listens on 127\.\S+ port \d+ \(UDP\)/),
      hint: expect.stringContaining('Choose another port'),
    });
    expect((await ask(internet, '127.1.0.1', rootName, 'SOA')).rcode).toBe('NOERROR');
  });
});

describe('on a single address', () => {
  test('the same addresses of the World are ports of 127.0.0.1', async () => {
    const single = await startInternet({ port: 0, singleAddress: true });
    try {
      expect(single.resolver.address).toBe('127.0.0.1');
      const { ZONECUT_ADDRESS_MAP } = single.environment;
      expect(ZONECUT_ADDRESS_MAP).toMatch(/127\.1\.0\.1=127\.0\.0\.1:\d+/);
      expect((await walk(single, parseName('api.example.com'), 'A')).path).toEqual([
        '.',
        'com.',
        'example.com.',
      ]);
      expect((await resolve(single, 'api.example.com', 'A')).answer[0]?.data).toBe('192.0.2.20');
    } finally {
      await single.close();
    }
  });
});

test('short times hold for every zone, and changes take their delay', async () => {
  const seen: (Name | null)[] = [];
  const short = await startInternet({ port: 0, times: shortTimes, onQuery: server => seen.push(server) });
  try {
    for (const name of ['nothing', 'nothing.com', 'nothing.example.com', 'nothing.example.org']) {
      const { message } = await walk(short, parseName(name), 'A');
      expect(message.authority[0]?.ttl).toBeLessThanOrEqual(shortTimes.negativeTtlSeconds ?? 0);
    }
    const referral = await ask(short, '127.2.0.1', parseName('example.com'), 'A');
    expect(referral.authority[0]?.ttl).toBe(shortTimes.delegationTtlSeconds);
    expect(seen).toContain('a.gtld-servers.net.');
    const apex = parseName('late.test');
    const [server] = rootServers;
    const name = server?.name ?? rootName;
    const zone = makeZone(apex, [rrsetOf(apex, 'SOA', 1, 'a. b. 1 1 1 1 1'), rrsetOf(apex, 'NS', 1, name)]);
    short.nameServers.setVisibilityDelay(60);
    short.nameServers.publish('late', zone, [name]);
    expect((await ask(short, '127.1.0.1', apex, 'SOA')).rcode).toBe('NXDOMAIN');
    await short.nameServers.settled();
    expect((await ask(short, '127.1.0.1', apex, 'SOA')).rcode).toBe('NOERROR');
  } finally {
    await short.close();
  }
});

test('closing leaves no socket behind', async () => {
  const sockets = (): number =>
    process.getActiveResourcesInfo().filter(kind => /^(UDP|TCP)/.test(kind)).length;
  const before = sockets();
  const other = await startInternet({ port: 0 });
  expect(sockets()).toBeGreaterThan(before + 2 * allServers.length);
  await other.close();
  await other.close();
  await vi.waitFor(() => expect(sockets()).toBeLessThanOrEqual(before), 30_000);
});
