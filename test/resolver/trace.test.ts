import { describe, expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { type Trace, type TraceOptions, traceName } from '../../src/resolver/trace.ts';
import { asked, type Sim, simulate, withServers } from './sim.ts';
import { comText, story } from './story.ts';

function trace(sim: Sim, text: string, options: Partial<TraceOptions> = {}): Promise<Trace> {
  const [name = '', type = 'A'] = text.split(' ');
  return sim.clock.run(
    traceName(sim.world, { name: parseName(name), type }, { hints: sim.hints, ...options }),
  );
}

describe('traceName', () => {
  it('asks every server of every zone from the root to the one that answers', async () => {
    const sim = simulate(story);
    const traced = await trace(sim, 'www.example.com');
    expect(
      traced.levels.map(level => [
        level.zone,
        level.servers.map(
          server => `${server.name} ${server.address} ${server.from} ${server.verdict.kind} ${server.rttMs}`,
        ),
        level.agrees,
        level.next,
      ]),
    ).toEqual([
      ['.', ['r0.root. 192.0.2.1 hints referral 10'], true, 'com.'],
      ['com.', ['a.gtld.net. 192.0.2.2 glue referral 10'], true, 'example.com.'],
      [
        'example.com.',
        ['ns1.host.net. 192.0.2.10 resolved answer 10', 'ns2.host.net. 192.0.2.11 resolved answer 10'],
        true,
        null,
      ],
    ]);
    expect(traced.outcome).toMatchObject({
      kind: 'answer',
      authoritative: true,
      rrsets: [{ data: ['198.51.100.1'] }],
    });
    expect(traced.queries).toBe(4);
  });

  it('asks all servers of a level at the same time', async () => {
    const sim = simulate(
      withServers(story, {
        '192.0.2.10': { serves: ['example.com', 'host.net'], rttMs: 300 },
        '192.0.2.11': { serves: ['example.com', 'host.net'], rttMs: 300 },
      }),
    );
    const startedMs: number[] = [];
    const { exchange } = sim.world.dns;
    Object.assign(sim.world.dns, {
      exchange: (...args: Parameters<typeof exchange>) => {
        if (
          args[0].questions[0]?.name === parseName('www.example.com') &&
          args[1].address.startsWith('192.0.2.1')
        ) {
          startedMs.push(sim.clock.elapsed());
        }
        return exchange(...args);
      },
    });
    await trace(sim, 'www.example.com');
    expect(startedMs.at(-1)).toBe(startedMs.at(-2));
  });

  it.each([
    ['gone.example.com A', { kind: 'nxdomain', soa: { owner: 'example.com.' } }],
    ['www.example.com MX', { kind: 'nodata' }],
    ['far.example.com A', { kind: 'alias', target: 'www.host.net.' }],
    ['staging.example.com NS', { kind: 'answer', rrsets: [{ data: ['ns.staging.example.com.'] }] }],
    ['staging.example.com DS', { kind: 'nodata', soa: { owner: 'example.com.' } }],
    ['. NS', { kind: 'answer' }],
  ])('ends %s as it is', async (question, outcome) => {
    expect((await trace(simulate(story), question)).outcome).toMatchObject(outcome);
  });

  it('shows what a resolver would have kept the second time, with the seconds that are left', async () => {
    const sim = simulate(story);
    const { second } = await trace(sim, 'www.example.com');
    expect(second).toEqual({
      fromCache: [
        { what: 'delegation', name: 'com.', ttlSeconds: expect.any(Number) },
        { what: 'delegation', name: 'example.com.', ttlSeconds: expect.any(Number) },
        { what: 'answer', name: 'www.example.com.', ttlSeconds: 300 },
      ],
      asked: [],
      outcome: 'answer',
    });
    expect(second.fromCache[0]?.ttlSeconds).toBeGreaterThan(172_000);
  });

  it('asks again the second time what may not be kept', async () => {
    const sim = simulate(story);
    sim.setZone('inside.com', '@ NS ns\nns A 192.0.2.20\nwww 0 A 198.51.100.8');
    const { second } = await trace(sim, 'www.inside.com');
    expect(second.fromCache.map(({ name }) => name)).toEqual(['com.', 'inside.com.']);
    expect(second.asked.map(hop => hop.server?.address)).toEqual(['192.0.2.20']);
  });

  it('names the servers that say something else', async () => {
    const sim = simulate(
      withServers(story, {
        '192.0.2.10': { serves: [] },
      }),
    );
    const last = (await trace(sim, 'www.example.com')).levels.at(-1);
    expect(last?.agrees).toBe(false);
    expect(last?.opinions).toEqual([
      { said: 'refused', servers: ['ns1.host.net. 192.0.2.10'] },
      { said: 'answer www.example.com. A 198.51.100.1', servers: ['ns2.host.net. 192.0.2.11'] },
    ]);
  });

  it('takes silence for no disagreement, and shows it', async () => {
    const sim = simulate(withServers(story, { '192.0.2.10': { fault: 'silent' } }));
    const last = (await trace(sim, 'www.example.com', { timeoutMs: 100 })).levels.at(-1);
    expect(last?.agrees).toBe(true);
    expect(last?.servers.map(server => [server.verdict.kind, server.attempts.length])).toEqual([
      ['timeout', 2],
      ['answer', 1],
    ]);
  });

  it('shows a name server that has no address, and ends with a failure when no other answers', async () => {
    const sim = simulate({ ...story, zones: { ...story.zones, com: `${comText}\nnoglue NS ns.noglue` } });
    const traced = await trace(sim, 'www.noglue.com');
    expect(traced.levels.at(-1)?.servers).toMatchObject([
      { name: 'ns.noglue.com.', address: null, verdict: { kind: 'no-address' } },
    ]);
    expect(traced.outcome).toMatchObject({ kind: 'failure', cause: 'no-address' });
  });

  it('tells of each level as soon as it is known, and comes through JSON unchanged', async () => {
    const zones: string[] = [];
    const traced = await trace(simulate(story), 'app.staging.example.com', {
      onLevel: level => zones.push(level.zone),
    });
    expect(zones).toEqual(['.', 'com.', 'example.com.', 'staging.example.com.']);
    expect(JSON.parse(JSON.stringify(traced))).toEqual(traced);
  });

  it('asks no more servers of one zone than the limit, and says so', async () => {
    const sim = simulate(story);
    const traced = await trace(sim, 'www.example.com', { limits: { maxTraceServers: 1 } });
    expect(traced.levels.at(-1)?.servers).toHaveLength(1);
    expect(traced.limits).toEqual([{ limit: 'maxTraceServers', value: 1, at: 'example.com.' }]);
    expect(asked(sim)).not.toContain('192.0.2.11 www.example.com. A');
  });

  it('goes where most servers say, and does not follow one that refers against two that answer', async () => {
    const many = {
      ...story,
      zones: {
        ...story.zones,
        com: `${comText}\nthird NS a.third\nthird NS b.third\nthird NS c.third\na.third A 192.0.2.61\nb.third A 192.0.2.62\nc.third A 192.0.2.63`,
        'third.com':
          '@ NS a\n@ NS b\n@ NS c\na A 192.0.2.61\nb A 192.0.2.62\nc A 192.0.2.63\nwww.sub A 198.51.100.1',
      },
      servers: {
        ...story.servers,
        '192.0.2.61': 'third.com',
        '192.0.2.62': 'third.com',
        '192.0.2.63': { serves: ['third.com'] },
      },
    };
    const sim = simulate({
      ...many,
      servers: {
        ...many.servers,
        '192.0.2.63': {
          serves: ['third.com'],
          edit: response => ({
            ...response,
            authoritative: false,
            answer: [],
            authority: recordsOf(rrsetOf(parseName('sub.third.com'), 'NS', 60, 'ns.sub.third.com.')),
          }),
        },
      },
    });
    const traced = await trace(sim, 'www.sub.third.com');
    expect(traced.levels.at(-1)).toMatchObject({ zone: 'third.com.', agrees: false, next: null });
    expect(traced.outcome).toMatchObject({ kind: 'answer' });
  });
});
