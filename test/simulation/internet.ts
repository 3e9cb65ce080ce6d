import { respond } from '../../src/authority/authority.ts';
import type { Message } from '../../src/dns/message.ts';
import { type Name, rootName } from '../../src/dns/name.ts';
import { recursiveService } from '../../src/resolver/recursive.ts';
import { createResolver, type Resolver } from '../../src/resolver/resolver.ts';
import type { TrustAnchors } from '../../src/resolver/trust-anchors.ts';
import { createFaults, type Faults } from '../../src/sandbox/faults.ts';
import { type Accounts, environmentOf, openAccounts } from '../../src/sandbox/hosts.ts';
import { allServers, publicZones, type ServedZone, signedApexes } from '../../src/sandbox/public-zones.ts';
import { createZoneSigner, noSigner, type ZoneSigner } from '../../src/sandbox/signing.ts';
import type { InternetTimes } from '../../src/sandbox/times.ts';
import { ispAddress, rootServers } from '../../src/sandbox/topology.ts';
import type { Net } from '../../src/survey/ask.ts';
import type { HttpServed } from '../../src/world/listen-http.ts';
import { noStreams } from '../../src/world/streams.ts';
import type {
  Clock,
  Endpoint,
  Exchange,
  Http,
  HttpExchange,
  HttpRequest,
  Transport,
  World,
} from '../../src/world/world.ts';
import { Chance } from './chance.ts';
import { SimulatedClock } from './clock.ts';
import { type Lag, RecordedNameServers } from './name-servers.ts';
import { People } from './people.ts';

/** The weather of a simulated internet. */
export interface Conditions {
  readonly times: InternetTimes;
  /** Whether the zones above the cut are signed. */
  readonly signed: boolean;
  /** Whether zonecut is told of a resolver to look at. */
  readonly resolvers: boolean;
  readonly lag: Lag;
  /** Share of the packets over UDP that get lost, 0 to 1. */
  readonly loss: number;
  /** Milliseconds from a query to its response, at most. */
  readonly farMs: number;
  /** Milliseconds that one request to an API takes, at most. */
  readonly slowMs: number;
}

/** An internet in one process and on one clock: nothing in it is real but the code that is tried. */
export interface SimulatedInternet {
  readonly clock: SimulatedClock;
  readonly nameServers: RecordedNameServers;
  readonly accounts: Accounts;
  readonly faults: Faults;
  /** The environment of a zonecut process that lives in it. */
  readonly environment: Readonly<Record<string, string>>;
  /** What must not be seen in anything that zonecut prints or writes down. */
  readonly secrets: readonly string[];
  readonly world: World;
  /** Queries that were sent, by whom so ever. */
  readonly counts: { queries: number; requests: number };
  readonly people: People;
  /** The name servers as a process with `world` reaches them, with the ISP's resolver. */
  netOf(world: World): Net;
}

const port = 53;
const hints = { servers: rootServers.map(({ name, address }) => ({ name, addresses: [address] })) };
const serverAt = new Map<string, Name>(allServers.map(({ name, address }) => [address, name]));

/** The internet of `seed` in the weather `conditions`, whose calendar begins at `epochMs`. */
export function makeInternet(seed: number, conditions: Conditions, epochMs: number): SimulatedInternet {
  const clock = new SimulatedClock(epochMs);
  const nameServers = new RecordedNameServers(clock, new Chance(seed, 1));
  const signer = signerAt(epochMs, conditions.signed);
  for (const { zone, servers } of publicZonesAt(conditions, signer)) {
    nameServers.publish(`public:${zone.apex}`, zone, servers);
  }
  const faults = createFaults();
  const { times } = conditions;
  const deps = {
    ...{ random: new Chance(seed, 2), nameServers, fleet: nameServers, faults, times, signer },
    rates: 'none',
  } as const;
  // Signatures of requests carry the real time, so that the calendar of the hosts is the real one. The simulated one
  // begins with it, so that their signatures of zones are good.
  const accounts = openAccounts({ ...deps, clock: calendarOf(clock) });
  nameServers.setLag(conditions.lag);
  const counts = { queries: 0, requests: 0 };
  const isp: { answer: ((query: Message) => Promise<Message>) | null } = { answer: null };
  const dns = dnsOver(clock, nameServers, conditions, new Chance(seed, 3), counts, isp);
  const people = new People(clock, () => faults.requests.at(-1)?.fault ?? null);
  const http = httpOver(clock, accounts, conditions, new Chance(seed, 4), counts, people);
  const world: World = { clock, random: new Chance(seed, 5), dns, streams: noStreams, http };
  isp.answer = recursiveService(createResolver(world, { hints, port }));
  const anchors = {
    anchors: new Map([[rootName, signer.dsOf(rootName, 1).flatMap(({ data }) => data)]]),
    insecure: [],
  };
  const environment = environmentOf({
    route53: 'http://route53.test',
    namecheap: 'http://namecheap.test',
    dyn: 'http://dyn.test',
    oci: 'http://oci.test',
    cloudflare: 'http://cloudflare.test',
  });
  return {
    clock,
    nameServers,
    accounts,
    faults,
    environment,
    secrets: ['AWS_SECRET_ACCESS_KEY', 'NAMECHEAP_API_KEY', 'DYN_PASSWORD'].flatMap(
      name => environment[name] ?? [],
    ),
    world,
    counts,
    people,
    netOf: own => ({
      resolver: createResolver(own, { hints, port }),
      port,
      recursive: conditions.resolvers ? [{ address: ispAddress, port }] : [],
      ...(conditions.signed ? { trust: { anchors, resolverWith: given => resolverFor(own, given) } } : {}),
    }),
  };
}

/** What stories that begin at one moment have in common: making and signing it is much of the work of a short one. */
interface Common {
  readonly epochMs: number;
  readonly signer: ZoneSigner;
  readonly zones: Map<string, readonly ServedZone[]>;
}

let common: Common = { epochMs: 0, signer: noSigner, zones: new Map() };

function signerAt(epochMs: number, signed: boolean): ZoneSigner {
  if (common.epochMs !== epochMs) {
    const calendar = { now: () => epochMs };
    common = {
      epochMs,
      signer: createZoneSigner(calendar, new Chance(0, 6), signedApexes),
      zones: new Map(),
    };
  }
  return signed ? common.signer : noSigner;
}

function publicZonesAt({ signed, times }: Conditions, signer: ZoneSigner): readonly ServedZone[] {
  const { zones } = common;
  const key = JSON.stringify([signed, times]);
  const made = zones.get(key) ?? publicZones(times, signer);
  zones.set(key, made);
  return made;
}

function resolverFor(world: World, trustAnchors: TrustAnchors): Resolver {
  return createResolver(world, { hints, port, trustAnchors });
}

function calendarOf(clock: SimulatedClock): Clock {
  return {
    now: () => Date.now(),
    elapsed: () => clock.elapsed(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}

function dnsOver(
  clock: SimulatedClock,
  nameServers: RecordedNameServers,
  conditions: Conditions,
  chance: Chance,
  counts: SimulatedInternet['counts'],
  isp: { readonly answer: ((query: Message) => Promise<Message>) | null },
): Transport {
  const answerAt = async (endpoint: Endpoint, query: Message): Promise<Message | null> => {
    if (endpoint.address === ispAddress) {
      return (await isp.answer?.(query)) ?? null;
    }
    const server = serverAt.get(endpoint.address);
    return server === undefined ? null : respond({ zones: nameServers.served(server) }, query);
  };
  return {
    async exchange(query, server, { timeoutMs, protocol = 'udp', signal }): Promise<Exchange> {
      counts.queries += 1;
      const began = clock.elapsed();
      const travelMs = 1 + chance.below(conditions.farMs);
      const lost = protocol === 'udp' && chance.happens(conditions.loss);
      if (!lost && travelMs < timeoutMs) {
        await clock.sleep(travelMs / 2, signal);
        const message = await answerAt(server, query);
        await clock.sleep(travelMs / 2, signal);
        const rttMs = clock.elapsed() - began;
        if (message !== null && rttMs <= timeoutMs) {
          return { kind: 'response', message: { ...message, id: query.id }, protocol, rttMs, octets: 512 };
        }
      }
      await clock.sleep(Math.max(0, timeoutMs - (clock.elapsed() - began)), signal);
      return { kind: 'timeout', afterMs: timeoutMs, protocol };
    },
  };
}

function httpOver(
  clock: SimulatedClock,
  accounts: Accounts,
  conditions: Conditions,
  chance: Chance,
  counts: SimulatedInternet['counts'],
  people: People,
): Http {
  const serve = (request: HttpRequest): Promise<HttpServed> => {
    const { hostname } = new URL(request.url);
    const api = ([name]: readonly [string, unknown]): boolean => hostname === `${name}.test`;
    const found = Object.entries(accounts).find(api);
    if (found === undefined) {
      throw new Error(`nobody is at ${hostname}`);
    }
    return people.watch(request, () => found[1].handle(request));
  };
  return {
    async send(request, { timeoutMs, signal }): Promise<HttpExchange> {
      counts.requests += 1;
      const began = clock.elapsed();
      await clock.sleep(1 + chance.below(conditions.slowMs), signal);
      const served = await serve(request);
      await clock.sleep(1 + chance.below(conditions.slowMs), signal);
      if (!('kind' in served)) {
        return { kind: 'response', response: served };
      }
      if (served.kind !== 'hang') {
        return { kind: 'broken', reason: 'the connection was reset' };
      }
      await clock.sleep(Math.max(0, timeoutMs - (clock.elapsed() - began)), signal);
      return { kind: 'timeout', afterMs: timeoutMs };
    },
  };
}
