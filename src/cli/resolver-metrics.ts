import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LimitFired } from '../resolver/limits.ts';
import type { Memory } from '../resolver/memory.ts';
import type { Resolution } from '../resolver/resolution.ts';
import type { Resolver } from '../resolver/resolver.ts';
import type { Security } from '../resolver/security.ts';
import type { DropReason } from '../world/crowd.ts';
import type { AnswerQuery } from '../world/listen.ts';
import type { TransportCounts } from '../world/node.ts';
import type { ReadyUse } from '../world/ready-answers.ts';
import { recording } from '../world/transports.ts';
import type { Transport } from '../world/world.ts';

/** Types that have a label of their own; all others are `other`, so that nobody can fill the memory with labels. */
const types: ReadonlySet<string> = new Set(
  'A AAAA CNAME DNAME MX NS PTR SOA TXT SRV CAA DS DNSKEY NSEC NSEC3 RRSIG SVCB HTTPS NAPTR TLSA SSHFP LOC ANY'.split(
    ' ',
  ),
);
const rcodes: ReadonlySet<string> = new Set(
  'NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED BADVERS'.split(' '),
);
/** Seconds: from an answer out of the cache to the limit of a question. */
const buckets = [0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a resolver daemon counts, and where it looks while it works. */
export interface ResolverMetrics {
  /** Sees what clients ask and get. */
  answering(answer: AnswerQuery): AnswerQuery;
  /** Sees what was answered without being looked at. */
  countReady(use: ReadyUse): void;
  /** Sees where answers come from, and which limits fire. */
  resolving(resolver: Resolver): Resolver;
  /** Sees what authoritative servers are asked. */
  asking(transport: Transport): Transport;
  /** Counts a query of a client that got no answer. */
  readonly dropped: (why: DropReason) => void;
  /** All of it in the text format of Prometheus, version 0.0.4. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Counts in a registry of their own. `counts` and `memory` are read when the metrics are. */
export function makeMetrics(memory: Memory, counts: () => TransportCounts): ResolverMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const clients = clientMetrics(registers);
  const upstream = upstreamMetrics(registers);
  const outcomes = outcomeMetrics(registers);
  addReadings(registers, memory, counts);
  return {
    answering: answer => async (query, from) => {
      const done = clients.seconds.startTimer();
      const response = await answer(query, from);
      done();
      const type = query.questions[0]?.type ?? 'none';
      clients.queries.inc({
        type: types.has(type) ? type : 'other',
        rcode: response === null ? 'none' : rcodes.has(response.rcode) ? response.rcode : 'other',
        protocol: from.protocol,
      });
      return response;
    },
    countReady: ({ type, rcode }) => {
      clients.queries.inc({ type: types.has(type) ? type : 'other', rcode, protocol: 'udp' });
      clients.seconds.observe(0);
      outcomes.hits.inc();
    },
    resolving: resolver => ({
      resolve: async (wanted, options) => {
        const resolution = await resolver.resolve(wanted, options);
        (resolution.fromCache ? outcomes.hits : outcomes.misses).inc();
        outcomes.limits(resolution.limits);
        if (resolution.kind === 'failure') {
          outcomes.failures.inc({ cause: resolution.cause });
        }
        const result = validationOf(resolution);
        if (result !== null) {
          outcomes.validations.inc({ result });
        }
        return resolution;
      },
      addressesOf: (name, options) => resolver.addressesOf(name, options),
      zoneOf: (name, options) => resolver.zoneOf(name, options),
      forget: name => resolver.forget(name),
      dump: () => resolver.dump(),
    }),
    asking: transport =>
      recording(transport, ({ exchange }) => {
        upstream.queries.inc({ protocol: exchange.protocol, outcome: exchange.kind });
        if (exchange.kind === 'response') {
          upstream.seconds.observe(exchange.rttMs / 1000);
        }
      }),
    dropped: why => clients.dropped.inc({ why }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** What validation came to; null where nothing was validated. A failure has a DNSSEC error while it is remembered, too. */
function validationOf(resolution: Resolution): Security['kind'] | null {
  const isBogus = resolution.kind === 'failure' && resolution.errorCode !== undefined;
  return isBogus ? 'bogus' : (resolution.security?.kind ?? null);
}

function clientMetrics(registers: Registry[]): {
  readonly queries: Counter<'type' | 'rcode' | 'protocol'>;
  readonly dropped: Counter<'why'>;
  readonly seconds: Histogram;
} {
  return {
    dropped: new Counter({
      name: 'zonecut_resolver_dropped_total',
      help: 'Queries of clients over UDP without an answer: too many were under way, or it came too late.',
      labelNames: ['why'],
      registers,
    }),
    queries: new Counter({
      name: 'zonecut_resolver_queries_total',
      help: 'Queries of clients that were answered, by type, response code and protocol.',
      labelNames: ['type', 'rcode', 'protocol'],
      registers,
    }),
    seconds: new Histogram({
      name: 'zonecut_resolver_answer_seconds',
      help: 'Seconds from a query to its answer.',
      buckets,
      registers,
    }),
  };
}

function upstreamMetrics(registers: Registry[]): {
  readonly queries: Counter<'protocol' | 'outcome'>;
  readonly seconds: Histogram;
} {
  return {
    queries: new Counter({
      name: 'zonecut_resolver_upstream_queries_total',
      help: 'Queries to authoritative servers, by protocol and outcome.',
      labelNames: ['protocol', 'outcome'],
      registers,
    }),
    seconds: new Histogram({
      name: 'zonecut_resolver_upstream_seconds',
      help: 'Seconds from a query to the response of an authoritative server.',
      buckets,
      registers,
    }),
  };
}

function outcomeMetrics(registers: Registry[]): {
  readonly hits: Counter;
  readonly misses: Counter;
  readonly failures: Counter<'cause'>;
  readonly validations: Counter<'result'>;
  limits(fired: readonly LimitFired[]): void;
} {
  const limits = new Counter({
    name: 'zonecut_resolver_limits_fired_total',
    help: 'Limits of docs/limits.md that were reached, by name.',
    labelNames: ['limit'],
    registers,
  });
  return {
    hits: new Counter({
      name: 'zonecut_resolver_cache_hits_total',
      help: 'Questions for which nobody had to be asked.',
      registers,
    }),
    misses: new Counter({
      name: 'zonecut_resolver_cache_misses_total',
      help: 'Questions for which a server had to be asked.',
      registers,
    }),
    failures: new Counter({
      name: 'zonecut_resolver_failures_total',
      help: 'Questions without an answer, by cause.',
      labelNames: ['cause'],
      registers,
    }),
    validations: new Counter({
      name: 'zonecut_resolver_validations_total',
      help: 'Questions whose answers were validated, by result (RFC 4033 section 5).',
      labelNames: ['result'],
      registers,
    }),
    limits: fired => {
      for (const { limit } of fired) {
        limits.inc({ limit });
      }
    },
  };
}

/** What is read when the metrics are. */
function addReadings(registers: Registry[], memory: Memory, counts: () => TransportCounts): void {
  new Gauge({
    name: 'zonecut_resolver_cache_bytes',
    help: 'Octets that the caches hold, by estimate.',
    labelNames: ['cache'],
    registers,
    collect() {
      this.set({ cache: 'answers' }, memory.answers.octets);
      this.set({ cache: 'delegations' }, memory.delegations.octets);
    },
  });
  new Counter({
    name: 'zonecut_resolver_mismatched_total',
    help: 'Queries that a response with another ID came to, so that they were asked again over TCP.',
    registers,
    collect() {
      this.reset();
      this.inc(counts().mismatched);
    },
  });
}
