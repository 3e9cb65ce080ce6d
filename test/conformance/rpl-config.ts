import { isAddress } from '../../src/dns/address.ts';
import type { Name } from '../../src/dns/name.ts';
import { parseName, rootName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { ianaRootHints, type RootHints } from '../../src/resolver/hints.ts';
import { defaultLimits, type Limits } from '../../src/resolver/limits.ts';
import { type Memory, makeMemory } from '../../src/resolver/memory.ts';
import { parseTrustAnchors, type TrustAnchors } from '../../src/resolver/trust-anchors.ts';
import type { Scenario, Setting } from './rpl-scenario.ts';

/** What the configuration of a scenario means for the resolver here. */
export interface Configured {
  readonly hints: RootHints;
  readonly memory: Memory;
  readonly limits: Limits;
  readonly minimise: boolean;
  readonly prefetch: boolean;
  readonly verifyGlue: boolean;
  /** Whether queries without RD are answered from what is remembered. */
  readonly snooping: boolean;
  /** Whether clients see the NS RRset beside an answer. */
  readonly wholeAnswers: boolean;
  readonly hasIpv4: boolean;
  readonly hasIpv6: boolean;
  /** Whether servers at addresses of this machine are left alone. */
  readonly isLoopbackShut: boolean;
  /** Whether the letters of names are mixed. */
  readonly mixCase: boolean;
  /** Milliseconds since 1970 at which the clock starts. */
  readonly epochMs: number;
  /** Null when nothing is to be validated. */
  readonly trustAnchors: TrustAnchors | null;
  /** What the scenario wants of its resolver and zonecut has not. */
  readonly missing: readonly string[];
}

/** Reads the settings that matter; those that only tune Unbound or Knot Resolver are passed over. */
export function configure(scenario: Scenario): Configured {
  const { settings } = scenario;
  const one = (...keys: readonly string[]): string | undefined =>
    settings.findLast(({ key }) => keys.includes(key))?.value;
  const limits = limitsOf(settings);
  const stubs = stubsOf(scenario);
  const hints = hintsOf(stubs.get(rootName) ?? []);
  const memory = makeMemory(hints, limits);
  for (const [name, addresses] of stubs) {
    if (name === rootName) continue;
    const server = `stub.${name}`;
    const glue = addresses.map(address =>
      rrsetOf(server, address.includes(':') ? 'AAAA' : 'A', forever, address),
    );
    const delegation = { cut: name, ns: rrsetOf(name, 'NS', forever, server), ds: null, glue };
    memory.delegations.learn(delegation, memory.delegations.root, 0);
  }
  return {
    hints,
    memory,
    limits,
    minimise: isOn(one('qname-minimisation', 'query-minimization') ?? 'yes'),
    prefetch: isOn(one('prefetch') ?? 'no'),
    verifyGlue: isOn(one('harden-unverified-glue') ?? 'no'),
    snooping: settings.some(({ key, value }) => key === 'access-control' && /allow_snoop/.test(value)),
    wholeAnswers: !isOn(one('minimal-responses') ?? 'yes'),
    hasIpv4: isOn(one('do-ip4') ?? 'yes'),
    hasIpv6: isOn(one('do-ip6') ?? 'yes'),
    isLoopbackShut: isOn(one('do-not-query-localhost') ?? 'yes'),
    mixCase: isOn(one('use-caps-for-id') ?? 'no'),
    epochMs: epochOf(one('val-override-date', 'val-override-timestamp')),
    trustAnchors: trustAnchorsOf(settings),
    missing: missingOf(settings),
  };
}

const forever = 2147483647;

function trustAnchorsOf(settings: readonly Setting[]): TrustAnchors | null {
  const valuesOf = (wanted: string): readonly string[] =>
    settings.filter(({ key }) => key === wanted).map(({ value }) => value);
  const anchors = valuesOf('trust-anchor');
  const modules = valuesOf('module-config').at(-1);
  const validates = anchors.length > 0 && (modules === undefined || /validator/.test(modules));
  return validates ? parseTrustAnchors(anchors.join('\n'), valuesOf('domain-insecure')) : null;
}

function isOn(value: string): boolean {
  return /^(yes|on|true|1)$/i.test(value);
}

function limitsOf(settings: readonly Setting[]): Limits {
  const changes: Partial<Record<keyof Limits, number>> = {};
  const names: Readonly<Record<string, keyof Limits>> = {
    'cache-max-ttl': 'maxTtlSeconds',
    'cache-min-ttl': 'minTtlSeconds',
    'cache-max-negative-ttl': 'maxNegativeTtlSeconds',
    'max-global-quota': 'maxQueries',
    'max-query-restarts': 'maxAliases',
    'iter-scrub-ns': 'maxServersPerCut',
    'max-sent-count': 'maxQueriesPerName',
    'outbound-msg-retry': 'maxTriesPerServer',
    max_ttl: 'maxTtlSeconds',
    min_ttl: 'minTtlSeconds',
  };
  for (const { key, value } of settings) {
    const [feature, setting] = key === 'features' ? value.split(/\s*=\s*/) : [key, value];
    const name = names[feature ?? ''];
    const number = Number(setting);
    if (name !== undefined && Number.isInteger(number)) changes[name] = number;
  }
  return { ...defaultLimits, ...changes };
}

/**
 * Addresses by the zone that they serve: of stub zones, and in Deckard's form of the root. Forwarders count as servers of
 * the zone too: zonecut forwards to nobody, but some of them answer what is asked.
 */
function stubsOf({ settings, flavour }: Scenario): ReadonlyMap<Name, readonly string[]> {
  const stubs = new Map<Name, string[]>();
  let section = '';
  let name = rootName;
  for (const { key, value } of settings) {
    if (value === '') {
      section = key;
      name = rootName;
    } else if (/^(stub|forward)-zone$/.test(section) && key === 'name') {
      name = parseName(value);
    } else if (
      /^(stub|forward)-addr$/.test(key) &&
      (flavour === 'deckard' || /^(stub|forward)-zone$/.test(section))
    ) {
      const address = value.split('@')[0] ?? '';
      if (isAddress(address)) stubs.set(name, [...(stubs.get(name) ?? []), address]);
    }
  }
  return stubs;
}

/** The root servers of a scenario; those of the Internet when it names none, as in Unbound. */
function hintsOf(addresses: readonly string[]): RootHints {
  if (addresses.length === 0) return ianaRootHints;
  return {
    servers: addresses.map((address, at) => ({
      name: parseName(at === 0 ? 'k.root-servers.net' : `k${at}.root-servers.net`),
      addresses: [address],
    })),
  };
}

/** The milliseconds of `YYYYMMDDHHMMSS` or of seconds since 1970; the year that this was written when nothing is said. */
function epochOf(text: string | undefined): number {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text ?? '');
  if (parts !== null) {
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }
  return text === undefined || !/^\d+$/.test(text) ? 0 : Number(text) * 1000;
}

const foreignSections: ReadonlySet<string> = new Set([
  'forward-zone',
  'auth-zone',
  'rpz',
  'view',
  'dynlib',
  'cachedb',
  'python',
]);
const foreignKeys: ReadonlySet<string> = new Set([
  'forward-addr',
  'local-zone',
  'local-data',
  'serve-expired',
  'dns64-prefix',
  'dns64-synthall',
  'access-control-view',
  'response-ip',
  'AUTOTRUST_FILE',
  'auto-trust-anchor-file',
  'send-client-subnet',
]);

function missingOf(settings: readonly Setting[]): readonly string[] {
  const missing = settings
    .filter(({ key, value }) =>
      value === '' ? foreignSections.has(key) : foreignKeys.has(key) && !/^(no|off)$/.test(value),
    )
    .map(({ key }) => key);
  return [...new Set(missing)];
}
