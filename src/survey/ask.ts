import type { Name } from '../dns/name.ts';
import type { RRset, RRType } from '../dns/rrset.ts';
import { type Asked, askServer } from '../resolver/query.ts';
import type { Resolver } from '../resolver/resolver.ts';
import type { TrustAnchors } from '../resolver/trust-anchors.ts';
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
  /** How data is validated; absent where no trust anchor is known. */
  readonly trust?: Trust;
}

/** What is trusted, and resolvers that validate by it. */
export interface Trust {
  readonly anchors: TrustAnchors;
  /** A resolver that knows nothing yet and validates from `anchors` down. */
  resolverWith(anchors: TrustAnchors): Resolver;
}

/** Milliseconds that a recursive resolver is given: it may have to walk from the root. */
const recursiveTimeoutMs = 5000;
/** Addresses of one name server that are asked; real ones have one or two of each family. */
const maxAddressesPerServer = 6;

/** Asks `server` for `name` and `type` without recursion: over UDP, over TCP when truncated, twice when silent. */
export async function askAuthoritative(
  world: World,
  net: Net,
  server: Server,
  name: Name,
  type: RRType,
  signal?: AbortSignal,
): Promise<View> {
  const asked = await askServer(
    world,
    { address: server.address, port: net.port },
    { name, type },
    signalOption(signal),
  );
  return viewOf(asked, server, name, type);
}

/** Asks a recursive resolver, with recursion desired. */
export async function askRecursive(
  world: World,
  resolver: Endpoint,
  name: Name,
  type: RRType,
  signal?: AbortSignal,
): Promise<View> {
  const asked = await askServer(
    world,
    resolver,
    { name, type },
    {
      recursionDesired: true,
      timeoutMs: recursiveTimeoutMs,
      ...signalOption(signal),
    },
  );
  return viewOf(asked, { name: null, address: resolver.address }, name, type);
}

function viewOf(asked: Asked, server: Server, name: Name, type: RRType): View {
  const { exchange, verdict } = asked;
  return {
    server,
    question: { name, type },
    answer:
      verdict.kind === 'address-refused'
        ? { kind: 'silent', why: 'not asked: no public name server can be at this address' }
        : answerOf(exchange, name, type),
    rttMs: exchange.kind === 'response' ? exchange.rttMs : null,
  };
}

/** `signal` as an option, which is left out when there is none. */
export function signalOption(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
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
  return await Promise.all(servers.map(server => askAuthoritative(world, net, server, name, type, signal)));
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
      addresses: await net.resolver.addressesOf(name, signalOption(signal)),
    })),
  );
  return {
    servers: atEachAddress(
      found.map(({ name, addresses }) => ({ name, addresses: addresses.slice(0, maxAddressesPerServer) })),
    ),
    lost: found.filter(({ addresses }) => addresses.length === 0).map(({ name }) => name),
  };
}

/** Each of `servers` at each of its addresses. */
export function atEachAddress(
  servers: readonly { readonly name: Name; readonly addresses: readonly string[] }[],
): readonly Server[] {
  return servers.flatMap(({ name, addresses }) => addresses.map(address => ({ name, address })));
}

/** The SOA RRsets among `rrsets`, each once by owner, TTL and data. */
export function distinct(rrsets: readonly RRset[]): readonly RRset[] {
  const seen = new Map(rrsets.map(rrset => [JSON.stringify(rrset), rrset]));
  return [...seen.values()];
}
