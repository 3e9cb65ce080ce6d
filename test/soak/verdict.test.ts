import { describe, expect, it } from 'vitest';
import { Latencies } from './latencies.ts';
import { type Sample, trendOf } from './memory.ts';
import { checksOf, type Observed } from './verdict.ts';

function samples(octetsAt: (seconds: number) => number, openFiles = 90): readonly Sample[] {
  return Array.from({ length: 60 }, (_, at) => ({
    atSeconds: at,
    residentOctets: octetsAt(at),
    openFiles,
  }));
}

function latencies(...ms: readonly number[]): Latencies {
  const all = new Latencies();
  for (const one of ms) all.add(one);
  return all;
}

const good: Observed = {
  minutes: 1,
  seen: {
    sent: 10,
    overTcp: 1,
    answered: 10,
    unanswered: 0,
    wrong: [],
    wrongs: 0,
    rcodes: new Map([
      ['NOERROR', 8],
      ['NXDOMAIN', 1],
      ['SERVFAIL', 1],
    ]),
    latencies: latencies(1, 2, 9000),
  },
  harm: { kills: 1, stops: 1, awaySeconds: 5 },
  // The cache fills in the first third.
  samples: samples(seconds => 1e8 + 1e6 * Math.min(seconds, 20)),
  recovered: { asked: 2, zonesLeft: 0, seconds: 1 },
  asked: 2,
  cacheOctets: 95,
  maxCacheOctets: 100,
  metrics: [
    'zonecut_resolver_queries_total{type="A",rcode="NOERROR",protocol="udp"} 9',
    'zonecut_resolver_queries_total{type="MX",rcode="NOERROR",protocol="tcp"} 1',
    'zonecut_resolver_queries_total{type="A",rcode="NXDOMAIN",protocol="udp"} 1',
    'zonecut_resolver_queries_total{type="A",rcode="SERVFAIL",protocol="udp"} 1',
  ].join('\n'),
  idle: { atSeconds: 0, residentOctets: 1e8, openFiles: 85 },
  stopped: { seconds: 0.1 },
};

function failed(change: Partial<Observed>, relay = 'carried 95, lost 5', daemon = ''): readonly string[] {
  return checksOf({ ...good, ...change }, relay, daemon)
    .filter(({ holds }) => !holds)
    .map(({ what }) => what);
}

describe('checksOf', () => {
  it('finds nothing where nothing is', () => {
    expect(failed({})).toEqual([]);
  });

  it.each([
    ['every query is answered', { seen: { ...good.seen, sent: 11, unanswered: 1 } }],
    ['every answer comes within 13000 ms', { seen: { ...good.seen, latencies: latencies(1, 13_001) } }],
    ['every answer is right, or SERVFAIL', { seen: { ...good.seen, wrongs: 1, wrong: ['x'] } }],
    ['memory is flat in the second half', { samples: samples(seconds => 1e8 + 3e6 * seconds) }],
    ['no socket is left over when nothing is asked any more', { samples: samples(() => 1e8, 60) }],
    ['the metrics say what the client saw', { metrics: good.metrics.replace('} 9', '} 8') }],
    ['servers were killed and stopped, and datagrams lost', { harm: { ...good.harm, kills: 0 } }],
    ['with all servers back, every zone resolves', { recovered: { ...good.recovered, zonesLeft: 1 } }],
    ['the cache is full and no fuller', { cacheOctets: 101 }],
    ['SIGTERM ends it in time', { stopped: { seconds: 8.1 } }],
  ])('sees when it is not so that %s', (what, change) => {
    expect(failed(change)).toEqual([what]);
  });

  it('sees a daemon that is gone, or that complains, and a relay that loses nothing', () => {
    expect(failed({ idle: null })).toContain('the daemon lives to the end');
    expect(failed({}, 'carried 95, lost 5', 'UnhandledPromiseRejection: x')).toEqual([
      'the daemon lives to the end',
    ]);
    expect(failed({}, 'carried 100, lost 0')).toHaveLength(1);
  });
});

describe('trendOf', () => {
  it('is the slope after the warm-up, whatever was before', () => {
    const trend = trendOf(
      samples(seconds => (seconds < 20 ? 1 : 1e8 + 1e5 * seconds)),
      20,
    );
    expect(trend.octetsPerMinute).toBeCloseTo(6e6);
    expect(trend.gained).toBeCloseTo((39 * 1e5) / trend.meanOctets);
  });
});

describe('Latencies', () => {
  it('knows percentiles to 2 %', () => {
    const all = latencies(...Array.from({ length: 1000 }, (_, at) => at + 1));
    for (const share of [0.1, 0.5, 0.99]) {
      expect(Math.abs(all.percentileMs(share) / (1000 * share) - 1)).toBeLessThan(0.02);
    }
    expect(all.maxMs).toBe(1000);
    expect(new Latencies().percentileMs(0.5)).toBe(0);
  });
});
