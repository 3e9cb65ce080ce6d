import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Message, makeQuery } from '../../src/dns/message.ts';
import { parseName, rootName } from '../../src/dns/name.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { messageOf } from '../../src/error.ts';
import type { Limits } from '../../src/resolver/limits.ts';
import { recursiveService } from '../../src/resolver/recursive.ts';
import { createResolver } from '../../src/resolver/resolver.ts';
import { parseTrustAnchors } from '../../src/resolver/trust-anchors.ts';
import { nodeClock, nodeRandom, nodeTransport } from '../../src/world/node.ts';
import { noStreams } from '../../src/world/streams.ts';
import type { World } from '../../src/world/world.ts';
import { parseEntries } from './rpl-parse.ts';
import { type ScriptedServer, serveEntries } from './rpl-server.ts';

/** What a query to the resolver must end in: data that has to be among the answers, or a response code. */
interface Wanted {
  readonly name: string;
  readonly answer: RegExp | 'SERVFAIL';
}

/** One test: servers by file, and what is asked of a resolver that has them as its only servers. */
interface Case {
  readonly id: string;
  /** In the order of their addresses; the first is where the resolver begins. */
  readonly files: readonly string[];
  readonly queries: readonly Wanted[];
  /** True when all files serve the same zone; otherwise the first refers to the others. */
  readonly alike?: boolean;
  readonly mixCase?: boolean;
  /** Sends an empty datagram before each answer. */
  readonly emptyFirst?: boolean;
  readonly trustAnchor?: string;
  /** Milliseconds since 1970; now unless given. */
  readonly nowMs?: number;
  /** A packet as `xxd` prints it, whose answer must be the one given, name compression included. */
  readonly good?: string;
}

const longName = 'wwwabcdefghijklmnopqrstuvwxyzwww.example.com';

/** The table of the README beside the files. */
const cases: readonly Case[] = [
  { id: 'fwd_no_edns', files: ['fwd_no_edns.testns'], queries: [www(/10\.20\.30\.42/)] },
  {
    id: 'fwd_edns_probe',
    files: ['fwd_edns_probe.testns'],
    queries: [{ name: 'nasty.example.com', answer: 'SERVFAIL' }, www(/10\.20\.30\.42/)],
  },
  {
    id: 'fwd_edns_bksec',
    files: ['fwd_edns_bksec.testns'],
    queries: [{ name: 'nasty.example.com', answer: /10\.20\.30\.77/ }, www(/10\.20\.30\.42/)],
    trustAnchor:
      'example.com. IN DNSKEY 256 3 5 AQPQ41chR9DEHt/aIzIFAqanbDlRflJoRs5yz1jFsoRIT7dWf0r+PeDuewdxkszNH6wnU4QL8pfKFRh5PIYVBLK3',
    nowMs: Date.UTC(2010, 3, 10),
  },
  {
    id: 'edns_cache',
    files: ['edns_cache.stub2', 'edns_cache.stub1'],
    queries: [
      { name: 'netdns.example.net', answer: /127\.0\.0\.1/ },
      { name: 'www.example.net', answer: /10\.20\.30\.40/ },
    ],
  },
  { id: 'fwd_capsid', files: ['fwd_capsid.testns'], queries: [www(/10\.20\.30\.40/)], mixCase: true },
  {
    id: 'fwd_capsid_fallback',
    files: ['fwd_capsid_fallback.testns'],
    queries: [{ name: longName, answer: /10\.20\.30\.40/ }],
    mixCase: true,
  },
  {
    id: 'fwd_capsid_strip',
    files: ['fwd_capsid_strip.testns', 'fwd_capsid_strip.testns2'],
    queries: [{ name: longName, answer: /10\.20\.30\.40/ }],
    alike: true,
    mixCase: true,
  },
  {
    id: 'fwd_capsid_white',
    files: ['fwd_capsid_white.testns', 'fwd_capsid_white.testns2'],
    queries: [{ name: longName, answer: /10\.20\.30\.4[04]/ }],
    alike: true,
    mixCase: true,
  },
  {
    id: 'fwd_compress_c00c',
    files: ['fwd_compress_c00c.testns'],
    queries: [{ name: 'overeinder.net', answer: /80\.56\.223\.205/ }],
    good: 'fwd_compress_c00c.good',
  },
  { id: 'fwd_malformed', files: ['fwd_malformed.testns'], queries: [www('SERVFAIL')] },
  { id: 'stub_auth_tc', files: ['stub_auth_tc.testns'], queries: [www('SERVFAIL')] },
  { id: 'fwd_tcp_tc', files: ['fwd_tcp_tc.testns'], queries: [www(/10\.20\.30\.42/)] },
  // Each answer comes 2 s after its query, later than any wait here.
  {
    id: 'fwd_udptmout',
    files: ['fwd_udptmout.testns'],
    queries: [{ name: 'www1.example.com', answer: 'SERVFAIL' }],
  },
  { id: 'fwd_zero', files: ['fwd_zero.testns'], queries: [www(/10\.20\.30\.40/)], emptyFirst: true },
];

function www(answer: Wanted['answer']): Wanted {
  return { name: 'www.example.com', answer };
}

/** A trust anchor above nothing that is asked: the resolver asks for signatures, as those of these tests did. */
const elsewhere =
  'elsewhere.test. IN DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000';

/** Short waits: every server is on loopback, and some are silent on purpose. */
const quick: Partial<Limits> = { firstTimeoutMs: 200, minTimeoutMs: 200, maxTimeoutMs: 400 };

/** Runs the tests whose files stand in `folder`; `why` is null for those that pass. */
export async function runTestns(
  folder: string,
): Promise<readonly { readonly id: string; readonly why: string | null }[]> {
  const results: { readonly id: string; readonly why: string | null }[] = [];
  for (const test of cases) {
    if (!test.files.every(file => existsSync(join(folder, file)))) continue;
    results.push({ id: `testns/${test.id}`, why: await verdictOn(test, folder) });
  }
  return results;
}

async function verdictOn(test: Case, folder: string): Promise<string | null> {
  const servers: ScriptedServer[] = [];
  const transport = nodeTransport();
  try {
    for (const [at, file] of test.files.entries()) {
      const entries = parseEntries(readFileSync(join(folder, file), 'latin1'));
      const endpoint = { address: `127.0.0.${at + 1}`, port: servers[0]?.endpoint.port ?? 0 };
      servers.push(await serveEntries(entries, endpoint, { emptyFirst: test.emptyFirst ?? false }));
    }
    const world: World = {
      clock: { ...nodeClock, now: () => test.nowMs ?? nodeClock.now() },
      random: nodeRandom,
      dns: transport,
      streams: noStreams,
      http: { send: () => Promise.reject(new Error('no HTTP in this world')) },
    };
    return await ask(test, recursiveService(resolverFor(test, servers, world)), folder);
  } catch (error) {
    return messageOf(error);
  } finally {
    await transport.close();
    for (const server of servers) server.close();
  }
}

function resolverFor(
  test: Case,
  servers: readonly ScriptedServer[],
  world: World,
): ReturnType<typeof createResolver> {
  // What the first refers to is the server of the other file; alike ones are all of the root.
  const roots = test.alike === true ? servers : servers.slice(-1);
  const hints = {
    servers: roots.map(({ endpoint }, at) => ({
      name: parseName(`s${at}.test`),
      addresses: [endpoint.address],
    })),
  };
  return createResolver(world, {
    hints,
    port: servers[0]?.endpoint.port ?? 0,
    limits: quick,
    minimise: false,
    mixCase: test.mixCase ?? false,
    trustAnchors: parseTrustAnchors(test.trustAnchor ?? elsewhere),
  });
}

async function ask(
  test: Case,
  service: (query: Message) => Promise<Message>,
  folder: string,
): Promise<string | null> {
  for (const { name, answer } of test.queries) {
    const query = makeQuery(parseName(name), 'A', { recursionDesired: true });
    const response = await service(query);
    const given = response.answer.map(({ type, data }) => `${type} ${data}`).join(', ');
    const passes =
      answer === 'SERVFAIL'
        ? response.rcode === 'SERVFAIL'
        : response.rcode === 'NOERROR' && answer.test(given);
    if (!passes) return `${name}: given ${response.rcode} ${given}, expected ${answer}`;
    if (test.good !== undefined) {
      const why = compressionDifference(response, readFileSync(join(folder, test.good), 'latin1'));
      if (why !== null) return why;
    }
  }
  return null;
}

/** Whether the answer is the one of the dump, and its owner a pointer to the question as there. */
function compressionDifference(response: Message, dump: string): string | null {
  const hex = dump
    .split('\n')
    .map(line => line.replace(/^\w+:/, '').slice(0, 41))
    .join('');
  const framed = Uint8Array.from(Buffer.from(hex.replace(/[^0-9a-f]/gi, ''), 'hex'));
  const good = decodeMessage(framed.subarray(2));
  const octets = encodeMessage({ ...response, edns: null });
  const end = 12 + (good.questions[0]?.name.length ?? 0) + 1 + 4;
  const pointer = Buffer.from(octets.subarray(end, end + 2)).toString('hex');
  if (pointer !== 'c00c') return `the answer begins with ${pointer}, expected c00c`;
  const dataOf = (message: Message): string => message.answer.map(({ data }) => data).join(' ');
  return dataOf(response) === dataOf(good) && good.questions[0]?.name !== rootName
    ? null
    : `the answer is ${dataOf(response)}, expected ${dataOf(good)}`;
}
