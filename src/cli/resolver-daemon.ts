import { type DumpDocument, dumpDocument } from '../report/resolver-dump.ts';
import type { RootHints } from '../resolver/hints.ts';
import { defaultLimits, type Limits } from '../resolver/limits.ts';
import { makeMemory } from '../resolver/memory.ts';
import { recursiveService } from '../resolver/recursive.ts';
import { createResolver } from '../resolver/resolver.ts';
import type { TrustAnchors } from '../resolver/trust-anchors.ts';
import { type AnswerQuery, type DnsListener, listenDns } from '../world/listen.ts';
import { listenDoh } from '../world/listen-doh.ts';
import { listenDot } from '../world/listen-dot.ts';
import { type HttpListener, listenHttp } from '../world/listen-http.ts';
import type { NodeTransport } from '../world/node.ts';
import { ReadyAnswers } from '../world/ready-answers.ts';
import type { ServerCertificate } from '../world/server-certificate.ts';
import type { Endpoint, HttpRequest, HttpResponse, Transport, World } from '../world/world.ts';
import type { ResolverMetrics } from './resolver-metrics.ts';

/** What a daemon serves and where. */
export interface DaemonOptions {
  readonly hints: RootHints;
  /** Null validates nothing. */
  readonly trustAnchors: TrustAnchors | null;
  /** Whether the letters of names are mixed in queries; see `ResolverOptions.mixCase`. */
  readonly mixCase: boolean;
  /** How the limits differ from the defaults. */
  readonly limits: Partial<Limits>;
  /** The port of authoritative servers. */
  readonly port: number;
  readonly listen: readonly Endpoint[];
  readonly dot: readonly Endpoint[];
  readonly doh: readonly Endpoint[];
  /** Needed for `dot` and `doh`. */
  readonly certificate: ServerCertificate | null;
  readonly metrics: Endpoint | null;
}

/** Where a daemon can be reached. */
export interface Place extends Endpoint {
  readonly protocol: 'dns' | 'dot' | 'doh' | 'metrics';
}

/** A recursive resolver that serves ordinary programs. */
export interface Daemon {
  readonly places: readonly Place[];
  dump(): DumpDocument;
  /** Takes no further query and answers those under way, for at most as long as one question may take; then closes. */
  stop(): Promise<void>;
}

/** UDP queries of clients under way: more than the resolver has questions for, so that it decides and answers. */
const maxPending = 10_000;
/** Milliseconds that answers under way are waited for beyond the time that one question may take. */
const graceMs = 500;

/**
 * Starts a resolver daemon. `sockets` is what `dns` sends through, which counts what `dns` does not show.
 *
 * Rejects with ZC_PORT when one of the places cannot be listened at; then nothing listens.
 */
export async function startDaemon(
  world: World,
  sockets: NodeTransport,
  options: DaemonOptions,
): Promise<Daemon> {
  const { hints, port, trustAnchors, mixCase, limits } = options;
  const memory = makeMemory(hints, { ...defaultLimits, ...limits });
  const metrics = options.metrics === null ? null : await metricsOf(() => sockets.counts(), memory);
  const dns: Transport = metrics === null ? world.dns : metrics.asking(world.dns);
  const resolver = createResolver(
    { ...world, dns },
    {
      hints,
      port,
      memory,
      mixCase,
      limits,
      ...(trustAnchors === null ? {} : { trustAnchors }),
    },
  );
  const service = recursiveService(metrics === null ? resolver : metrics.resolving(resolver));
  const answer: AnswerQuery = metrics === null ? service : metrics.answering(service);
  const open: (DnsListener | HttpListener)[] = [];
  try {
    const ready = new ReadyAnswers(world.clock, use => metrics?.countReady(use));
    const places = await openAll(answer, ready, metrics, options, open);
    return {
      places,
      dump: () => dumpDocument(resolver.dump(), world.clock.elapsed(), new Date(world.clock.now())),
      stop: () => stop(world, open),
    };
  } catch (error) {
    await Promise.all(open.map(listener => listener.close()));
    throw error;
  }
}

async function metricsOf(
  counts: () => ReturnType<NodeTransport['counts']>,
  memory: ReturnType<typeof makeMemory>,
): Promise<ResolverMetrics> {
  // Loaded only when wanted: it is what the daemon needs least often.
  const { makeMetrics } = await import('./resolver-metrics.ts');
  return makeMetrics(memory, counts);
}

/** Opens every listener and puts it into `open` as soon as it listens. */
async function openAll(
  answer: AnswerQuery,
  ready: ReadyAnswers,
  metrics: ResolverMetrics | null,
  options: DaemonOptions,
  open: (DnsListener | HttpListener)[],
): Promise<readonly Place[]> {
  const places: Place[] = [];
  const add = (protocol: Place['protocol'], listener: DnsListener | HttpListener): void => {
    open.push(listener);
    places.push({ protocol, ...listener.endpoint });
  };
  for (const at of options.listen) {
    const onDropped = metrics === null ? {} : { onDropped: metrics.dropped };
    add('dns', await listenDns(at, answer, { maxPending, ready, ...onDropped }));
  }
  const { certificate } = options;
  if (certificate !== null) {
    for (const at of options.dot) {
      add('dot', await listenDot(at, answer, certificate));
    }
    for (const at of options.doh) {
      add('doh', await listenDoh(at, answer, certificate));
    }
  }
  if (options.metrics !== null && metrics !== null) {
    add('metrics', await listenHttp(options.metrics, request => serveMetrics(metrics, request)));
  }
  return places;
}

async function serveMetrics(metrics: ResolverMetrics, request: HttpRequest): Promise<HttpResponse> {
  if (new URL(request.url).pathname !== '/metrics') {
    return { status: 404, headers: {}, body: new Uint8Array() };
  }
  return {
    status: request.method === 'GET' ? 200 : 405,
    headers: { 'content-type': metrics.contentType },
    body: request.method === 'GET' ? new TextEncoder().encode(await metrics.text()) : new Uint8Array(),
  };
}

async function stop(world: World, open: readonly (DnsListener | HttpListener)[]): Promise<void> {
  const tooLate = new AbortController();
  const drained = Promise.all(
    open.map(listener => ('drain' in listener ? listener.drain() : listener.close())),
  );
  const grace = world.clock
    .sleep(defaultLimits.totalTimeoutMs + graceMs, tooLate.signal)
    .catch(() => undefined);
  await Promise.race([drained, grace]);
  tooLate.abort();
  await Promise.all(open.map(listener => listener.close()));
}
