import { describe, expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { ask, asked, gist, type SimServer, simulate, withServers } from './sim.ts';
import { comText, story } from './story.ts';

describe('a resolver in the ordinary Internet', () => {
  it.each([
    ['www.example.com A', '198.51.100.1'],
    ['www.example.com MX', 'nodata'],
    ['gone.example.com A', 'nxdomain'],
    ['alias.example.com A', '198.51.100.1'],
    ['far.example.com A', '198.51.100.9'],
    ['far.example.com CNAME', 'www.host.net.'],
    ['deep.empty.non.terminal.example.com A', '198.51.100.3'],
    ['empty.non.terminal.example.com A', 'nodata'],
    ['a.b.wild.example.com A', '198.51.100.4'],
    ['host.old.example.com A', '198.51.100.5'],
    ['app.staging.example.com A', '198.51.100.7'],
    ['www.inside.com A', '198.51.100.8'],
    ['staging.example.com DS', 'nodata'],
    ['example.com DS', 'nodata'],
    ['com NS', 'a.gtld.net.'],
    ['. NS', 'r0.root.'],
    ['gone A', 'nxdomain'],
  ])('resolves %s to %s, with and without minimised names', async (question, expected) => {
    const sim = simulate(story);
    expect(gist(await ask(sim, sim.resolver(), question))).toBe(expected);
    expect(gist(await ask(sim, sim.resolver({ minimise: false }), question))).toBe(expected);
  });

  it('shows each server no more of the name than it needs', async () => {
    const sim = simulate(story);
    await ask(sim, sim.resolver(), 'app.staging.example.com A');
    expect(asked(sim).map(line => line.replace(/192\.0\.2\.1[01]/, 'ns.host'))).toEqual([
      '192.0.2.1 com. A',
      '192.0.2.2 example.com. A',
      '192.0.2.1 net. A',
      '192.0.2.2 host.net. A',
      expect.stringMatching(/^ns\.host ns[12]\.host\.net\. A$/),
      'ns.host staging.example.com. A',
      '192.0.2.30 app.staging.example.com. A',
    ]);
  });

  it('records every hop with its zone, server, question and verdict', async () => {
    const sim = simulate(story);
    const { hops, queries, fromCache } = await ask(sim, sim.resolver(), 'www.inside.com A');
    expect(hops.map(hop => [hop.zone, hop.server?.address, hop.question.name, hop.verdict.kind])).toEqual([
      ['.', '192.0.2.1', 'com.', 'referral'],
      ['com.', '192.0.2.2', 'inside.com.', 'referral'],
      ['inside.com.', '192.0.2.20', 'www.inside.com.', 'answer'],
    ]);
    expect([queries, fromCache]).toEqual([3, false]);
  });

  it('asks the parent for DS, whatever it knows of the child', async () => {
    const sim = simulate(story);
    const resolver = sim.resolver();
    await ask(sim, resolver, 'app.staging.example.com A');
    sim.seen.length = 0;
    await ask(sim, resolver, 'staging.example.com DS');
    expect(asked(sim)).toEqual([expect.stringMatching(/^192\.0\.2\.1[01] staging\.example\.com\. DS$/)]);
  });

  it('joins identical questions that are under way', async () => {
    const sim = simulate(story);
    const resolver = sim.resolver();
    const wanted = { name: parseName('www.inside.com'), type: 'A' };
    const both = await sim.clock.run(Promise.all([resolver.resolve(wanted), resolver.resolve(wanted)]));
    expect(both.map(gist)).toEqual(['198.51.100.8', '198.51.100.8']);
    expect(sim.seen).toHaveLength(3);
  });

  it('lets one of two who wait go without disturbing the other', async () => {
    const sim = simulate(story);
    const resolver = sim.resolver();
    const wanted = { name: parseName('www.inside.com'), type: 'A' };
    const control = new AbortController();
    const first = resolver.resolve(wanted, { signal: control.signal });
    const second = resolver.resolve(wanted);
    control.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(gist(await sim.clock.run(second))).toBe('198.51.100.8');
  });
});

describe('a resolver with a cache', () => {
  it('answers from it with TTLs counted down, and asks again when they are over', async () => {
    const sim = simulate(story);
    const resolver = sim.resolver();
    await ask(sim, resolver, 'www.example.com A');
    sim.seen.length = 0;
    sim.clock.advance(100_500);
    const second = await ask(sim, resolver, 'www.example.com A');
    expect(second).toMatchObject({ kind: 'answer', fromCache: true, queries: 0, ttlSeconds: 199 });
    expect(second.hops.map(hop => [hop.fromCache, hop.verdict.kind])).toEqual([[true, 'answer']]);
    sim.clock.advance(200_000);
    expect((await ask(sim, resolver, 'www.example.com A')).queries).toBe(1);
  });

  it('keeps NXDOMAIN for as long as the SOA says, and not a moment longer', async () => {
    const sim = simulate(story);
    const resolver = sim.resolver();
    const first = await ask(sim, resolver, 'fresh.example.com A');
    expect(first).toMatchObject({ kind: 'nxdomain', ttlSeconds: 300, soa: { ttl: 300 } });
    const learnedMs = sim.clock.elapsed();
    sim.setZone('example.com', '@ NS ns1.host.net.\n@ NS ns2.host.net.\nfresh A 198.51.100.77');
    sim.clock.advance(learnedMs + 299_990 - sim.clock.elapsed());
    expect(gist(await ask(sim, resolver, 'fresh.example.com A'))).toBe('nxdomain');
    sim.clock.advance(10);
    expect(gist(await ask(sim, resolver, 'fresh.example.com A'))).toBe('198.51.100.77');
  });

  it('with `cache: false` asks for everything anew and leaves nothing behind', async () => {
    const sim = simulate(story);
    const resolver = sim.resolver();
    await ask(sim, resolver, 'gone.inside.com A', { cache: false });
    expect(resolver.dump()).toEqual({ answers: [], delegations: [] });
    await ask(sim, resolver, 'gone.inside.com A');
    sim.seen.length = 0;
    const fresh = await ask(sim, resolver, 'gone.inside.com A', { cache: false });
    expect([fresh.queries, sim.seen.length]).toEqual([3, 3]);
  });

  it('remembers a failure for 5 s and says so', async () => {
    const sim = simulate(withServers(story, { '192.0.2.20': { fault: 'refused-port' } }));
    const resolver = sim.resolver();
    expect(gist(await ask(sim, resolver, 'www.inside.com A'))).toBe('failure: unreachable');
    sim.setServer('192.0.2.20', { serves: ['inside.com'] });
    expect(gist(await ask(sim, resolver, 'www.inside.com A'))).toBe('failure: failed-before');
    sim.clock.advance(5000);
    expect(gist(await ask(sim, resolver, 'www.inside.com A'))).toBe('198.51.100.8');
  });

  it('forgets what it is told to', async () => {
    const sim = simulate(story);
    const resolver = sim.resolver();
    await ask(sim, resolver, 'www.inside.com A');
    resolver.forget(parseName('inside.com'));
    expect(resolver.dump().delegations.map(zone => zone.apex)).toEqual(['com.']);
    expect((await ask(sim, resolver, 'www.inside.com A')).queries).toBe(2);
  });
});

describe('a resolver among bad servers', () => {
  const lame: Readonly<Record<string, SimServer>> = {
    silent: { fault: 'silent' },
    'not there': { fault: 'refused-port' },
    'without route': { fault: 'no-route' },
    refusing: { serves: [] },
    failing: { serves: ['example.com'], edit: response => ({ ...response, rcode: 'SERVFAIL', answer: [] }) },
    'answering from a cache': {
      serves: ['example.com', 'host.net'],
      edit: response => ({ ...response, authoritative: false, recursionAvailable: true }),
    },
    'referring upwards': {
      edit: response => ({
        ...response,
        rcode: 'NOERROR',
        authority: recordsOf(rrsetOf(parseName('.'), 'NS', 60, 'r0.root.')),
      }),
    },
    'answering nothing': { edit: response => ({ ...response, rcode: 'NOERROR' }) },
    'truncating over TCP too': {
      serves: ['example.com'],
      edit: response => ({ ...response, truncated: true, answer: [] }),
    },
  };

  it.each(Object.keys(lame))('gets by when one of two servers is %s', async kind => {
    for (const bad of ['192.0.2.10', '192.0.2.11']) {
      const sim = simulate(withServers(story, { [bad]: lame[kind] ?? {} }));
      expect(gist(await ask(sim, sim.resolver(), 'www.example.com A'))).toBe('198.51.100.1');
    }
  });

  it('says that nobody answers, and how many were asked', async () => {
    const sim = simulate(withServers(story, { '192.0.2.20': { fault: 'silent' } }));
    const resolution = await ask(sim, sim.resolver(), 'www.inside.com A');
    expect(resolution).toMatchObject({
      cause: 'unreachable',
      zone: 'inside.com.',
      reason: 'no name server of inside.com. answers (1 asked)',
    });
    expect(sim.seen.filter(seen => seen.address === '192.0.2.20')).toHaveLength(3);
  });

  it('says that servers are lame, and how', async () => {
    const sim = simulate(withServers(story, { '192.0.2.20': { serves: [] } }));
    const resolution = await ask(sim, sim.resolver(), 'www.inside.com A');
    expect(resolution).toMatchObject({
      cause: 'lame',
      reason: 'no name server of inside.com. answers for it: refused',
    });
  });

  it('counts a server as down after three timeouts, and asks it once more when nothing else is left', async () => {
    const sim = simulate(withServers(story, { '192.0.2.20': { fault: 'silent' } }));
    const resolver = sim.resolver();
    await ask(sim, resolver, 'www.inside.com A');
    sim.seen.length = 0;
    await ask(sim, resolver, 'other.inside.com A');
    expect(asked(sim)).toEqual(['192.0.2.20 other.inside.com. A']);
  });

  it('goes over to TCP when a response is truncated', async () => {
    const truncating: SimServer = {
      serves: ['inside.com'],
      edit: (response, _query, protocol) =>
        protocol === 'udp' ? { ...response, truncated: true, answer: [] } : response,
    };
    const sim = simulate(withServers(story, { '192.0.2.20': truncating }));
    expect(gist(await ask(sim, sim.resolver(), 'www.inside.com A'))).toBe('198.51.100.8');
    expect(asked(sim).slice(-2)).toEqual([
      '192.0.2.20 www.inside.com. A',
      '192.0.2.20 www.inside.com. A tcp',
    ]);
  });

  it('asks without EDNS where it is not known, and remembers that', async () => {
    const old: SimServer = {
      serves: ['inside.com'],
      edit: (response, query) =>
        query.edns === null
          ? response
          : { ...response, rcode: 'FORMERR', edns: null, answer: [], authority: [] },
    };
    const sim = simulate(withServers(story, { '192.0.2.20': old }));
    const resolver = sim.resolver();
    expect(gist(await ask(sim, resolver, 'www.inside.com A'))).toBe('198.51.100.8');
    await ask(sim, resolver, 'other.inside.com A');
    expect(asked(sim).slice(-3)).toEqual([
      '192.0.2.20 www.inside.com. A',
      '192.0.2.20 www.inside.com. A no-edns',
      '192.0.2.20 other.inside.com. A no-edns',
    ]);
  });

  it.each([
    ['denies', (rcode: string) => ({ rcode })],
    ['refuses', () => ({ rcode: 'REFUSED', authority: [] })],
  ])('asks for the whole name where a server %s an empty non-terminal', async (_word, change) => {
    const denying: SimServer = {
      serves: ['example.com', 'host.net'],
      edit: (response, query) =>
        query.questions[0]?.name === parseName('terminal.example.com')
          ? { ...response, ...change('NXDOMAIN') }
          : response,
    };
    const sim = simulate(withServers(story, { '192.0.2.10': denying, '192.0.2.11': denying }));
    expect(gist(await ask(sim, sim.resolver(), 'deep.empty.non.terminal.example.com A'))).toBe(
      '198.51.100.3',
    );
  });

  it('takes a second empty message for the answer that there is none', async () => {
    const empty: SimServer = { edit: response => ({ ...response, rcode: 'NOERROR' }) };
    const sim = simulate(withServers(story, { '192.0.2.20': empty }));
    const resolution = await ask(sim, sim.resolver(), 'www.inside.com');
    expect(resolution).toMatchObject({ kind: 'nodata', soa: null, ttlSeconds: 5 });
    expect(asked(sim).filter(line => line.startsWith('192.0.2.20'))).toHaveLength(2);
  });

  it('counts a negative answer by the MINIMUM of its SOA even where the server sends it with a longer TTL', async () => {
    const long: SimServer = {
      serves: ['inside.com'],
      edit: response => ({
        ...response,
        authority: response.authority.map(record => ({ ...record, ttl: 3600 })),
      }),
    };
    const sim = simulate(withServers(story, { '192.0.2.20': long }));
    expect(await ask(sim, sim.resolver(), 'gone.inside.com')).toMatchObject({
      ttlSeconds: 300,
      soa: { ttl: 300 },
    });
  });

  it('asks for the whole name at once after a denial on the way to it', async () => {
    const sim = simulate(story);
    await ask(sim, sim.resolver(), 'a.b.c.d.e.inside.com');
    expect(asked(sim).filter(line => line.startsWith('192.0.2.20'))).toEqual([
      '192.0.2.20 e.inside.com. A',
      '192.0.2.20 a.b.c.d.e.inside.com. A',
    ]);
  });

  it('gives servers that refuse minimised names a second chance with the whole one', async () => {
    const picky: SimServer = {
      serves: ['picky.com'],
      edit: (response, query) =>
        query.questions[0]?.name === parseName('a.b.picky.com')
          ? response
          : { ...response, rcode: 'REFUSED', answer: [] },
    };
    const names = ['ns1', 'ns2', 'ns3'];
    const sim = simulate({
      zones: {
        ...story.zones,
        com: `${comText}\n${names.map((name, at) => `picky NS ${name}.picky\n${name}.picky A 192.0.2.${71 + at}`).join('\n')}`,
        'picky.com': `${names.map((name, at) => `@ NS ${name}\n${name} A 192.0.2.${71 + at}`).join('\n')}\na.b A 198.51.100.1`,
      },
      servers: { ...story.servers, '192.0.2.71': picky, '192.0.2.72': picky, '192.0.2.73': picky },
    });
    expect(gist(await ask(sim, sim.resolver(), 'a.b.picky.com'))).toBe('198.51.100.1');
  });

  it('asks IPv4 first once IPv6 turns out to have no route, and the other way round', async () => {
    for (const [dead, alive] of [
      ['2001:db8::20', '192.0.2.20'],
      ['192.0.2.20', '2001:db8::20'],
    ]) {
      const sim = simulate({
        zones: {
          ...story.zones,
          com: comText.replace(
            'ns.inside A 192.0.2.20',
            'ns.inside A 192.0.2.20\nns.inside AAAA 2001:db8::20',
          ),
        },
        servers: {
          ...story.servers,
          [dead ?? '']: { fault: 'no-route' },
          [alive ?? '']: { serves: ['inside.com'] },
        },
      });
      const resolver = sim.resolver();
      for (const name of ['www.inside.com', 'a.inside.com', 'b.inside.com', 'c.inside.com']) {
        expect((await ask(sim, resolver, name)).kind).not.toBe('failure');
      }
      expect(sim.seen.filter(seen => seen.address === dead).length).toBeLessThanOrEqual(1);
    }
  });

  it.each([
    ['AAAA', '2001:db8::20', 'IPv6'],
    ['A', '192.0.2.20', 'IPv4'],
  ])(
    'says without a wait that a zone has servers with %s records only, where that family is missing',
    async (type, address, family) => {
      const sim = simulate({
        zones: {
          ...story.zones,
          com: comText.replace('ns.inside A 192.0.2.20', `ns.inside ${type} ${address}`),
        },
        servers: { ...story.servers, [address]: { fault: 'no-route' } },
      });
      const began = sim.clock.elapsed();
      expect(await ask(sim, sim.resolver(), 'www.inside.com')).toMatchObject({
        kind: 'failure',
        cause: 'unreachable',
        reason: `every name server of inside.com. has ${family} addresses only, and this machine has no route there`,
      });
      expect(sim.clock.elapsed() - began).toBeLessThan(100);
      expect(sim.seen.filter(seen => seen.address === address).length).toBeLessThanOrEqual(1);
    },
  );
});
