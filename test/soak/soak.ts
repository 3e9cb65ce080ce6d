import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { defaultLimits } from '../../src/resolver/limits.ts';
import { nodeTransport } from '../../src/world/node.ts';
import { type Running, startProgram } from '../interop/programs.ts';
import { seededRandom } from '../resolver/sim.ts';
import { type Harm, startServers } from './chaos.ts';
import { makeInternet, zoneCount } from './internet.ts';
import { Load, type Seen } from './load.ts';
import { type Sample, sampleOf, trendOf } from './memory.ts';
import { type Check, checksOf, type Observed } from './verdict.ts';

/** How long and how hard. */
export interface SoakOptions {
  readonly minutes: number;
  /** Questions under way at once. */
  readonly outstanding: number;
}

const daemon = { address: '127.53.0.1', port: 53 };
const metricsPort = 9153;
/** Small, so that it is full before memory is judged. */
const cacheMebibytes = 6;
/** Share of the datagrams between resolver and servers that is lost, in each direction. */
const loss = 0.05;
/** Milliseconds over the resolver's own limit for a question after which a client gives up. */
const graceMs = 10_000;

/** Runs the resolver daemon under load while its servers fail, and prints what came of it. */
export async function soak({ minutes, outstanding }: SoakOptions): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-soak-'));
  const random = seededRandom(20260101);
  try {
    const internet = await makeInternet(folder);
    const chaos = await startServers(internet.servers, random);
    const relay = await startProgram(
      process.execPath,
      ['scripts/run-ts.mjs', 'test/soak/relay.ts', String(loss)],
      output => output.includes('listens'),
    );
    const resolver = await startResolver(folder, internet.hintsFile);
    print(
      `${minutes} min, ${outstanding} questions under way, ${zoneCount} zones at 6 servers (NSD), ` +
        `${100 * loss} % of datagrams lost each way between resolver and servers`,
    );
    try {
      const options = {
        outstanding,
        patienceMs: defaultLimits.totalTimeoutMs + graceMs,
        tcpEvery: 50,
        random,
      };
      const load = new Load(daemon, options);
      const end = AbortSignal.timeout(60_000 * minutes);
      const [harm, samples] = await Promise.all([
        chaos.run(end),
        watch(resolver, load.seen, end),
        load.run(end),
      ]);
      const recovered = await recover();
      const metrics = await readMetrics();
      const asked = recovered.asked;
      const cache = { cacheOctets: cacheOctetsIn(metrics), maxCacheOctets: cacheMebibytes * 1024 * 1024 };
      const idle = sampleOf(resolver.pid, 0);
      const stopped = await stopCleanly(resolver);
      await relay.stop();
      report(
        { seen: load.seen, harm, samples, recovered, asked, metrics, ...cache, idle, stopped, minutes },
        relay.output(),
        resolver.output(),
      );
    } finally {
      await Promise.all([resolver.stop(), relay.stop(), chaos.end()]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function startResolver(folder: string, hintsFile: string): Promise<Running> {
  const place = `${daemon.address}:${daemon.port}`;
  const metrics = `${daemon.address}:${metricsPort}`;
  const words = ['dist/zonecut.js', 'resolver', '--listen', place, '--metrics', metrics, '--ports', 'pool'];
  const cache = ['--cache', String(cacheMebibytes)];
  return await startProgram(
    process.execPath,
    [...words, ...cache, '--no-validate'],
    output => output.includes('answers at'),
    { environment: { ZONECUT_OFFLINE: '1', ZONECUT_ROOT_HINTS: hintsFile, XDG_STATE_HOME: folder } },
  );
}

/** Looks at the process every second, and prints a line twenty times in all. */
async function watch(resolver: Running, seen: Seen, end: AbortSignal): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const begin = performance.now();
  let printedAt = -1;
  while (!end.aborted) {
    await sleep(1000, undefined, { signal: end }).catch(() => undefined);
    const atSeconds = (performance.now() - begin) / 1000;
    const sample = sampleOf(resolver.pid, atSeconds);
    if (sample === null) break;
    samples.push(sample);
    if (printedAt < 0 || atSeconds - printedAt >= 30 || end.aborted) {
      printedAt = atSeconds;
      print(
        `${atSeconds.toFixed(0).padStart(5)} s  RSS ${mebi(sample.residentOctets)}  files ${sample.openFiles}  ` +
          `sent ${seen.sent}  answered ${seen.answered}  SERVFAIL ${seen.rcodes.get('SERVFAIL') ?? 0}  unanswered ${seen.unanswered}`,
      );
    }
  }
  return samples;
}

/** Asks, with all servers back, for a name in each zone that nobody asked for before, again while it fails. */
async function recover(): Promise<Observed['recovered']> {
  const transport = nodeTransport();
  const begin = performance.now();
  const left = new Set(Array.from({ length: zoneCount }, (_, zone) => zone));
  let asked = 0;
  try {
    while (left.size > 0 && performance.now() - begin < 30_000) {
      for (const zone of [...left]) {
        const query = makeQuery(parseName(`fresh.z${zone}.soak.`), 'A', { recursionDesired: true });
        asked += 1;
        const exchange = await transport.exchange(query, daemon, {
          timeoutMs: defaultLimits.totalTimeoutMs + graceMs,
        });
        if (exchange.kind === 'response' && exchange.message.rcode === 'NOERROR') left.delete(zone);
      }
      if (left.size > 0) await sleep(1000);
    }
  } finally {
    await transport.close();
  }
  return { asked, zonesLeft: left.size, seconds: (performance.now() - begin) / 1000 };
}

async function readMetrics(): Promise<string> {
  const response = await fetch(`http://${daemon.address}:${metricsPort}/metrics`);
  return await response.text();
}

async function stopCleanly(resolver: Running): Promise<Observed['stopped']> {
  const begin = performance.now();
  await resolver.stop();
  return { seconds: (performance.now() - begin) / 1000 };
}

function report(observed: Observed, relayOutput: string, daemonOutput: string): void {
  const { seen, harm, minutes, samples } = observed;
  const { latencies } = seen;
  const at = (share: number): string => `${latencies.percentileMs(share).toFixed(2)} ms`;
  const rate = seen.answered / (60 * minutes);
  const trend = trendOf(samples, 30 * minutes);
  print(
    `\nsent ${seen.sent} (${seen.overTcp} over TCP), answered ${seen.answered} (${rate.toFixed(0)}/s): ${[...seen.rcodes].map(([rcode, count]) => `${rcode} ${count}`).join(', ')}; unanswered ${seen.unanswered}`,
  );
  print(
    `latency p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, max ${latencies.maxMs.toFixed(0)} ms`,
  );
  print(`servers ${harmText(harm)}; relay: ${relayOutput.trim().split('\n').at(-1)}`);
  print(
    `cache ${mebi(observed.cacheOctets)} of ${cacheMebibytes} MiB; datagrams that a socket had no room for: ${overflows()}`,
  );
  print(
    `memory in the second half: mean ${mebi(trend.meanOctets)}, max ${mebi(trend.maxOctets)}, ${mebi(trend.octetsPerMinute)} a minute, ${(100 * trend.gained).toFixed(1)} % gained`,
  );
  const checks = checksOf(observed, relayOutput, daemonOutput);
  for (const { what, holds, found } of checks) print(`${holds ? 'passed' : 'FAILED'}: ${what} (${found})`);
  const failed = checks.filter(({ holds }: Check) => !holds).length;
  print(`${checks.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

/** By its own account. */
function cacheOctetsIn(metrics: string): number {
  return Number(/^zonecut_resolver_cache_bytes\{cache="answers"\} (\S+)$/m.exec(metrics)?.[1]);
}

/** Datagrams that the kernel dropped at any socket of this network, as nobody read them in time: no program sees them. */
function overflows(): number {
  const [names = '', values = ''] = readFileSync('/proc/net/snmp', 'utf8')
    .split('\n')
    .filter(line => line.startsWith('Udp:'));
  return Number(values.split(' ')[names.split(' ').indexOf('RcvbufErrors')]);
}

function harmText({ kills, stops, awaySeconds }: Harm): string {
  return `killed ${kills} times, stopped ${stops} times, ${awaySeconds} s away`;
}

function mebi(octets: number): string {
  return `${(octets / 1024 / 1024).toFixed(1)} MiB`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
