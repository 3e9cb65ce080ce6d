import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { Provider, RRsetChange } from '../../src/providers/provider.ts';
import { driverNamed } from '../../src/providers/registry.ts';
import { hostPolicy } from '../../src/report/host-policy.ts';
import { nodeWorld } from '../../src/world/node.ts';
import { name } from '../providers/rig.ts';
import { dropTestFolder, makeTestFolder, type Named, startNamed } from './dns-named.ts';

const apex = name('example.com.');
const cut = name('staging.example.com.');
const secret = 'c2VjcmV0LW9mLXRoZS10ZXN0cy1vZi16b25lY3V0';

let folder = '';
let bind: Named;
let provider: Provider;

beforeAll(async () => {
  folder = await makeTestFolder();
  await writeFile(
    path.join(folder, 'zone'),
    `${apex} 300 IN SOA ns1.${apex} host.${apex} 1 7200 900 1209600 300\n${apex} 300 IN NS ns1.${apex}\nns1.${apex} 300 IN A 127.0.0.1\nwww.${apex} 300 IN A 192.0.2.1\n`,
  );
  const { lines } = hostPolicy('rfc2136', {
    side: 'parent',
    cut,
    zone: { id: 'example.com', apex },
    glue: true,
  });
  // What is printed for BIND, with the place of the zone's file in it.
  const printed = lines
    .slice(1, lines.indexOf('};') + 1)
    .join('\n')
    .replace(' {\n', ' {\n  type primary; file "zone"; journal "zone.jnl";\n');
  bind = await startNamed(
    folder,
    `key "zonecut-key" { algorithm hmac-sha256; secret "${secret}"; };\n${printed}`,
  );
  provider = await (await driverNamed('rfc2136').load())(nodeWorld(), {
    environment: {
      RFC2136_NAMESERVER: `${bind.address}:${bind.port}`,
      RFC2136_TSIG_KEY: 'zonecut-key',
      RFC2136_TSIG_SECRET: secret,
      RFC2136_ZONES: 'example.com',
    },
  });
});

afterAll(async () => {
  await provider?.close?.();
  await bind?.stop();
  await dropTestFolder(folder);
});

test('the rules that are printed for BIND let one delegation be written and nothing else', async () => {
  const [zone] = await provider.findZones(apex);
  if (zone === undefined) throw new Error('no zone');
  expect((await provider.rights(zone, { owner: cut })).writeRecords).toBe('yes');
  const adding = (owner: string, type: string, data: string): RRsetChange => {
    const to = rrsetOf(owner, type, 300, data);
    return { owner: to.owner, type: to.type, from: null, to };
  };
  const delegation = [adding(cut, 'NS', `ns1.${cut}`), adding(`ns1.${cut}`, 'A', '192.0.2.53')];
  await provider.changeZone(zone, delegation);
  const { rrsets } = await provider.readZone(zone);
  expect(rrsets.filter(set => set.owner.endsWith(cut)).map(set => set.type)).toEqual(['NS', 'A']);
  for (const change of [adding(`other.${apex}`, 'NS', `ns1.${apex}`), adding(`www.${apex}`, 'TXT', '"x"')]) {
    await expect(provider.changeZone(zone, [change])).rejects.toMatchObject({ code: 'ZC_RIGHTS' });
  }
  await provider.changeZone(
    zone,
    delegation.map(({ owner, type, to }) => ({ owner, type, from: to, to: null })),
  );
});
