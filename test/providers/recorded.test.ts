import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import type { HostedZone, Provider, ZoneSnapshot } from '../../src/providers/provider.ts';
import { driverNamed } from '../../src/providers/registry.ts';
import { nodeRandom } from '../../src/world/node.ts';
import { noStreams } from '../../src/world/streams.ts';
import {
  filesIn,
  type Recorded,
  type ReplayHttp,
  readCassette,
  recordingsFolder,
  replaying,
} from './recordings.ts';
import { lines, testClock } from './rig.ts';

const folder = recordingsFolder();

const environment = {
  AWS_ACCESS_KEY_ID: 'AKIAREPLAY0000000001',
  AWS_SECRET_ACCESS_KEY: 'replayed',
  NAMECHEAP_API_USER: 'replayed',
  NAMECHEAP_API_KEY: 'replayed',
  NAMECHEAP_CLIENT_IP: '127.0.0.1',
  DYN_CUSTOMER_NAME: 'go-dynect',
  DYN_USER_NAME: 'dynect-user',
  DYN_PASSWORD: 'p@55w0rd',
};

async function openOver(driver: string, http: ReplayHttp): Promise<Provider> {
  const dns = { exchange: () => Promise.reject(new Error('unused')) };
  return (await driverNamed(driver).load())(
    { clock: testClock(), random: nodeRandom, dns, streams: noStreams, http },
    { environment },
  );
}

function zoneAt(provider: string, id: string, apex: string): HostedZone {
  return { provider, id, apex: parseName(apex), nameServers: [], reference: null };
}

if (folder === null) {
  describe('recorded traffic', () => {
    it('is not on this machine: set ZONECUT_CONFORMANCE to try the drivers on it', () => {
      expect(folder).toBeNull();
    });
  });
} else {
  describeRoute53(join(folder, 'cassettes/route53'));
  describeNamecheap(
    join(folder, 'cassettes/namecheap'),
    join(folder, 'namecheap-xml'),
    join(folder, 'lego-bodies/namecheap'),
  );
  describeDyn(join(folder, 'dyn'));
}

function describeRoute53(cassettes: string): void {
  describe('Route 53 as recorded', () => {
    for (const file of filesIn(cassettes, '.yaml')) {
      it(`reads ${basename(file)}`, async () => {
        const exchanges = readCassette(file);
        for (const exchange of exchanges.filter(one => one.method === 'GET')) await replayRoute53(exchange);
        expect(exchanges.length).toBeGreaterThan(0);
      });
    }
  });
}

async function replayRoute53(exchange: Recorded): Promise<void> {
  const path = new URL(exchange.url).pathname.replace(/\/$/, '');
  const answer = { status: exchange.status, body: exchange.response };
  const http = replaying(request =>
    new URL(request.url).pathname.replace(/\/$/, '') === path ? answer : null,
  );
  const provider = await openOver('route53', http);
  const id = /\/hostedzone\/(\w+)\/rrset$/.exec(path)?.[1];
  if (id === undefined) {
    const names = exchange.response.match(/<Name>[^<]*/g)?.map(text => text.slice(6)) ?? [];
    const privates = exchange.response.match(/<PrivateZone>true/g)?.length ?? 0;
    // Only the list is recorded, so a zone that is found ends at the request for its servers.
    const finding = provider.findZones(parseName(names[0] ?? 'nothing.test'));
    if (names.length > privates) await expect(finding).rejects.toThrow('nothing was recorded for GET');
    else expect(await finding).toEqual([]);
    return;
  }
  const apex = /<Name>([^<]+)<\/Name><Type>SOA</.exec(exchange.response)?.[1] ?? '';
  const zone = await provider.readZone(zoneAt('route53', id, apex));
  expect(zone.otherRows).toEqual([]);
  expect(zone.rrsets.length).toBe(exchange.response.match(/<ResourceRecordSet>/g)?.length);
  const data = zone.rrsets.reduce((sum, set) => sum + set.data.length, 0);
  expect(data).toBe(exchange.response.match(/<ResourceRecord>/g)?.length);
}

function describeNamecheap(cassettes: string, bodies: string, lego: string): void {
  describe('Namecheap as recorded', () => {
    for (const file of filesIn(cassettes, '.yaml')) {
      it(`reads ${basename(file)}`, async () => {
        const exchanges = readCassette(file).filter(one =>
          one.url.includes('Command=namecheap.domains.dns.getHosts'),
        );
        for (const { response } of exchanges) await replayHosts(response);
        expect(readCassette(file).length).toBeGreaterThan(0);
      });
    }

    const answers = [
      { file: join(bodies, 'domains_dns_getHosts.xml'), rows: 2 },
      { file: join(lego, 'internal/fixtures/getHosts.xml'), rows: 2 },
      { file: join(lego, 'internal/fixtures/getHosts_success2.xml'), rows: 2 },
    ];
    for (const { file, rows } of answers) {
      it(`reads ${basename(file)}`, async () => {
        expect(countRows(await replayHosts(readFileSync(file, 'utf8')))).toBe(rows);
      });
    }

    it('reads the list of domains', async () => {
      const body = readFileSync(join(bodies, 'domains_getList.xml'), 'utf8');
      const provider = await openOver(
        'namecheap',
        replaying(() => ({ status: 200, body })),
      );
      const apexes: string[] = [];
      for await (const zone of provider.listZones()) apexes.push(zone.apex);
      expect(apexes).toEqual(['domain2.net.']);
    });

    it('reads rights that are not told, as recorded of a hosted domain', async () => {
      const body = readFileSync(join(bodies, 'domains_getInfo.xml'), 'utf8');
      const provider = await openOver(
        'namecheap',
        replaying(() => ({ status: 200, body })),
      );
      const zone = zoneAt('namecheap', 'horse-family.com.ua', 'horse-family.com.ua');
      expect((await provider.rights(zone)).writeRecords).toBe('unknown');
    });

    it('reads a wrong key', async () => {
      const body = readFileSync(join(lego, 'internal/fixtures/setHosts_errorBadAPIKey1.xml'), 'utf8');
      const provider = await openOver(
        'namecheap',
        replaying(() => ({ status: 200, body })),
      );
      await expect(provider.whoAmI()).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
    });
  });
}

async function replayHosts(body: string): Promise<ZoneSnapshot> {
  const domain = /<DomainDNSGetHostsResult\s+Domain="([^"]+)"/.exec(body)?.[1] ?? '';
  const http = replaying(() => ({ status: 200, body }));
  const provider = await openOver('namecheap', http);
  const snapshot = await provider.readZone(zoneAt('namecheap', domain, domain));
  expect(countRows(snapshot)).toBe(body.match(/<host /gi)?.length);
  const asked = http.asked[0];
  expect(asked?.method).toBe('POST');
  expect(new URLSearchParams(String(asked?.body)).get('Command')).toBe('namecheap.domains.dns.getHosts');
  return snapshot;
}

function countRows(snapshot: ZoneSnapshot): number {
  return snapshot.otherRows.length + snapshot.rrsets.reduce((sum, set) => sum + set.data.length, 0);
}

function describeDyn(cassettes: string): void {
  describe('Dyn as recorded', () => {
    const replay = (file: string): ReplayHttp => {
      const exchanges = readCassette(join(cassettes, file));
      return replaying(request => {
        const path = new URL(request.url).pathname.replace(/\/$/, '');
        const found = exchanges.find(
          one => one.method === request.method && new URL(one.url).pathname.replace(/\/$/, '') === path,
        );
        return found === undefined ? null : { status: found.status, body: found.response };
      });
    };

    it('reads all records of a zone, one by one where they are told by address', async () => {
      const provider = await openOver('dyn', replay('fetching_all_zone_records.yaml'));
      const snapshot = await provider.readZone(zoneAt('dyn', 'go-dynect.test', 'go-dynect.test'));
      expect(snapshot.otherRows).toEqual([]);
      expect(lines(snapshot.rrsets)).toEqual([
        'go-dynect.test. 86400 NS ns1.p19.dynect.net. | ns2.p19.dynect.net. | ns3.p19.dynect.net. | ns4.p19.dynect.net.',
        'go-dynect.test. 3600 SOA ns1.p19.dynect.net. admin.go-dynect.com. 2017122000 3600 600 604800 1800',
        'foo.go-dynect.test. 3600 CNAME foobar.go-dynect.test.',
        'foobar.go-dynect.test. 3600 A 10.9.8.7',
      ]);
      await provider.close?.();
    });

    it('lists the zones', async () => {
      const http = replay('zones_request.yaml');
      const provider = await openOver('dyn', http);
      const apexes: string[] = [];
      for await (const zone of provider.listZones()) apexes.push(zone.apex);
      expect(apexes).toEqual(['example.com.', 'example.net.', 'go-dynect.test.']);
      await provider.close?.();
      expect(http.asked.map(one => one.method)).toEqual(['POST', 'GET', 'DELETE']);
      expect(http.asked[1]?.headers['auth-token']).toMatch(/^PBz\+/);
    });
  });
}
