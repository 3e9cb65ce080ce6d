import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Name } from '../../src/dns/name.ts';
import { soaOf } from '../../src/dns/rdata.ts';
import { type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { parseZoneFile } from '../../src/dns/zonefile.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { driverNamed } from '../../src/providers/registry.ts';
import { nodeWorld } from '../../src/world/node.ts';
import { describeWorks } from '../providers/contract.ts';
import { lines, name, ordinary, type Rig } from '../providers/rig.ts';
import { dropTestFolder, makeTestFolder, must } from './dns-named.ts';
import { type Primary, readKey, startBind, startKnot, startPowerdnsUpdate, updateKey } from './primaries.ts';

/** One zone for each test of the suite and some more, for those that are tried again: what a test leaves is in nobody's way. */
const zoneCount = 48;

const servers = [
  ['BIND', startBind],
  ['Knot DNS', startKnot],
  ['PowerDNS', startPowerdnsUpdate],
] as const;

const onCommandLine = `${updateKey.algorithm}:${updateKey.name}:${updateKey.secret}`;

/** The zone as dig transfers it. */
async function transferred(server: Primary, apex: Name): Promise<readonly RRset[]> {
  const at = [`@${server.address}`, '-p', String(server.port), '-y', onCommandLine];
  const text = await must('dig', [...at, '+noall', '+answer', '+onesoa', apex, 'AXFR']);
  return parseZoneFile(text, { origin: apex }).rrsets;
}

function openDriver(server: Primary, environment: Readonly<Record<string, string>> = {}): Promise<Provider> {
  const world = nodeWorld();
  return driverNamed('rfc2136')
    .load()
    .then(open =>
      open(world, {
        environment: {
          RFC2136_NAMESERVER: `${server.address}:${server.port}`,
          RFC2136_TSIG_KEY: updateKey.name,
          RFC2136_TSIG_SECRET: updateKey.secret,
          ...environment,
        },
      }),
    );
}

for (const [title, start] of servers) {
  describe(title, () => {
    let folder = '';
    let server: Primary;
    let next = 0;
    const apexes = Array.from({ length: zoneCount }, (_, at) => name(`zone${at}.example.`));

    beforeAll(async () => {
      folder = await makeTestFolder();
      server = await start(
        folder,
        apexes.map(apex => ({ apex, rrsets: ordinary(apex) })),
      );
    });
    afterAll(async () => {
      await server?.stop();
      await dropTestFolder(folder);
    });

    const nextApex = (): Name => {
      const apex = apexes[next];
      if (apex === undefined) throw new Error('more tests than zones');
      next += 1;
      return apex;
    };

    const openRig = async (): Promise<Rig> => {
      const apex = nextApex();
      return {
        provider: await openDriver(server, { RFC2136_ZONES: apex }),
        apex,
        writes: async () => {
          const soa = (await transferred(server, apex)).find(set => set.type === 'SOA')?.data[0];
          return soa === undefined ? -1 : soaOf(soa).serial;
        },
        served: wanted => transferred(server, wanted).catch(() => []),
        editElsewhere: async owner => {
          const file = path.join(folder, `edit-${randomBytes(4).toString('hex')}`);
          const at = `server ${server.address} ${server.port}\nzone ${apex}`;
          await writeFile(file, `${at}\nupdate add ${owner} 1800 A 192.0.2.77\nsend\n`);
          await must('nsupdate', ['-y', onCommandLine, file]);
        },
        close: async () => {},
      };
    };

    describeWorks(`the rfc2136 driver with ${title}`, openRig);

    it('refuses a wrong key in one clear line', async () => {
      const RFC2136_ZONES = nextApex();
      const stranger = await openDriver(server, { RFC2136_ZONES, RFC2136_TSIG_KEY: 'stranger' });
      await expect(stranger.whoAmI()).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
      const wrong = await openDriver(server, { RFC2136_ZONES, RFC2136_TSIG_SECRET: 'AAAA' });
      await expect(wrong.whoAmI()).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
    });

    it('finds out beforehand that a key may not write, and changes nothing', async () => {
      const apex = nextApex();
      const reader = await openDriver(server, {
        RFC2136_TSIG_KEY: readKey.name,
        RFC2136_TSIG_SECRET: readKey.secret,
      });
      const [zone] = await reader.findZones(apex);
      if (zone === undefined) throw new Error('no zone');
      const owner = name(`staging.${apex}`);
      expect(await reader.rights(zone, { owner })).toMatchObject({ readZones: 'yes', writeRecords: 'no' });
      const before = lines(await transferred(server, apex));
      const to = rrsetOf(owner, 'NS', 300, 'ns1.example.org.');
      await expect(reader.changeZone(zone, [{ owner, type: 'NS', from: null, to }])).rejects.toMatchObject({
        code: 'ZC_RIGHTS',
      });
      expect(lines(await transferred(server, apex))).toEqual(before);
    });

    it('has no zone that is not there', async () => {
      const provider = await openDriver(server);
      const apex = name('nowhere.test.');
      expect(await provider.findZones(apex)).toEqual([]);
      const zone = { provider: 'rfc2136', id: 'nowhere.test', apex, nameServers: [], reference: null };
      await expect(provider.readZone(zone)).rejects.toMatchObject({ code: 'ZC_ZONE_NOT_FOUND' });
    });
  });
}
