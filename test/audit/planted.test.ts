import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../src/audit/audit.ts';
import { namesOfLines } from '../../src/audit/sources.ts';
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

test('an audit tells of every planted fault and invents none', { timeout: 120_000 }, async () => {
  const lines = Array.from({ length: names }, (_, at) => generatedName(at, share)).join('\n');
  let output = '';
  const summary = await audit(
    world,
    namesOfLines(piecesOf(lines)),
    {
      write: async text => {
        output += text;
      },
    },
    {
      settings: {
        hints: parseRootHints(authority.hints),
        port: 53,
        offline: true,
        ports: 'single',
        parents: 'each',
        dnssec: true,
        least: 'notice',
        endpointOf,
      },
    },
  );
  const judge = new Judge(at => faultAt(at, share), names);
  for (const line of output.split('\n')) judge.line(line);
  expect(judge.end()).toEqual([]);
  expect(summary).toMatchObject({ names, duplicates: 0, notNames: 0, unknown: 0, faulty: names / share });
});

async function* piecesOf(text: string): AsyncGenerator<Uint8Array> {
  const octets = new TextEncoder().encode(text);
  for (let at = 0; at < octets.length; at += 1_000) yield octets.subarray(at, at + 1_000);
}
