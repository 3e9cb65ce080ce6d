import { describe, expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import type { ZoneCut, ZoneFailure } from '../../src/resolver/resolution.ts';
import type { ResolveOptions, Resolver } from '../../src/resolver/resolver.ts';
import { asked, type Sim, simulate, withServers } from './sim.ts';
import { comText, story } from './story.ts';

function zoneOf(
  sim: Sim,
  name: string,
  resolver: Resolver = sim.resolver(),
  options?: ResolveOptions,
): Promise<ZoneCut | ZoneFailure> {
  return sim.clock.run(resolver.zoneOf(parseName(name), options));
}

describe('zoneOf', () => {
  it.each([
    ['www.example.com', 'example.com.', 'com.'],
    ['example.com', 'example.com.', 'com.'],
    ['gone.below.example.com', 'example.com.', 'com.'],
    ['alias.example.com', 'example.com.', 'com.'],
    ['below.alias.example.com', 'example.com.', 'com.'],
    ['empty.non.terminal.example.com', 'example.com.', 'com.'],
    ['host.old.example.com', 'example.com.', 'com.'],
    ['staging.example.com', 'staging.example.com.', 'example.com.'],
    ['app.staging.example.com', 'staging.example.com.', 'example.com.'],
    ['host.net', 'host.net.', 'net.'],
    ['gone.com', 'com.', '.'],
    ['gone', '.', null],
    ['.', '.', null],
  ])('finds that %s is in %s, below %s', async (name, apex, parent) => {
    expect(await zoneOf(simulate(story), name)).toMatchObject({ kind: 'zone', apex, parent });
  });

  it('gives the NS RRset of the parent with each server and its addresses', async () => {
    const zone = await zoneOf(simulate(story), 'www.example.com');
    expect(zone).toMatchObject({
      ns: { owner: 'example.com.', ttl: 86_400, data: ['ns1.host.net.', 'ns2.host.net.'] },
      servers: [
        { name: 'ns1.host.net.', addresses: ['192.0.2.10'], from: 'resolved' },
        { name: 'ns2.host.net.', addresses: ['192.0.2.11'], from: 'resolved' },
      ],
    });
    expect(await zoneOf(simulate(story), 'www.inside.com')).toMatchObject({
      servers: [{ name: 'ns.inside.com.', addresses: ['192.0.2.20'], from: 'glue' }],
    });
    expect(await zoneOf(simulate(story), '.')).toMatchObject({
      servers: [{ name: 'r0.root.', addresses: ['192.0.2.1'], from: 'hints' }],
    });
  });

  it('finds a zone whose servers have its parent too, so that no referral is ever seen', async () => {
    const sim = simulate({
      zones: {
        ...story.zones,
        com: `${comText}\nsecond NS ns.second\nns.second A 192.0.2.2`,
        'second.com': '@ 777 NS ns\nns A 192.0.2.2\nwww A 198.51.100.1',
      },
      servers: { ...story.servers, '192.0.2.2': 'com net second.com' },
    });
    expect(await zoneOf(sim, 'www.second.com')).toMatchObject({
      kind: 'zone',
      apex: 'second.com.',
      parent: 'com.',
      delegation: null,
      ns: { ttl: 777 },
      servers: [{ addresses: ['192.0.2.2'] }],
    });
  });

  it('fails where the deepest zone does not answer, and does not take the one above for it', async () => {
    const sim = simulate(withServers(story, { '192.0.2.30': { fault: 'refused-port' } }));
    expect(await zoneOf(sim, 'app.staging.example.com')).toMatchObject({
      kind: 'failure',
      cause: 'unreachable',
      zone: 'staging.example.com.',
    });
  });

  it('sees a new cut at once with `cache: false`, though the resolver remembers that there was none', async () => {
    const sim = simulate(story);
    const resolver = sim.resolver();
    sim.setZone('example.com', '@ NS ns1.host.net.\n@ NS ns2.host.net.');
    await sim.clock.run(resolver.resolve({ name: parseName('staging.example.com'), type: 'NS' }));
    expect(await zoneOf(sim, 'staging.example.com', resolver)).toMatchObject({ apex: 'example.com.' });
    sim.setZone('example.com', story.zones['example.com'] ?? '');
    expect(await zoneOf(sim, 'staging.example.com', resolver, { cache: false })).toMatchObject({
      apex: 'staging.example.com.',
    });
  });

  it('asks without RD, and nobody but authoritative servers', async () => {
    const sim = simulate(story);
    await zoneOf(sim, 'app.staging.example.com');
    const servers = new Set(Object.keys(story.servers));
    expect(sim.seen.every(seen => servers.has(seen.address))).toBe(true);
    expect(sim.seen.some(seen => seen.recursionDesired)).toBe(false);
  });

  it('leaves nothing of the names asked in the answer cache', async () => {
    const sim = simulate(story);
    const resolver = sim.resolver();
    await zoneOf(sim, 'gone.inside.com', resolver);
    expect(resolver.dump().answers).toEqual([]);
    expect(asked(sim).at(-1)).toBe('192.0.2.20 gone.inside.com. SOA');
  });
});
