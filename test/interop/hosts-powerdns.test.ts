import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Name } from '../../src/dns/name.ts';
import { soaOf } from '../../src/dns/rdata.ts';
import { type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { parseZoneFile } from '../../src/dns/zonefile.ts';
import type { HostedZone, Provider, RRsetChange } from '../../src/providers/provider.ts';
import { driverNamed } from '../../src/providers/registry.ts';
import { nodeWorld } from '../../src/world/node.ts';
import { describeWorks } from '../providers/contract.ts';
import { lines, name, ordinary, type Rig } from '../providers/rig.ts';
import { dropTestFolder, makeTestFolder, must } from './dns-named.ts';
import { type PowerdnsServer, startPowerdns } from './primaries.ts';

let folder = '';
let server: PowerdnsServer;
let count = 0;

beforeAll(async () => {
  folder = await makeTestFolder();
  server = await startPowerdns(folder);
});
afterAll(async () => {
  await server?.stop();
  await dropTestFolder(folder);
});

/** The API as curl would ask it. */
async function call(method: string, path: string, body: unknown = null): Promise<unknown> {
  const response = await fetch(`${server.apiUrl}/api/v1/servers/localhost${path}`, {
    method,
    headers: { 'X-API-Key': server.apiKey, 'Content-Type': 'application/json' },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

async function served(apex: Name): Promise<readonly RRset[]> {
  const at = [`@${server.address}`, '-p', String(server.port)];
  const text = await must('dig', [...at, '+noall', '+answer', '+onesoa', apex, 'AXFR']);
  return parseZoneFile(text, { origin: apex }).rrsets;
}

async function openDriver(environment: Readonly<Record<string, string>> = {}): Promise<Provider> {
  return await (await driverNamed('powerdns').load())(nodeWorld(), {
    environment: {
      PDNS_API_URL: server.apiUrl,
      PDNS_API_KEY: server.apiKey,
      PDNS_NAMESERVERS: 'ns1.hosting.example,ns2.hosting.example',
      ...environment,
    },
  });
}

async function openRig(): Promise<Rig> {
  count += 1;
  const apex = name(`zone${count}.example.`);
  const rows = ordinary(apex).map(set => ({
    name: set.owner,
    type: set.type,
    ttl: set.ttl,
    records: set.data.map(content => ({ content, disabled: false })),
  }));
  await call('POST', '/zones', {
    name: apex,
    kind: 'Native',
    nameservers: ['ns1.hosting.example.', 'ns2.hosting.example.'],
    rrsets: rows,
  });
  return {
    provider: await openDriver(),
    apex,
    writes: async () => {
      const soa = (await served(apex)).find(set => set.type === 'SOA')?.data[0];
      return soa === undefined ? -1 : soaOf(soa).serial;
    },
    served: wanted => served(wanted).catch(() => []),
    editElsewhere: async owner => {
      const records = [{ content: '192.0.2.77', disabled: false }];
      const rrset = { name: owner, type: 'A', ttl: 1800, changetype: 'REPLACE', records };
      await call('PATCH', `/zones/${apex}`, { rrsets: [rrset] });
    },
    close: async () => {
      for (const zone of [apex, 'staging.example.test.']) {
        await call('DELETE', `/zones/${zone}`).catch(() => null);
      }
    },
  };
}

describeWorks('the powerdns driver with PowerDNS', openRig);

describe('the powerdns driver with PowerDNS', () => {
  const withZone = async (
    work: (provider: Provider, zone: HostedZone, rig: Rig) => Promise<void>,
  ): Promise<void> => {
    const rig = await openRig();
    try {
      const [zone] = await rig.provider.findZones(rig.apex);
      if (zone === undefined) throw new Error('no zone');
      await work(rig.provider, zone, rig);
    } finally {
      await rig.close();
    }
  };
  const delegation = (apex: Name): RRsetChange => {
    const to = rrsetOf(name(`staging.${apex}`), 'NS', 300, 'ns1.example.org.');
    return { owner: to.owner, type: 'NS', from: null, to };
  };

  it('signs a zone, tells its DS, DNSKEY and CDS, which the server serves, and takes all away again', async () => {
    await withZone(async (provider, zone, rig) => {
      const before = lines((await provider.readZone(zone)).rrsets.filter(set => set.type !== 'SOA'));
      expect(await provider.readSigning?.(zone)).toEqual({ state: 'unsigned', ds: [], dnskeys: [], cds: [] });
      const signing = await provider.signZone?.(zone);
      expect(signing).toMatchObject({
        state: 'signed',
        ds: [expect.stringMatching(/^\d+ 13 2 [0-9a-f]{64}$/)],
      });
      expect(await provider.signZone?.(zone)).toEqual(signing);
      const signed = await served(rig.apex);
      const data = (type: string): readonly string[] | undefined =>
        signed.find(set => set.type === type && set.owner === rig.apex)?.data;
      expect(data('DNSKEY')).toEqual(signing?.dnskeys);
      expect(data('CDS')).toEqual(signing?.cds);
      expect(data('CDS')).toEqual(signing?.ds);
      expect(data('RRSIG')?.length).toBeGreaterThan(3);
      expect(lines((await provider.readZone(zone)).rrsets.filter(set => set.type !== 'SOA'))).toEqual(before);
      await provider.unsignZone?.(zone);
      await provider.unsignZone?.(zone);
      expect(await provider.readSigning?.(zone)).toEqual({ state: 'unsigned', ds: [], dnskeys: [], cds: [] });
      const types = new Set((await served(rig.apex)).map(set => set.type));
      expect(['RRSIG', 'NSEC', 'DNSKEY', 'CDS'].filter(type => types.has(type))).toEqual([]);
    });
  });

  it('keeps records that are switched off, and types of its own', async () => {
    await withZone(async (provider, zone, rig) => {
      const at = name(`mixed.${rig.apex}`);
      const rows = [
        { content: '192.0.2.1', disabled: false },
        { content: '192.0.2.2', disabled: true },
      ];
      const alias = { name: `alias.${rig.apex}`, type: 'ALIAS', ttl: 300 };
      await call('PATCH', `/zones/${rig.apex}`, {
        rrsets: [
          { name: at, type: 'A', ttl: 300, changetype: 'REPLACE', records: rows },
          { ...alias, changetype: 'REPLACE', records: [{ content: 'example.org.', disabled: false }] },
        ],
      });
      const { otherRows } = await provider.readZone(zone);
      expect(otherRows.map(row => row.text).sort()).toEqual([
        '300 A 192.0.2.2 (disabled)',
        '300 ALIAS example.org.',
      ]);
      const from = rrsetOf(at, 'A', 300, '192.0.2.1');
      await provider.changeZone(zone, [
        { owner: at, type: 'A', from, to: rrsetOf(at, 'A', 300, '192.0.2.9') },
      ]);
      expect((await provider.readZone(zone)).otherRows).toEqual(otherRows);
    });
  });

  it('counts the serial where the server does not', async () => {
    await withZone(async (provider, zone, rig) => {
      await call('PUT', `/zones/${rig.apex}`, { soa_edit_api: '' });
      const before = await rig.writes();
      await provider.changeZone(zone, [delegation(rig.apex)]);
      expect(await rig.writes()).toBe(before + 1);
    });
  });

  it('has one clear line for a wrong key, a server that is not there and a zone that is not there', async () => {
    await withZone(async (provider, zone) => {
      const wrong = await openDriver({ PDNS_API_KEY: 'wrong' });
      await expect(wrong.changeZone(zone, [delegation(zone.apex)])).rejects.toMatchObject({
        code: 'ZC_CREDENTIALS',
        message: 'PowerDNS: the key of PDNS_API_KEY is not accepted (401)',
      });
      const nowhere = { ...zone, id: 'nowhere.example.', apex: name('nowhere.example.') };
      await expect(provider.readZone(nowhere)).rejects.toMatchObject({ code: 'ZC_ZONE_NOT_FOUND' });
      const other = await openDriver({ PDNS_SERVER_NAME: 'other' });
      await expect(other.whoAmI()).rejects.toMatchObject({ code: 'ZC_PROVIDER_RESPONSE' });
    });
  });
});
