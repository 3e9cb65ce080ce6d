import { defaultLimits } from '../../src/resolver/limits.ts';
import type { Harm } from './chaos.ts';
import type { Seen } from './load.ts';
import { type Sample, trendOf } from './memory.ts';

/** Everything that was seen in a soak. */
export interface Observed {
  readonly minutes: number;
  readonly seen: Seen;
  readonly harm: Harm;
  readonly samples: readonly Sample[];
  /** What came of the questions asked when all servers were back. */
  readonly recovered: { readonly asked: number; readonly zonesLeft: number; readonly seconds: number };
  /** Questions asked beside those of the load. */
  readonly asked: number;
  readonly metrics: string;
  /** What the cache weighs by its own account, and what it may. */
  readonly cacheOctets: number;
  readonly maxCacheOctets: number;
  /** The daemon when nothing was asked any more; null when it was gone. */
  readonly idle: Sample | null;
  readonly stopped: { readonly seconds: number };
}

/** One thing that has to hold. */
export interface Check {
  readonly what: string;
  readonly holds: boolean;
  readonly found: string;
}

/** Milliseconds that an answer may take beyond the resolver's own limit: the load itself makes programs wait. */
const lateMs = 3000;
/** Seconds in which a daemon that is asked nothing more is gone, on a busy machine too: half of those that open questions would have. */
const maxStopSeconds = 8;
/** Memory may gain so much in the second half; a heap takes minutes to find its size. */
function maxGained(minutes: number): number {
  return minutes < 5 ? 0.25 : 0.1;
}

/** What has to hold after a soak. */
export function checksOf(observed: Observed, relayOutput: string, daemonOutput: string): readonly Check[] {
  const { seen, harm, samples, minutes, recovered, stopped } = observed;
  const limitMs = defaultLimits.totalTimeoutMs + lateMs;
  const trend = trendOf(samples, 30 * minutes);
  const lost = lostIn(relayOutput);
  const noise = daemonOutput.split('\n').filter(line => /error|warn|unhandled/i.test(line));
  return [
    {
      what: 'the daemon lives to the end',
      holds: observed.idle !== null && noise.length === 0,
      found: noise[0] ?? `${samples.length} looks at it`,
    },
    {
      what: 'every query is answered',
      holds: seen.unanswered === 0 && seen.answered === seen.sent && seen.sent > 0,
      found: `${seen.sent - seen.answered} of ${seen.sent} not; ${seen.wrong.join('; ')}`,
    },
    {
      what: `every answer comes within ${limitMs} ms`,
      holds: seen.latencies.maxMs <= limitMs,
      found: `${seen.latencies.maxMs.toFixed(0)} ms at most`,
    },
    {
      what: 'every answer is right, or SERVFAIL',
      holds: seen.wrongs === 0,
      found: seen.wrongs === 0 ? `${seen.answered} looked at` : seen.wrong.join('; '),
    },
    {
      what: 'memory is flat in the second half',
      holds: trend.gained <= maxGained(minutes),
      found: `${(100 * trend.gained).toFixed(1)} % gained, ${100 * maxGained(minutes)} % allowed`,
    },
    {
      what: 'the cache is full and no fuller',
      holds:
        observed.cacheOctets > 0.5 * observed.maxCacheOctets &&
        observed.cacheOctets <= observed.maxCacheOctets,
      found: `${observed.cacheOctets} of ${observed.maxCacheOctets} octets`,
    },
    filesCheck(observed),
    metricsCheck(observed),
    {
      what: 'servers were killed and stopped, and datagrams lost',
      holds: harm.kills > 0 && harm.stops > 0 && lost > 0.03,
      found: `${harm.kills} kills, ${harm.stops} stops, ${(100 * lost).toFixed(1)} % lost`,
    },
    {
      what: 'with all servers back, every zone resolves',
      holds: recovered.zonesLeft === 0,
      found: `${recovered.zonesLeft} zones do not after ${recovered.seconds.toFixed(1)} s`,
    },
    {
      what: 'SIGTERM ends it in time',
      holds: stopped.seconds < maxStopSeconds,
      found: `${stopped.seconds.toFixed(2)} s`,
    },
  ];
}

/** Sockets that are not closed are open files. The first third fills the pool of those that stay open. */
function filesCheck({ samples, idle, minutes }: Observed): Check {
  const most = Math.max(...samples.map(({ openFiles }) => openFiles));
  const early = samples.filter(({ atSeconds }) => atSeconds < 20 * minutes);
  const first = Math.max(...early.map(({ openFiles }) => openFiles));
  return {
    what: 'no socket is left over when nothing is asked any more',
    holds: idle !== null && idle.openFiles <= first,
    found: `${first} open files at most in the first third, ${most} at most, ${idle?.openFiles ?? 0} at rest`,
  };
}

/** What the daemon counted has to be what the client saw, to the last query. */
function metricsCheck({ metrics, seen, asked }: Observed): Check {
  const counted = new Map<string, number>();
  for (const [, rcode = '', count] of metrics.matchAll(
    /^zonecut_resolver_queries_total\{[^}]*rcode="(\w+)"[^}]*\} (\d+)$/gm,
  )) {
    counted.set(rcode, (counted.get(rcode) ?? 0) + Number(count));
  }
  const sum = [...counted.values()].reduce((all, count) => all + count, 0);
  const agree = ['NXDOMAIN', 'FORMERR', 'REFUSED'].every(
    rcode => (counted.get(rcode) ?? 0) === (seen.rcodes.get(rcode) ?? 0),
  );
  const answered = seen.answered + asked;
  const failures = (counted.get('SERVFAIL') ?? 0) - (seen.rcodes.get('SERVFAIL') ?? 0);
  return {
    what: 'the metrics say what the client saw',
    holds: sum === answered && agree && failures >= 0 && failures <= asked,
    found: `${sum} counted, ${answered} seen, ${[...counted].map(([rcode, count]) => `${rcode} ${count}`).join(', ')}`,
  };
}

function lostIn(relayOutput: string): number {
  const [, carried = '0', lost = '0'] = /carried (\d+), lost (\d+)/.exec(relayOutput) ?? [];
  const all = Number(carried) + Number(lost);
  return all === 0 ? 0 : Number(lost) / all;
}
