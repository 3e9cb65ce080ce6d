import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuditPoint, audit, auditStart } from '../../src/audit/audit.ts';
import { namesOfLines } from '../../src/audit/sources.ts';
import type { Summary } from '../../src/audit/summary.ts';
import { parseRootHints } from '../../src/resolver/hints.ts';
import { nodeTransport, nodeWorld } from '../../src/world/node.ts';
import { mappingAddresses } from '../../src/world/transports.ts';
import type { Endpoint, World } from '../../src/world/world.ts';
import { type Authority, faultAt, generatedName, startAuthority } from './authority.ts';
import { Judge } from './judged.ts';

let authority: Authority;
let world: World & { close(): Promise<void> };
const transport = nodeTransport({ udpPorts: 'single' });
const endpointOf = (endpoint: Endpoint): Endpoint => authority.endpoints.get(endpoint.address) ?? endpoint;

beforeAll(async () => {
  authority = await startAuthority();
  world = nodeWorld({ dns: mappingAddresses(transport, endpointOf) });
});

afterAll(async () => {
  await world.close();
  await transport.close();
  await authority.close();
});

const names = 2_200;
const share = 10;

test('an audit tells of every planted fault and invents none', async () => {
  const { output, summary } = await audited(
    Array.from({ length: names }, (_, at) => generatedName(at, share)),
    'each',
  );
  const judge = new Judge(at => faultAt(at, share), names);
  for (const line of output.split('\n')) judge.line(line);
  expect(judge.end()).toEqual([]);
  expect(summary).toMatchObject({ names, duplicates: 0, notNames: 0, unknown: 0, faulty: names / share });
});

test('two audits of one source are the same, octet for octet', async () => {
  const some = Array.from({ length: 120 }, (_, at) => generatedName(at, 1)).filter(isQuick);
  const [one, other] = [await audited(some, 'each'), await audited(some, 'each')];
  expect(one.output).toBe(other.output);
});

test('an audit that goes on from where it stood writes the rest, and its summary counts the whole', async () => {
  const some = Array.from({ length: 900 }, (_, at) => generatedName(at, 1)).filter(isQuick);
  const stood: { readonly point: AuditPoint; readonly length: number }[] = [];
  const whole = await audited(some, 'each', (point, length) => stood.push({ point, length }));
  const middle = stood.find(({ point: { items } }) => items > 0 && items < some.length);
  if (middle === undefined) throw new Error('all was written at once');
  const rest = await audited(some, 'each', undefined, middle.point);
  expect(whole.output.slice(0, middle.length) + rest.output).toBe(whole.output);
});

test('an audit that asks one server of a parent says so, and may miss where they differ', async () => {
  const some = Array.from({ length: 40 }, (_, at) => `split-${at}.bulk.`);
  const { summary } = await audited(some, 'one');
  expect(summary).toMatchObject({ healthy: 20, byId: { 'parent-inconsistent': 20 }, parents: 'one' });
  expect((await audited(some, 'each')).summary).toMatchObject({ healthy: 0, faulty: 40, parents: 'each' });
});

/** Names whose servers all answer: others take seconds. */
function isQuick(name: string): boolean {
  return !/^(silent|garbage)-/.test(name);
}

async function audited(
  some: readonly string[],
  parents: 'each' | 'one',
  stands: (point: AuditPoint, length: number) => void = () => {},
  from: AuditPoint = auditStart,
): Promise<{ readonly output: string; readonly summary: Summary }> {
  let output = '';
  const sink = {
    write: async (text: string, point: AuditPoint): Promise<void> => {
      output += text;
      stands(point, output.length);
    },
  };
  const settings = {
    hints: parseRootHints(authority.hints),
    port: 53,
    offline: true,
    ports: 'single',
    parents,
    dnssec: true,
    least: 'notice',
    endpointOf,
  } as const;
  const summary = await audit(world, namesOfLines(piecesOf(some.join('\n'))), sink, { settings, from });
  return { output, summary };
}

async function* piecesOf(text: string): AsyncGenerator<Uint8Array> {
  const octets = new TextEncoder().encode(text);
  for (let at = 0; at < octets.length; at += 1_000) yield octets.subarray(at, at + 1_000);
}
