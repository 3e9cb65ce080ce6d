import { expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { makeZone } from '../../src/dns/zone.ts';
import { publicZones } from '../../src/sandbox/public-zones.ts';
import { dynExample, route53Example } from '../../src/sandbox/topology.ts';
import { accounts } from './accounts.ts';
import { type Box, briefTimes, commands, openBox } from './box.ts';

const { dyn, route53 } = accounts;
const cut = parseName(`staging.${route53Example.apex}`);
const flags = { child: 'route53', for: 'authoritative' };

async function within(act: (box: Box) => Promise<void>): Promise<void> {
  const box = await openBox({}, 'none');
  try {
    await act(box);
  } finally {
    await box.close();
  }
}

test.concurrent('of two accounts that both hold the zone above, the one is taken that the world uses', () =>
  within(async box => {
    dyn.makeZone(box.internet, route53Example.apex, []);
    const ran = await box.run(commands.delegate(cut, flags), { hurry: true });
    expect(ran).toMatchObject({ exitCode: 0, error: null });
    expect(route53.nsOf(box.internet, cut)).not.toEqual([]);
    const strays = dyn.zonesOf(box.internet, route53Example.apex);
    expect(strays.flatMap(zone => zone.rrsets).filter(set => set.owner === cut)).toEqual([]);
  }));

test.concurrent('where the world uses both of them, the user is asked which one is meant, and nothing is changed', () =>
  within(async box => {
    const { internet } = box;
    dyn.makeZone(internet, route53Example.apex, []);
    const both = rrsetOf(route53Example.apex, 'NS', 5, ...route53Example.servers, ...dynExample.servers);
    route53.put(internet, both);
    const above = publicZones(briefTimes).find(({ zone }) => zone.apex === parseName('org'));
    if (above === undefined) throw new Error('no org.');
    const others = above.zone.rrsets.filter(set => set.owner !== both.owner || set.type !== 'NS');
    internet.nameServers.publish('public:org.', makeZone(above.zone.apex, [...others, both]), above.servers);
    const before = route53.rowsBeside(internet, cut);
    const ran = await box.run(commands.delegate(cut, flags), { hurry: true });
    expect(ran).toMatchObject({
      exitCode: 2,
      error: {
        code: 'ZC_USAGE',
        message: expect.stringMatching(
          /^Route 53 .* and Dyn .* both hold a zone above staging\.example\.org\.$/,
        ),
        hint: 'Say which one the world uses with --parent.',
      },
    });
    expect(route53.rowsBeside(internet, cut)).toEqual(before);
    expect(route53.zonesOf(internet, cut)).toEqual([]);
  }));
