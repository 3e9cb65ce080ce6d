import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Name } from '../../src/dns/name.ts';
import { soaOf } from '../../src/dns/rdata.ts';
import { type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { parseZoneFile, printRRset } from '../../src/dns/zonefile.ts';
import type { HostedZone, Provider, RRsetChange } from '../../src/providers/provider.ts';
import { driverNamed } from '../../src/providers/registry.ts';
import { editedZoneFile, nextSerial } from '../../src/providers/zonefile/edit.ts';
import { nodeWorld } from '../../src/world/node.ts';
import { absent, refused, zoneNamed } from './bad-input.ts';
import { describeUnfailing } from './contract.ts';
import { name, ordinary, type Rig } from './rig.ts';

const apex = name('example.com.');
const head = `; the zone of the tests
$TTL 1h
@ IN SOA ns1 hostmaster (
    2026010101 ; serial
    7200 900 1209600 600 )
  IN NS ns1  ; ours
  IN NS ns2
ns1 A 192.0.2.53
ns2 A 192.0.2.54
`;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zonecut-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = (): string => path.join(folder, 'example.com.zone');

async function setsIn(zone: Name): Promise<readonly RRset[]> {
  const text = await readFile(file(), 'utf8');
  return zone === apex ? parseZoneFile(text, { origin: apex }).rrsets : [];
}

async function openDriver(text: string): Promise<Provider> {
  await writeFile(file(), text);
  return await (await driverNamed('zonefile').load())(nodeWorld(), {
    environment: { ZONECUT_ZONEFILES: folder },
  });
}

async function openRig(): Promise<Rig> {
  const provider = await openDriver(
    head +
      ordinary(apex)
        .map(set => `${printRRset(set)}\n`)
        .join(''),
  );
  return {
    provider,
    apex,
    writes: async () => {
      const soa = (await setsIn(apex)).find(set => set.type === 'SOA')?.data[0];
      return soa === undefined ? -1 : soaOf(soa).serial;
    },
    served: setsIn,
    editElsewhere: async owner => {
      await writeFile(file(), `${await readFile(file(), 'utf8')}${owner} 1800 IN A 192.0.2.77\n`);
    },
    close: async () => {},
  };
}

describeUnfailing(
  'A folder of zone files',
  openRig,
  {
    'a wrong key': absent('files take no key'),
    'no right to write': absent(
      'the file system alone gives rights; what it refuses is told as a locked file',
    ),
    'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /nowhere\.example/, {
      zone: zoneNamed('nowhere.example.'),
    }),
    'a zone that is locked or read-only': refused(
      'ZC_PROVIDER_UNAVAILABLE',
      /is locked, or its folder takes no file/,
      {
        arrange: () => writeFile(`${file()}.zonecut-lock`, ''),
      },
    ),
    'a quota that is reached': absent('files count neither zones nor records'),
    'a host that cannot be reached': absent('files are reached over no network'),
    'clocks that are apart': absent('files hold no time but the serial'),
    'another account that holds the zone': absent('a folder has one file of a zone, and no accounts'),
  },
  'files do not fail as servers do; a file that changes or is locked meanwhile is tried by itself',
);

describe('the zonefile driver', () => {
  const zone: HostedZone = {
    provider: 'zonefile',
    id: 'example.com',
    apex,
    nameServers: [],
    reference: null,
  };
  const to = rrsetOf(name(`staging.${apex}`), 'NS', 1800, 'ns1.example.org.', 'ns2.example.org.');
  const adding: RRsetChange = { owner: to.owner, type: 'NS', from: null, to };
  const tail = `www 300 A 192.0.2.1 ; the site
    300 AAAA 2001:db8::1
    TXT "a ; b (" ; odd
; the end
`;

  it('leaves every other line as it is, and puts owners where they would be lost', async () => {
    const provider = await openDriver(head + tail);
    const from = rrsetOf(name(`www.${apex}`), 'A', 300, '192.0.2.1');
    await provider.changeZone(zone, [adding, { owner: from.owner, type: 'A', from, to: null }]);
    const serial = /(\d{10}) ; serial/.exec(await readFile(file(), 'utf8'))?.[1] ?? '';
    expect(Number(serial)).toBeGreaterThan(2026010101);
    expect(await readFile(file(), 'utf8')).toBe(
      `${head.replace('2026010101', serial)}www.example.com.    300 AAAA 2001:db8::1
    TXT "a ; b (" ; odd
; the end
staging.example.com. 1800 IN NS ns1.example.org.
staging.example.com. 1800 IN NS ns2.example.org.
`,
    );
    expect(await readdir(folder)).toEqual(['example.com.zone']);
  });

  it.each([
    ['$INCLUDE other\n', 'ZC_PROVIDER_RESPONSE'],
    ['$GENERATE 1-3 host$ A 192.0.2.$\n', 'ZC_PROVIDER_REFUSED'],
    ['www A nonsense\n', 'ZC_PROVIDER_RESPONSE'],
    [
      `@ RRSIG SOA 13 2 3600 20300101000000 20250101000000 1 example.com. ${'A'.repeat(86)}==\n`,
      'ZC_PROVIDER_REFUSED',
    ],
  ])('does not write a file with %j', async (line, code) => {
    const provider = await openDriver(head + line);
    await expect(provider.changeZone(zone, [adding])).rejects.toMatchObject({ code });
    expect(await readFile(file(), 'utf8')).toBe(head + line);
  });

  it('waits for nobody who holds the lock, and says which file it is', async () => {
    const provider = await openDriver(head);
    await writeFile(`${file()}.zonecut-lock`, '');
    await expect(provider.changeZone(zone, [adding])).rejects.toMatchObject({
      code: 'ZC_PROVIDER_UNAVAILABLE',
      hint: expect.stringContaining('example.com.zone.zonecut-lock'),
    });
    expect(await readFile(file(), 'utf8')).toBe(head);
  });

  it('counts serials by date where they are dates, else by one, round the end', () => {
    expect(nextSerial(2026010199, '20261125')).toBe(2026112501);
    expect(nextSerial(2026112507, '20261125')).toBe(2026112508);
    expect(nextSerial(41, '20261125')).toBe(42);
    expect(nextSerial(4294967295, '20261125')).toBe(0);
    expect(editedZoneFile('@ 5 SOA a b 7 7 7 7 7', apex, [], '20261125')).toBe('@ 5 SOA a b 8 7 7 7 7\n');
  });
});
