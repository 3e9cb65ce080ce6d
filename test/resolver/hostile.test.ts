import { describe, expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import type { LimitName } from '../../src/resolver/limits.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { ask, asked, gist, type SimPlan, simulate, withServers } from './sim.ts';
import { comText, hostText, story } from './story.ts';

/** The story with more zones below com, and their text. */
function withZones(
  zones: Readonly<Record<string, string>>,
  com: string,
  servers: SimPlan['servers'] = {},
): SimPlan {
  return {
    zones: { ...story.zones, ...zones, com: `${comText}\n${com}` },
    servers: { ...story.servers, ...servers },
  };
}

function limitsOf(resolution: Resolution): readonly LimitName[] {
  return [...new Set(resolution.limits.map(fired => fired.limit))];
}

function lines(count: number, line: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => line(at)).join('\n');
}

describe('missing and wrong addresses of name servers', () => {
  it('asks the parent for the glue that its referral lacks, and ends when it has none', async () => {
    const sim = simulate(withZones({}, 'noglue NS ns.noglue'));
    const resolution = await ask(sim, sim.resolver(), 'www.noglue.com');
    expect(resolution).toMatchObject({ cause: 'no-address', zone: 'noglue.com.' });
    expect(asked(sim)).toEqual(['192.0.2.1 com. A', '192.0.2.2 noglue.com. A', '192.0.2.2 noglue.com. A']);
  });

  it('uses the server with an address when another has none', async () => {
    const sim = simulate(
      withZones(
        { 'half.com': '@ NS ns1\nns1 A 192.0.2.20\nwww A 198.51.100.1' },
        'half NS ns1.half\nhalf NS ns2.half\nhalf NS ns.gone.net.\nns1.half A 192.0.2.20',
        { '192.0.2.20': 'half.com' },
      ),
    );
    expect(gist(await ask(sim, sim.resolver(), 'www.half.com'))).toBe('198.51.100.1');
  });

  it('asks for AAAA when a server has no A', async () => {
    const sim = simulate({
      ...withZones({ 'six.com': '@ NS v6.host.net.\nwww A 198.51.100.1' }, 'six NS v6.host.net.', {
        '2001:db8::6': 'six.com',
      }),
    });
    sim.setZone('host.net', `${hostText}\nv6 AAAA 2001:db8::6`);
    expect(gist(await ask(sim, sim.resolver(), 'www.six.com'))).toBe('198.51.100.1');
  });

  it('asks no server at an address where none can be', async () => {
    const sim = simulate(
      withZones({}, 'zero NS ns.zero\nns.zero A 0.0.0.0\nns.zero A 224.0.0.1\nns.zero AAAA ::'),
    );
    expect(await ask(sim, sim.resolver(), 'www.zero.com')).toMatchObject({ cause: 'no-address' });
    expect(new Set(asked(sim))).toEqual(new Set(['192.0.2.1 com. A', '192.0.2.2 zero.com. A']));
  });

  it('finds the cycle when two zones name their servers in each other, and asks no more than it takes (TsuNAME)', async () => {
    const sim = simulate(withZones({}, 'ying NS ns.yang\nyang NS ns.ying'));
    const resolution = await ask(sim, sim.resolver(), 'www.ying.com');
    expect(resolution).toMatchObject({ kind: 'failure', cause: 'cycle', zone: 'ying.com.' });
    expect(resolution.queries).toBeLessThanOrEqual(4);
    expect(gist(await ask(sim, sim.resolver(), 'ns.yang.com'))).toBe('failure: cycle');
  });
});

describe('lies', () => {
  const poison = recordsOf(rrsetOf(parseName('www.victim.net'), 'A', 86_400, '203.0.113.66'));

  it('takes no address, alias or NS RRset from a server that has no say in it', async () => {
    const plan = withServers(story, {
      '192.0.2.20': {
        serves: ['inside.com'],
        edit: response => ({
          ...response,
          answer: [...response.answer, ...poison],
          authority: [
            ...response.authority,
            ...recordsOf(rrsetOf(parseName('host.net'), 'NS', 86_400, 'ns.evil.com.')),
            ...recordsOf(rrsetOf(parseName('com'), 'NS', 86_400, 'ns.evil.com.')),
          ],
          additional: [
            ...poison,
            ...recordsOf(rrsetOf(parseName('ns1.host.net'), 'A', 86_400, '203.0.113.66')),
            ...recordsOf(rrsetOf(parseName('a.gtld.net'), 'A', 86_400, '203.0.113.66')),
          ],
        }),
      },
    });
    const sim = simulate(plan);
    const resolver = sim.resolver();
    expect(gist(await ask(sim, resolver, 'www.inside.com'))).toBe('198.51.100.8');
    expect(JSON.stringify(resolver.dump())).not.toContain('203.0.113.66');
    expect(JSON.stringify(resolver.dump())).not.toContain('evil');
    expect(gist(await ask(sim, resolver, 'www.host.net'))).toBe('198.51.100.9');
    expect(asked(sim).join()).not.toContain('203.0.113.66');
  });

  it('does not use the glue that one zone gives for a name of another', async () => {
    const sim = simulate(withZones({}, ''));
    sim.setServer('192.0.2.2', {
      serves: ['com', 'net'],
      edit: response => ({
        ...response,
        additional: [
          ...response.additional,
          ...recordsOf(rrsetOf(parseName('ns1.host.net'), 'A', 60, '203.0.113.66')),
        ].filter(
          record =>
            response.authority.some(({ owner }) => owner === parseName('example.com')) ||
            record.data !== '203.0.113.66',
        ),
      }),
    });
    expect(gist(await ask(sim, sim.resolver(), 'www.example.com'))).toBe('198.51.100.1');
    expect(asked(sim).join()).not.toContain('203.0.113.66');
  });

  it('shows in the hop what it did not believe', async () => {
    const sim = simulate(
      withServers(story, {
        '192.0.2.20': {
          serves: ['inside.com'],
          edit: response => ({ ...response, answer: [...response.answer, ...poison] }),
        },
      }),
    );
    const { hops } = await ask(sim, sim.resolver(), 'www.inside.com');
    const verdict = hops.at(-1)?.verdict;
    expect(
      verdict?.kind === 'answer' ? verdict.dropped.map(drop => [drop.rrset.owner, drop.why]) : [],
    ).toEqual([['www.victim.net.', 'outside-zone']]);
  });

  it('lets go of a zone that its parent took away, whatever its own servers go on saying (ghost domain)', async () => {
    const ghost =
      '@ 86400 NS ns\nns 86400 A 192.0.2.40\nwww 1 A 198.51.100.66\nsub 86400 NS ns.sub\nns.sub 86400 A 192.0.2.41';
    const plan = withZones(
      { 'ghost.com': ghost, 'sub.ghost.com': '@ 86400 NS ns\nns 86400 A 192.0.2.41\nwww 1 A 198.51.100.67' },
      'ghost 100 NS ns.ghost\nns.ghost 100 A 192.0.2.40',
      { '192.0.2.40': 'ghost.com', '192.0.2.41': 'sub.ghost.com' },
    );
    const sim = simulate(plan);
    const resolver = sim.resolver();
    expect(gist(await ask(sim, resolver, 'www.sub.ghost.com'))).toBe('198.51.100.67');
    sim.setZone('com', comText);
    for (let second = 0; second < 11; second += 1) {
      sim.clock.advance(9000);
      for (const question of ['ghost.com NS', 'ns.ghost.com A', 'www.ghost.com A', 'www.sub.ghost.com A']) {
        await ask(sim, resolver, question);
      }
    }
    sim.clock.advance(2000);
    expect(gist(await ask(sim, resolver, 'www.ghost.com'))).toBe('nxdomain');
    expect(gist(await ask(sim, resolver, 'www.sub.ghost.com'))).toBe('nxdomain');
  });
});

describe('aliases', () => {
  const chain = (length: number): SimPlan =>
    withZones(
      {
        'inside.com': `@ NS ns\nns A 192.0.2.20\n${lines(length, at => `c${at} CNAME c${at + 1}`)}\nc${length} A 198.51.100.8`,
      },
      '',
    );

  it('follows eleven and no more', async () => {
    const good = simulate(chain(11));
    const resolution = await ask(good, good.resolver(), 'c0.inside.com');
    expect(gist(resolution)).toBe('198.51.100.8');
    expect(resolution.kind === 'answer' ? resolution.rrsets.length : 0).toBe(12);
    const long = simulate(chain(12));
    expect(gist(await ask(long, long.resolver(), 'c0.inside.com'))).toBe('failure: maxAliases');
  });

  it('finds that one leads back to itself, in one zone and across two', async () => {
    const sim = simulate(
      withZones(
        {
          'inside.com':
            '@ NS ns\nns A 192.0.2.20\na CNAME b\nb CNAME a\nself CNAME self\nover CNAME back.example.com.',
        },
        '',
      ),
    );
    sim.setZone('example.com', '@ NS ns1.host.net.\n@ NS ns2.host.net.\nback CNAME over.inside.com.');
    for (const name of ['a.inside.com', 'self.inside.com', 'over.inside.com']) {
      expect(gist(await ask(sim, sim.resolver(), name))).toBe('failure: alias-loop');
    }
  });

  it('gives the chain with a negative answer at its end, for the shorter of the TTLs', async () => {
    const sim = simulate(
      withZones({ 'inside.com': '@ NS ns\nns A 192.0.2.20\na 40 CNAME gone\nb 4000 CNAME gone' }, ''),
    );
    const resolver = sim.resolver();
    expect(await ask(sim, resolver, 'a.inside.com')).toMatchObject({
      kind: 'nxdomain',
      ttlSeconds: 40,
      rrsets: [{ type: 'CNAME' }],
    });
    expect(await ask(sim, sim.resolver(), 'b.inside.com')).toMatchObject({
      kind: 'nxdomain',
      ttlSeconds: 300,
    });
  });

  it('ends at the alias when told not to follow', async () => {
    const sim = simulate(story);
    const resolution = await ask(sim, sim.resolver(), 'far.example.com', { followAliases: false });
    expect(gist(resolution)).toBe('www.host.net.');
  });
});

describe('floods', () => {
  it('uses 13 of very many servers, looks 5 up in vain and stops (NXNSAttack)', async () => {
    const sim = simulate(
      withZones(
        {},
        lines(60, at => `flood NS ns${at}.nowhere.example.com.`),
      ),
    );
    const resolution = await ask(sim, sim.resolver(), 'www.flood.com');
    expect(resolution.kind).toBe('failure');
    expect(limitsOf(resolution)).toEqual(['maxServersPerCut', 'maxLookupFailures']);
    expect(resolution.queries).toBeLessThanOrEqual(20);
  });

  it('asks 13 of very many servers that have glue', async () => {
    const sim = simulate(
      withZones(
        {},
        lines(20, at => `flood NS ns${at}.flood\nns${at}.flood A 192.0.2.${100 + at}`),
      ),
    );
    const resolution = await ask(sim, sim.resolver({ limits: { totalTimeoutMs: 100_000 } }), 'www.flood.com');
    expect(limitsOf(resolution)).toContain('maxServersPerCut');
    expect(new Set(sim.seen.map(seen => seen.address)).size).toBe(2 + 13);
  });

  it('stays below the budget when every server leads to more servers (NRDelegation, CAMP)', async () => {
    const zones = Object.fromEntries(
      Array.from({ length: 12 }, (_, level) => [
        `l${level}.com`,
        `@ NS ns\nns A 192.0.2.50\n${lines(13, at => `w${at} NS ns${at}.w${at}.l${level + 1}.com.`)}`,
      ]),
    );
    const com = lines(12, level => `l${level} NS ns.l${level}\nns.l${level} A 192.0.2.50`);
    const sim = simulate(withZones(zones, com, { '192.0.2.50': Object.keys(zones).join(' ') }));
    const resolution = await ask(sim, sim.resolver(), 'www.w0.l0.com');
    expect(resolution.kind).toBe('failure');
    expect(resolution.queries).toBe(sim.seen.length);
    expect(resolution.queries).toBeLessThanOrEqual(200);
    expect(limitsOf(resolution)).toContain('maxDependencyDepth');
  });

  it.each([
    ['maxQueries', 2],
    ['maxQueriesPerName', 1],
    ['maxReferrals', 1],
    ['maxMoves', 3],
  ] as const)('ends at %s and says so', async (limit, value) => {
    const sim = simulate(story);
    const resolution = await ask(sim, sim.resolver({ limits: { [limit]: value } }), 'www.inside.com');
    expect(resolution).toMatchObject({ kind: 'failure', cause: 'limit', limit });
    expect(resolution.limits).toEqual([{ limit, value, at: 'www.inside.com.' }]);
    expect(sim.seen.length).toBeLessThanOrEqual(2);
  });

  it('ends within the total time when every server is slow and silent', async () => {
    const sim = simulate(
      withServers(
        withZones(
          {},
          lines(13, at => `slow NS ns${at}.slow\nns${at}.slow A 192.0.2.${100 + at}`),
        ),
        {},
      ),
    );
    const resolution = await ask(sim, sim.resolver(), 'www.slow.com');
    expect(resolution).toMatchObject({ kind: 'failure', limit: 'totalTimeoutMs' });
    expect(sim.clock.elapsed()).toBeLessThanOrEqual(10_000);
  });

  it('ends within the total time when very many questions wait for the same silent server', async () => {
    const sim = simulate(withZones({}, 'slow NS ns.slow\nns.slow A 192.0.2.100'));
    const resolver = sim.resolver({ limits: { maxInFlightPerServer: 2 } });
    await ask(sim, resolver, 'com NS');
    const beganMs = sim.clock.elapsed();
    const ended: number[] = [];
    const questions = Array.from({ length: 200 }, async (_, at) => {
      const { kind } = await resolver.resolve({ name: parseName(`w${at}.slow.com`), type: 'A' });
      ended.push(sim.clock.elapsed() - beganMs);
      return kind;
    });
    const kinds = await sim.clock.run(Promise.all(questions));
    expect(new Set(kinds)).toEqual(new Set(['failure']));
    expect(Math.max(...ended)).toBeLessThanOrEqual(10_000);
  });

  it('uses 6 addresses of one server', async () => {
    const sim = simulate(
      withZones({}, `many NS ns.many\n${lines(30, at => `ns.many A 192.0.2.${100 + at}`)}`),
    );
    const resolution = await ask(sim, sim.resolver({ limits: { totalTimeoutMs: 60_000 } }), 'www.many.com');
    expect(new Set(sim.seen.map(seen => seen.address)).size).toBe(8);
    expect(limitsOf(resolution)).toContain('maxAddressesPerServer');
  });

  it('believes no referral with more glue than the limit', async () => {
    const sim = simulate(
      withZones({}, `glue NS ns.glue\n${lines(41, at => `ns.glue A 192.0.2.${100 + at}`)}`),
    );
    const resolution = await ask(sim, sim.resolver(), 'www.glue.com');
    expect(limitsOf(resolution)).toEqual(['maxGluePerReferral']);
    expect(resolution.kind).toBe('failure');
  });

  it('has no more queries under way to one server than the limit', async () => {
    const sim = simulate(story);
    const resolver = sim.resolver({ limits: { maxInFlightPerServer: 3 } });
    const names = Array.from({ length: 20 }, (_, at) => ({
      name: parseName(`w${at}.inside.com`),
      type: 'A',
    }));
    const underWay = new Map<string, number>();
    let most = 0;
    const { exchange } = sim.world.dns;
    Object.assign(sim.world.dns, {
      exchange: async (...args: Parameters<typeof exchange>) => {
        const { address } = args[1];
        underWay.set(address, (underWay.get(address) ?? 0) + 1);
        most = Math.max(most, underWay.get(address) ?? 0);
        try {
          return await exchange(...args);
        } finally {
          underWay.set(address, (underWay.get(address) ?? 0) - 1);
        }
      },
    });
    const all = await sim.clock.run(Promise.all(names.map(name => resolver.resolve(name))));
    expect(all.map(resolution => resolution.kind)).toEqual(names.map(() => 'nxdomain'));
    expect(most).toBe(3);
  });

  it('takes no more different questions at once than the limit', async () => {
    const sim = simulate(story);
    const resolver = sim.resolver({ limits: { maxQuestions: 1 } });
    const first = resolver.resolve({ name: parseName('www.inside.com'), type: 'A' });
    const second = await resolver.resolve({ name: parseName('www.example.com'), type: 'A' });
    expect(second).toMatchObject({ kind: 'failure', limit: 'maxQuestions', queries: 0 });
    expect(gist(await sim.clock.run(first))).toBe('198.51.100.8');
  });
});
