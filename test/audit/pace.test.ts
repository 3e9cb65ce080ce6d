import { afterEach, expect, test } from 'vitest';
import { audit } from '../../src/audit/audit.ts';
import type { EngineSettings } from '../../src/audit/engine.ts';
import { auditLimits } from '../../src/audit/limits.ts';
import { namesOfLines } from '../../src/audit/sources.ts';
import { parseRootHints } from '../../src/resolver/hints.ts';
import { nodeTransport, nodeWorld } from '../../src/world/node.ts';
import { mappingAddresses } from '../../src/world/transports.ts';
import type { Endpoint } from '../../src/world/world.ts';
import { type Authority, startAuthority } from './authority.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A datagram as its server saw it. */
interface Seen {
  readonly address: string;
  readonly port: number;
  /** Milliseconds since the audit began. */
  readonly ms: number;
}

/** No try is over while the machine is busy with something else: what is sent again would count too. */
const patient = { firstTryMs: 60_000 };

/** Audits so many names of one kind over real sockets, and gives the datagrams that came to each server. */
async function seenBy(
  kind: 'ok' | 'skew',
  count: number,
  isPublic: boolean,
  change: Partial<EngineSettings>,
): Promise<ReadonlyMap<string, readonly Seen[]>> {
  const seen: Seen[] = [];
  let beganMs = Number.NaN;
  const authority: Authority = await startAuthority({
    isPublic,
    onDatagram: (address, port) => seen.push({ address, port, ms: performance.now() - beganMs }),
  });
  const transport = nodeTransport();
  const endpointOf = (endpoint: Endpoint): Endpoint => authority.endpoints.get(endpoint.address) ?? endpoint;
  const world = nodeWorld({ dns: mappingAddresses(transport, endpointOf) });
  closers.push(...[world, transport, authority].map(open => () => open.close()));
  const names = Array.from({ length: count }, (_, at) => `${kind}-${at}.bulk\n`).join('');
  const settings: EngineSettings = {
    hints: parseRootHints(authority.hints),
    port: 53,
    offline: !isPublic,
    ports: isPublic ? 'pool' : 'single',
    parents: 'one',
    dnssec: true,
    least: 'notice',
    endpointOf,
    ...change,
  };
  const sink = { write: async (): Promise<void> => {} };
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode(names);
  };
  beganMs = performance.now();
  const summary = await audit(world, namesOfLines(pieces()), sink, { settings });
  expect(summary).toMatchObject(kind === 'ok' ? { healthy: count } : { faulty: count });
  return new Map([...authority.endpoints.keys()].map(key => [key, seen.filter(one => one.address === key)]));
}

const [ratePerServer, burstPerServer] = [40, 5];
const limits = { ...patient, ratePerServer, burstPerServer };

test('a public server never gets more datagrams than its pace allows from the beginning on', async () => {
  const seen = await seenBy('ok', 120, true, { limits });
  expectPaced(seen);
  const ports = new Set([...seen.values()].flat().map(({ port }) => port));
  expect(ports.size).toBeGreaterThan(16);
});

test('nor does it when all names are odd and looked at closely', async () => {
  expectPaced(await seenBy('skew', 40, true, { limits }));
});

function expectPaced(seen: ReadonlyMap<string, readonly Seen[]>): void {
  // Names of one zone share its servers, so that some of these are asked for longer than the first moment.
  const counts = [...seen.values()].map(({ length }) => length);
  expect(counts.filter(count => count > burstPerServer + ratePerServer / 2).length).toBeGreaterThan(3);
  for (const [address, datagrams] of seen) {
    // What is delayed on its way comes later, and never earlier: the bound holds on any machine.
    const early = datagrams.filter(({ ms }, at) => at + 1 > burstPerServer + (ratePerServer * ms) / 1000 + 1);
    expect([address, early]).toEqual([address, []]);
  }
}

test('the pace is that of docs/limits.md unless said otherwise', async () => {
  const { ratePerServer, burstPerServer } = auditLimits;
  const seen = await seenBy('ok', 120, true, { limits: patient });
  for (const datagrams of seen.values()) {
    const last = datagrams.at(-1)?.ms ?? 0;
    expect(datagrams.length).toBeLessThanOrEqual(burstPerServer + (ratePerServer * last) / 1000 + 1);
  }
});

test('servers of a World that is declared offline are asked from one port', async () => {
  const seen = await seenBy('ok', 120, false, { limits: { ...patient, queriesUntilStream: 1_000 } });
  const parent = seen.get('10.0.0.2') ?? [];
  expect(parent.length).toBeGreaterThan(50);
  const ports = [...seen.values()].flatMap(datagrams => datagrams.map(({ port }) => port));
  const counts = ports.reduce(
    (all, port) => all.set(port, (all.get(port) ?? 0) + 1),
    new Map<number, number>(),
  );
  // Look-ups of the zones above leave from ports of their own.
  expect(Math.max(...counts.values())).toBeGreaterThan(200);
});
