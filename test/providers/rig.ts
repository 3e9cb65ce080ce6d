import type { Name } from '../../src/dns/name.ts';
import { compareNames, parseName } from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { ErrorCode } from '../../src/error.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { drivers } from '../../src/providers/registry.ts';
import type { EmulatorDeps } from '../../src/sandbox/emulation.ts';
import type { Api, Faults } from '../../src/sandbox/faults.ts';
import { createFaults } from '../../src/sandbox/faults.ts';
import type { NameServers } from '../../src/sandbox/name-servers.ts';
import type { ServeHttp } from '../../src/world/listen-http.ts';
import { listenHttp } from '../../src/world/listen-http.ts';
import { nodeHttp, nodeRandom } from '../../src/world/node.ts';
import { nodeStreams } from '../../src/world/streams.ts';
import type { Clock, Transport, World } from '../../src/world/world.ts';
import { patientHttp } from './patient-http.ts';

/** A driver over a host, emulated or real. */
export interface Rig {
  readonly provider: Provider;
  /** The zone that is there from the beginning. */
  readonly apex: Name;
  /** Grows with each write that takes effect: a count, or the serial of the zone. */
  writes(): Promise<number>;
  /** What the name servers serve of a zone. */
  served(apex: Name): Promise<readonly RRset[]>;
  /** Adds an A record to the zone as somebody else would. */
  editElsewhere(owner: Name): Promise<void>;
  /** Data of ordinary types that the host cannot hold, as its documentation says; nothing unless given. */
  readonly cannotHold?: (data: string) => boolean;
  close(): Promise<void>;
}

/** A driver over its emulator, spoken to over real sockets on loopback; waits take no time. */
export interface FaultyRig extends Rig {
  readonly api: Api;
  readonly faults: Faults;
  /** What a host that is asked too much ends with. */
  readonly throttledCode: ErrorCode;
  /** The emulator's names of what the driver does. */
  readonly operations: Operations;
  readonly clock: TestClock;
  /** Another provider of the same account, with other variables. */
  open(environment: Readonly<Record<string, string>>): Promise<Provider>;
  /** A provider whose host is at an address where nobody listens. */
  openUnreachable(): Promise<Provider>;
}

export interface Operations {
  /** Makes changes of records take effect. */
  readonly write: string;
  /** Reads the records. */
  readonly read: string;
  /** Creates a zone; null where the host does not. */
  readonly create: string | null;
}

/** A clock whose time passes only by sleeping, which takes no time. */
export interface TestClock extends Clock {
  /** Milliseconds slept so far. */
  slept(): number;
  /** Sets the calendar wrong by that many milliseconds. */
  skew(ms: number): void;
}

export function testClock(): TestClock {
  let slept = 0;
  let skewed = 0;
  return {
    now: () => Date.now() + slept + skewed,
    elapsed: () => slept,
    slept: () => slept,
    skew: ms => {
      skewed = ms;
    },
    sleep: (ms, signal) => {
      signal?.throwIfAborted();
      slept += ms;
      return Promise.resolve();
    },
  };
}

/** What an emulator has to be made from for a rig. */
export interface Emulated {
  readonly handle: ServeHttp;
  readonly editElsewhere: (owner: Name) => void;
}

export interface RigParts {
  readonly api: Api;
  readonly apex: Name;
  readonly operations: Operations;
  readonly emulate: (deps: EmulatorDeps) => Emulated;
  readonly cannotHold?: (data: string) => boolean;
  /** The variables that lead the driver to `url`. */
  readonly environment: (url: string) => Readonly<Record<string, string>>;
  /** The files that the driver can read, by path. */
  readonly files?: (url: string) => Readonly<Record<string, string>>;
  /** The calendar that the emulator dates by: the real one, by which vendors' own code signs, unless given. */
  readonly calendar?: 'slept';
  /** Milliseconds that the host's clock is ahead of all others, for drivers whose vendor's code looks at the real one; 0 unless given. */
  readonly clockAheadMs?: number;
}

export async function makeRig(parts: RigParts): Promise<FaultyRig> {
  const clock = testClock();
  const faults = createFaults();
  const zones = new Map<string, readonly RRset[]>();
  const nameServers: NameServers = {
    publish: (key, zone) => void zones.set(key, zone.rrsets),
    withdraw: key => void zones.delete(key),
    settled: () => Promise.resolve(),
  };
  const slept = (): number => (parts.calendar === 'slept' ? clock.slept() : 0);
  const now = (): number => Date.now() + slept() + (parts.clockAheadMs ?? 0);
  const deps = { clock: { ...clock, now }, random: nodeRandom, nameServers, faults };
  const emulated = parts.emulate(deps);
  const http = nodeHttp();
  const patient = patientHttp(http);
  const listener = await listenHttp({ address: '127.0.0.1', port: 0 }, patient.heard(emulated.handle));
  const world: World = { clock, random: nodeRandom, dns: noDns, streams: nodeStreams, http: patient.http };
  const opened: Provider[] = [];
  const open = async (environment: Readonly<Record<string, string>>): Promise<Provider> => {
    const driver = drivers.find(one => one.id === parts.api);
    if (driver === undefined) throw new Error(`no driver ${parts.api}`);
    const variables = {
      ...parts.environment(listener.url),
      ...environment,
    };
    const provider = await (await driver.load())(world, {
      environment: variables,
      readFile: async path => parts.files?.(listener.url)[path] ?? null,
    });
    opened.push(provider);
    return provider;
  };
  return {
    api: parts.api,
    provider: await open({}),
    ...(parts.cannotHold === undefined ? {} : { cannotHold: parts.cannotHold }),
    faults,
    apex: parts.apex,
    throttledCode: 'ZC_PROVIDER_THROTTLED',
    operations: parts.operations,
    clock,
    writes: async () => faults.requests.filter(one => one.operation === parts.operations.write).length,
    served: async apex =>
      [...zones.values()].flat().filter(set => set.owner === apex || set.owner.endsWith(`.${apex}`)),
    editElsewhere: async owner => emulated.editElsewhere(owner),
    open,
    openUnreachable: async () => open(parts.environment(`http://127.0.0.1:${await freePort()}`)),
    close: async () => {
      faults.clear();
      for (const provider of opened) await provider.close?.();
      await http.close();
      await listener.close();
    },
  };
}

/** A port of loopback at which nobody listens. */
export async function freePort(): Promise<number> {
  const listener = await listenHttp({ address: '127.0.0.1', port: 0 }, () => ({ kind: 'hang' }));
  await listener.close();
  return listener.endpoint.port;
}

/** For worlds whose drivers ask no name server. */
export const noDns: Transport = {
  exchange: () => Promise.reject(new Error('a driver asks no name server')),
};

/** Shorter in tables. */
export const name: (text: string) => Name = parseName;

/** RRsets in zone-file words, sorted, for comparing. */
export function lines(rrsets: readonly RRset[]): readonly string[] {
  return [...rrsets]
    .sort((a, b) => compareNames(a.owner, b.owner) || (a.type < b.type ? -1 : 1))
    .map(set => `${set.owner} ${set.ttl} ${set.type} ${[...set.data].sort().join(' | ')}`);
}

/** Ordinary records, as they stand in every zone of a rig. */
export function ordinary(apex: Name): readonly RRset[] {
  const at = (label: string): Name => name(label === '@' ? apex : `${label}.${apex}`);
  return [
    rrsetOf(at('@'), 'A', 1800, '192.0.2.10', '192.0.2.11'),
    rrsetOf(at('@'), 'MX', 3600, '10 mx1.example.org.', '20 mx2.example.org.'),
    rrsetOf(at('@'), 'TXT', 3600, '"v=spf1 include:_spf.example.org ~all"'),
    rrsetOf(at('@'), 'CAA', 3600, '0 issue "letsencrypt.org"'),
    rrsetOf(at('www'), 'CNAME', 300, `${apex}`),
    rrsetOf(at('*'), 'A', 300, '192.0.2.99'),
    rrsetOf(at('_dmarc'), 'TXT', 3600, '"v=DMARC1; p=none; rua=mailto:dmarc@example.org"'),
    rrsetOf(at('key._domainkey'), 'TXT', 3600, `"${'k'.repeat(255)}" "${'l'.repeat(100)}"`),
    rrsetOf(at('api'), 'AAAA', 600, '2001:db8::1'),
    rrsetOf(at('old'), 'NS', 3600, 'ns1.example.org.', 'ns2.example.org.'),
  ];
}
