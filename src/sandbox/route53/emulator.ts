import type { SigningKey } from '../../dns/dnssec-keys.ts';
import type { Name } from '../../dns/name.ts';
import type { Rdata, RRset, RRType } from '../../dns/rrset.ts';
import type { HttpServed } from '../../world/listen-http.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import {
  bodyText,
  type EmulatorDeps,
  makeTokenBucket,
  type Rate,
  randomText,
  textResponse,
} from '../emulation.ts';
import { serveWithFaults } from '../faults.ts';
import {
  type Account,
  type ApexTimes,
  addZone,
  type HostedZoneState,
  plainSet,
  publishZone,
  removeZone,
  rrsetsOf,
} from './account.ts';
import { forbidden, Route53Fault, refused } from './fault.ts';
import { keyOf, type RecordSet } from './record-set.ts';
import { type Route, routeOf } from './routes.ts';
import { type AccessKey, authenticate } from './sigv4.ts';
import { documentOf, element, leaf } from './xml.ts';

/** How many requests the account may make. */
export interface Route53Rates {
  readonly all: Rate | null;
  /** Of each operation that `operations` does not name. */
  readonly each: Rate | null;
  readonly operations: Readonly<Record<string, Rate>>;
}

/** How an emulated account differs from a fresh one. */
export interface Route53Options {
  /** The name servers that zones can get, below com, net, org and co.uk. */
  readonly servers: readonly Name[];
  readonly keys: readonly AccessKey[];
  /** Those of the service unless given; null for no limits. */
  readonly rates?: Route53Rates | null;
  /** 500 unless given. */
  readonly maxZones?: number;
  /** Milliseconds that a zone is busy with a change, during which others get PriorRequestNotComplete; 0 unless given. */
  readonly processingMs?: number;
  /** The ARNs of keys in KMS that Route 53 may sign with; none unless given. */
  readonly kmsKeys?: readonly string[];
  /** What the parent of a zone publishes as its DS; nothing unless given. */
  readonly dsAbove?: (apex: Name) => readonly Rdata[];
  /** 172800, 900 and 86400 unless given. */
  readonly apexTimes?: Partial<ApexTimes>;
}

/** A zone to put into the account from outside the API. */
export interface SeedZone {
  readonly name: Name;
  /** Beside SOA and the apex NS. */
  readonly rrsets?: readonly RRset[];
  readonly reference?: string;
  readonly isPrivate?: boolean;
  /** Drawn from the pool unless given. */
  readonly nameServers?: readonly Name[];
  /** A key-signing and a zone-signing key, for a zone that is signed. */
  readonly signingKeys?: readonly SigningKey[];
}

/** An account at Route 53 behind its HTTP API (REST-XML, 2013-04-01), strict as the service is. */
export interface Route53Emulator {
  handle(request: HttpRequest): Promise<HttpServed>;
  /** All zones, in the order in which they were made. */
  zones(): readonly HostedZoneState[];
  /** Puts a zone into the account and on the name servers, and gives its identifier. */
  seedZone(seed: SeedZone): string;
  /** What the name servers serve of a zone; empty for a zone that is not there. */
  rrsets(id: string): readonly RRset[];
  /** Sets a record set, as somebody else would in the console. */
  put(id: string, rrset: RRset): void;
  /** As `put`, of a record set that is more than an RRset. */
  putRecordSet(id: string, set: RecordSet): void;
  /** Removes a record set, as somebody else would in the console. */
  remove(id: string, owner: Name, type: RRType): void;
  /** Removes a zone with all that it holds. */
  removeZone(id: string): void;
}

const serviceRates: Route53Rates = {
  all: { burst: 50, perSecond: 10 },
  each: { burst: 50, perSecond: 10 },
  operations: {
    CreateHostedZone: { burst: 40, perSecond: 2 },
    DeleteHostedZone: { burst: 40, perSecond: 5 },
    CreateReusableDelegationSet: { burst: 40, perSecond: 2 },
    DeleteReusableDelegationSet: { burst: 40, perSecond: 5 },
  },
};
const serviceTimes: ApexTimes = { nsTtl: 172_800, soaTtl: 900, soaMinimum: 86_400 };
const serviceMaxZones = 500;

/** An account without zones. */
export function createRoute53Emulator(deps: EmulatorDeps, options: Route53Options): Route53Emulator {
  const account: Account = {
    deps,
    pool: options.servers,
    apexTimes: { ...serviceTimes, ...options.apexTimes },
    zones: new Map(),
    changes: new Map(),
    delegationSets: new Map(),
    kmsKeys: options.kmsKeys ?? [],
    dsAbove: options.dsAbove ?? (() => []),
    references: new Set(),
  };
  const admits = admission(deps, options.rates === undefined ? serviceRates : options.rates);
  return {
    handle: request => handle(account, options, admits, request),
    ...helpersOf(account),
  };
}

function helpersOf(account: Account): Omit<Route53Emulator, 'handle'> {
  const edit = (id: string, change: (records: Map<string, RecordSet>) => void): void => {
    const zone = account.zones.get(id);
    if (zone !== undefined) {
      const records = new Map(zone.records);
      change(records);
      zone.records = records;
      publishZone(account, zone);
    }
  };
  const putRecordSet = (id: string, set: RecordSet): void =>
    edit(id, records => records.set(keyOf(set), set));
  return {
    zones: () => [...account.zones.values()],
    seedZone(seed) {
      const reference = seed.reference ?? randomText(account.deps.random, '0123456789abcdef', 32);
      const zone = addZone(account, { ...seed, reference });
      const sets = (seed.rrsets ?? []).map(setOfRRset).map((set): [string, RecordSet] => [keyOf(set), set]);
      zone.records = new Map([...zone.records, ...sets]);
      publishZone(account, zone);
      return zone.id;
    },
    rrsets(id) {
      const zone = account.zones.get(id);
      return zone === undefined ? [] : rrsetsOf(zone);
    },
    put: (id, rrset) => putRecordSet(id, setOfRRset(rrset)),
    putRecordSet,
    remove: (id, name, type) => edit(id, records => records.delete(keyOf({ name, type, identifier: null }))),
    removeZone(id) {
      const zone = account.zones.get(id);
      if (zone !== undefined) {
        removeZone(account, zone);
      }
    },
  };
}

function setOfRRset(rrset: RRset): RecordSet {
  return plainSet(rrset.owner, rrset.type, rrset.ttl, rrset.data);
}

function admission(deps: EmulatorDeps, rates: Route53Rates | null): (operation: string) => boolean {
  const all = makeTokenBucket(deps.clock, rates?.all ?? null);
  const buckets = new Map<string, ReturnType<typeof makeTokenBucket>>();
  return operation => {
    let bucket = buckets.get(operation);
    if (bucket === undefined) {
      bucket = makeTokenBucket(deps.clock, rates?.operations[operation] ?? rates?.each ?? null);
      buckets.set(operation, bucket);
    }
    return all.take() && bucket.take();
  };
}

function handle(
  account: Account,
  options: Route53Options,
  admits: (operation: string) => boolean,
  request: HttpRequest,
): Promise<HttpServed> {
  const url = new URL(request.url);
  const route = routeOf(request.method, url.pathname);
  const answer = (fault: Route53Fault): HttpResponse => faultResponse(account, fault);
  return serveWithFaults(account.deps.faults, {
    api: 'route53',
    operation: route?.operation ?? 'Unknown',
    method: request.method,
    path: url.pathname,
    vendor: {
      throttled: () => answer(throttling()),
      broken: () => answer(new Route53Fault(503, 'ServiceUnavailable', 'Service is unavailable')),
      malformed: good => ({ ...good, body: new TextEncoder().encode('<?xml version="1.0"?>\n<ListHosted') }),
    },
    async perform() {
      try {
        return await carryOut(account, options, admits, request, route);
      } catch (error) {
        if (error instanceof Route53Fault) {
          return answer(error);
        }
        throw error;
      }
    },
  });
}

function throttling(): Route53Fault {
  return refused('Throttling', 'Rate exceeded');
}

async function carryOut(
  account: Account,
  options: Route53Options,
  admits: (operation: string) => boolean,
  request: HttpRequest,
  route: Route | null,
): Promise<HttpResponse> {
  const key = authenticate(request, options.keys, account.deps.clock.now());
  if (route === null) {
    throw new Route53Fault(
      404,
      'UnknownOperationException',
      'The requested operation is not known to Route 53',
    );
  }
  if (!admits(route.operation)) {
    throw throttling();
  }
  if (key.allows !== undefined && !key.allows.includes(route.operation)) {
    throw forbidden('AccessDenied', deniedMessage(key, route));
  }
  const { body, location, status } = await route.perform({
    account,
    query: new URL(request.url).searchParams,
    body: bodyText(request),
    maxZones: options.maxZones ?? serviceMaxZones,
    processingMs: options.processingMs ?? 0,
  });
  return textResponse(status, 'text/xml', body, {
    'x-amzn-requestid': requestId(account),
    date: dateOf(account),
    ...(location === null ? {} : { location }),
  });
}

function deniedMessage(key: AccessKey, route: Route): string {
  const action = `route53:${route.operation}`;
  const user = `arn:aws:iam::123456789012:user/${key.user ?? 'zonecut'}`;
  return `User: ${user} is not authorized to perform: ${action} on resource: ${route.resource} because no identity-based policy allows the ${action} action`;
}

function faultResponse(account: Account, fault: Route53Fault): HttpResponse {
  const id = requestId(account);
  const error = element(
    'Error',
    leaf('Type', fault.status < 500 ? 'Sender' : 'Receiver'),
    leaf('Code', fault.code),
    leaf('Message', fault.message),
  );
  return textResponse(fault.status, 'text/xml', documentOf('ErrorResponse', error, leaf('RequestId', id)), {
    'x-amzn-requestid': id,
    date: dateOf(account),
  });
}

/** The time at Route 53, which clients whose clocks go wrong set themselves by. */
function dateOf(account: Account): string {
  return new Date(account.deps.clock.now()).toUTCString();
}

function requestId(account: Account): string {
  const digits = randomText(account.deps.random, '0123456789abcdef', 32);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
