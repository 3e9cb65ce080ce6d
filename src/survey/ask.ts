import { makeQuery } from '../dns/message.ts';
import type { Name } from '../dns/name.ts';
import type { RRset, RRType } from '../dns/rrset.ts';
import type { Resolver } from '../resolver/resolver.ts';
import { retrying, tcpOnTruncation } from '../world/transports.ts';
import type { Endpoint, World } from '../world/world.ts';
import { answerOf, type Server, type View } from './view.ts';

/** How the name servers of the Internet are reached. */
export interface Net {
  /** Finds zones and addresses by asking authoritative servers only. */
  readonly resolver: Resolver;
  /** The port of every authoritative server, 53 outside of a sandbox. */
  readonly port: number;
  /** The recursive resolvers that stand for everybody's: asked only when both sides of a cut are ready. */
  readonly recursive: readonly Endpoint[];
}

/** Milliseconds that one server is given for one answer over one transport. */
const answerTimeoutMs = 1500;
/** Times that a silent server is asked: RFC 9520 section 3.1 allows three. */
const tries = 2;
/** Addresses of one name server that are asked; real ones have one or two of each family. */
const maxAddressesPerServer = 6;

/** Asks `server` for `name` and `type` without recursion: over UDP, over TCP when truncated, twice when silent. */
export async function askServer(
  world: World,
  net: Net,
  server: Server,
  name: Name,
  type: RRType,
  signal?: AbortSignal,
): Promise<View> {
  return await ask(world, { address: server.address, port: net.port }, server, makeQuery(name, type), signal);
}

/** Asks a recursive resolver, with recursion desired. */
export async function askRecursive(
  world: World,
  resolver: Endpoint,
  name: Name,
  type: RRType,
  signal?: AbortSignal,
): Promise<View> {
  const server: Server = { name: '.' as Name, address: `${resolver.address}` };
  return await ask(world, resolver, server, makeQuery(name, type, { recursionDesired: true }), signal);
}

async function ask(
  world: World,
  endpoint: Endpoint,
  server: Server,
  query: ReturnType<typeof makeQuery>,
  signal?: AbortSignal,
): Promise<View> {
  const transport = retrying(tcpOnTruncation(world.dns), tries);
  const question = query.questions[0];
  if (question === undefined) {
    throw new Error('a query has a question');
  }
  const exchange = await transport.exchange(query, endpoint, {
    timeoutMs: answerTimeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    server,
    question: { name: question.name, type: question.type },
    answer: answerOf(exchange, question.name, question.type),
    rttMs: exchange.kind === 'response' ? exchange.rttMs : null,
  };
}

/** Asks every one of `servers`, at the same time. In their order. */
export async function askAll(
  world: World,
  net: Net,
  servers: readonly Server[],
  name: Name,
  type: RRType,
  signal?: AbortSignal,
): Promise<readonly View[]> {
  return await Promise.all(servers.map(server => askServer(world, net, server, name, type, signal)));
}

/** Where the name servers `names` are: each at each of its addresses, and the names that have none. */
export async function locate(
  net: Net,
  names: readonly Name[],
  signal?: AbortSignal,
): Promise<{ readonly servers: readonly Server[]; readonly lost: readonly Name[] }> {
  const found = await Promise.all(
    names.map(async name => ({
      name,
      addresses: await net.resolver.addressesOf(name, signal === undefined ? {} : { signal }),
    })),
  );
  return {
    servers: found.flatMap(({ name, addresses }) =>
      addresses.slice(0, maxAddressesPerServer).map(address => ({ name, address })),
    ),
    lost: found.filter(({ addresses }) => addresses.length === 0).map(({ name }) => name),
  };
}

/** The SOA RRsets among `rrsets`, each once by owner, TTL and data. */
export function distinct(rrsets: readonly RRset[]): readonly RRset[] {
  const seen = new Map(rrsets.map(rrset => [JSON.stringify(rrset), rrset]));
  return [...seen.values()];
}
