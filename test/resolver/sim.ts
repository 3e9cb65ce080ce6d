import { respond } from '../../src/authority/authority.ts';
import { makeZoneSet } from '../../src/authority/zone-set.ts';
import { type Message, makeResponse } from '../../src/dns/message.ts';
import { type Name, parseName } from '../../src/dns/name.ts';
import { makeZone, type Zone } from '../../src/dns/zone.ts';
import { parseZoneFile } from '../../src/dns/zonefile.ts';
import type { RootHints } from '../../src/resolver/hints.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import {
  createResolver,
  type ResolveOptions,
  type Resolver,
  type ResolverOptions,
} from '../../src/resolver/resolver.ts';
import { noStreams } from '../../src/world/streams.ts';
import type { Exchange, Protocol, Random, Transport, World } from '../../src/world/world.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A query as it came to a server. */
export interface Seen {
  readonly address: string;
  readonly name: Name;
  readonly type: string;
  readonly protocol: Protocol;
  readonly edns: boolean;
  readonly recursionDesired: boolean;
}

/** One simulated server. */
export interface SimServer {
  /** Apexes of the zones that it serves. */
  readonly serves?: readonly string[];
  /** Milliseconds from query to response; 10 unless given. */
  readonly rttMs?: number;
  /** What it does in place of answering: nothing, or no server is there. */
  readonly fault?: 'silent' | 'refused-port' | 'no-route';
  /** Changes its response, or gives none (silence). */
  readonly edit?: (response: Message, query: Message, protocol: Protocol) => Message | null;
}

/** A small Internet: zone files by apex, servers by address. The hints are the servers of `.`. */
export interface SimPlan {
  readonly zones: Readonly<Record<string, string>>;
  readonly servers: Readonly<Record<string, SimServer | string>>;
}

export interface Sim {
  readonly world: World;
  readonly clock: VirtualClock;
  readonly hints: RootHints;
  /** Every query since the beginning, or since it was emptied. */
  readonly seen: Seen[];
  /** Puts a zone in the place of what was served before; null takes it away. */
  setZone(apex: string, text: string | null): void;
  setServer(address: string, server: SimServer): void;
  resolver(options?: Partial<ResolverOptions>): Resolver;
}

/** The zone with `apex`, with a SOA unless the text has one (TTL 3600, MINIMUM 300). Lines may be indented. */
export function zoneOfText(apex: string, text: string): Zone {
  const origin = parseName(apex);
  const soa = /\bSOA\b/.test(text) ? '' : `@ 3600 IN SOA ns.invalid. host.invalid. 1 7200 3600 1209600 300\n`;
  const flat = text.replace(/^[ \t]+/gm, '');
  const { rrsets, problems } = parseZoneFile(`${soa}${flat}`, { origin, defaultTtl: 3600 });
  if (problems.length > 0) {
    throw new Error(`zone ${apex}: ${JSON.stringify(problems)}`);
  }
  return makeZone(origin, rrsets);
}

/** A Random that gives the same every time. */
export function seededRandom(seed = 1): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  return {
    bytes: count => Uint8Array.from({ length: count }, () => next() >>> 24),
    below: limit => Math.floor((next() / 2 ** 32) * limit),
  };
}

/** Builds the Internet of `plan`; servers given as text serve the zones named in it, separated by blanks. */
export function simulate(plan: SimPlan): Sim {
  const clock = new VirtualClock();
  const seen: Seen[] = [];
  const zones = new Map(
    Object.entries(plan.zones).map(([apex, text]) => [parseName(apex), zoneOfText(apex, text)]),
  );
  const servers = new Map<string, SimServer>(
    Object.entries(plan.servers).map(([address, server]) => [
      address,
      typeof server === 'string' ? { serves: server.split(' ') } : server,
    ]),
  );
  const answer = (server: SimServer, query: Message): Message => {
    const held = (server.serves ?? []).flatMap(apex => zones.get(parseName(apex)) ?? []);
    return held.length === 0 ? makeResponse(query, 'REFUSED') : respond(makeZoneSet(held), query);
  };
  const dns: Transport = {
    async exchange(query, endpoint, { timeoutMs, protocol = 'udp', signal }): Promise<Exchange> {
      const [question] = query.questions;
      if (question === undefined) {
        throw new Error('a query without question was sent');
      }
      const { name, type } = question;
      const { recursionDesired } = query;
      seen.push({
        address: endpoint.address,
        name,
        type,
        protocol,
        edns: query.edns !== null,
        recursionDesired,
      });
      const server = servers.get(endpoint.address);
      if (server?.fault === 'refused-port' || server?.fault === 'no-route') {
        return {
          kind: 'unreachable',
          reason: server.fault === 'no-route' ? 'no-route' : 'refused',
          protocol,
        };
      }
      const rttMs = server?.rttMs ?? 10;
      const plain = server === undefined || server.fault === 'silent' ? null : answer(server, query);
      const message =
        plain === null || server?.edit === undefined ? plain : server.edit(plain, query, protocol);
      if (message === null || rttMs > timeoutMs) {
        await clock.sleep(timeoutMs, signal);
        return { kind: 'timeout', afterMs: timeoutMs, protocol };
      }
      await clock.sleep(rttMs, signal);
      return { kind: 'response', message, protocol, rttMs, octets: 100 };
    },
  };
  const world: World = {
    clock,
    random: seededRandom(),
    dns,
    streams: noStreams,
    http: { send: () => Promise.reject(new Error('no HTTP in this world')) },
  };
  const rootAddresses = [...servers]
    .filter(([, server]) => server.serves?.includes('.'))
    .map(([address]) => address);
  const hints: RootHints = {
    servers: rootAddresses.map((address, at) => ({ name: parseName(`r${at}.root`), addresses: [address] })),
  };
  return {
    world,
    clock,
    hints,
    seen,
    setZone: (apex, text) => {
      if (text === null) {
        zones.delete(parseName(apex));
      } else {
        zones.set(parseName(apex), zoneOfText(apex, text));
      }
    },
    setServer: (address, server) => servers.set(address, server),
    resolver: options => createResolver(world, { hints, ...options }),
  };
}

/** What was asked, one line a query: `address name type`, with `tcp` or `no-edns` where it is so. */
export function asked(sim: Sim): readonly string[] {
  return sim.seen.map(({ address, name, type, protocol, edns }) =>
    [address, name, type, protocol === 'tcp' ? 'tcp' : '', edns ? '' : 'no-edns'].filter(Boolean).join(' '),
  );
}

/** Resolves `text`, a name and perhaps a type, while the clock of the simulation runs. */
export function ask(
  sim: Sim,
  resolver: Resolver,
  text: string,
  options?: ResolveOptions,
): Promise<Resolution> {
  const [name = '', type = 'A'] = text.split(' ');
  return sim.clock.run(resolver.resolve({ name: parseName(name), type }, options));
}

/** The last data of an answer, or the kind of what came instead; a failure with its cause. */
export function gist(resolution: Resolution): string {
  switch (resolution.kind) {
    case 'answer':
      return resolution.rrsets.at(-1)?.data.join(' ') ?? '';
    case 'failure':
      return `failure: ${resolution.limit ?? resolution.cause}`;
    default:
      return resolution.kind;
  }
}

/** The plan with other servers at some addresses. */
export function withServers(plan: SimPlan, servers: Readonly<Record<string, SimServer | string>>): SimPlan {
  return { ...plan, servers: { ...plan.servers, ...servers } };
}
