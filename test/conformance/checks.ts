import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CutFinding } from '../../src/checks/cut/finding.ts';
import { judgeCut } from '../../src/checks/cut/judge.ts';
import { delegationNs, type NsHost, parentNs, zoneNs } from '../../src/checks/cut/sets.ts';
import { messageOf } from '../../src/error.ts';
import { createResolver } from '../../src/resolver/resolver.ts';
import { AsnTable } from '../../src/survey/asn-table.ts';
import { addressesIn, type GivenData, withGivenData } from '../../src/survey/beside.ts';
import { parseCloudRanges } from '../../src/survey/cloud-ranges.ts';
import { surveyFacts } from '../../src/survey/cut-survey.ts';
import type { CutFacts } from '../../src/survey/facts.ts';
import { askFormer } from '../../src/survey/former.ts';
import { parseRdap } from '../../src/survey/rdap.ts';
import type { World } from '../../src/world/world.ts';
import { seededRandom } from '../resolver/sim.ts';
import { VirtualClock } from '../resolver/virtual-clock.ts';
import { type BesideTexts, type Bundle, parseBundle } from './checks-bundle.ts';
import { expectedFailures } from './checks-expected.ts';
import { BundleNet, BundleStreams } from './checks-net.ts';

/** What the survey and the checks make of a bundle. */
export interface BundleRun {
  readonly facts: CutFacts;
  readonly findings: readonly CutFinding[];
  /** Queries, one line each, in the order in which they were sent. */
  readonly sent: readonly string[];
  /** Messages of zone transfers that were taken, by address. */
  readonly taken: ReadonlyMap<string, number>;
}

/** How a bundle is run. */
export interface RunOptions {
  /** Whether the survey asks everybody all that it can; true unless given. */
  readonly wide?: boolean;
  /** Whether it looks deep; as `wide` unless given. */
  readonly deep?: boolean;
  /** The only family whose records the world has; both unless given. */
  readonly family?: 'IPv4';
  /** A family that the machine of the scenario does not reach. */
  readonly withoutRoute?: 'IPv6';
}

/** Surveys and judges the zone of a bundle in its own world. */
export async function runBundle(given: Bundle, options: RunOptions = {}): Promise<BundleRun> {
  const bundle = options.family === undefined ? given : withoutIpv6(given);
  const net = new BundleNet(bundle, options.withoutRoute ?? null);
  const streams = new BundleStreams(bundle);
  const world: World = {
    clock: new VirtualClock(bundle.nowMs),
    random: seededRandom(),
    dns: net,
    streams,
    http: { send: () => Promise.reject(new Error('no HTTP in this world')) },
  };
  const { hints } = bundle;
  const resolver = createResolver(world, { hints });
  const around = { resolver, port: 53, recursive: [] };
  const surveyed = await surveyFacts(world, around, bundle.zone, {
    hints,
    wide: options.wide ?? true,
    deep: options.deep ?? options.wide ?? true,
    ...(bundle.given === null ? {} : { given: bundle.given }),
    ...(bundle.parentZone === null ? {} : { parentZone: bundle.parentZone }),
  });
  const former = await askFormer(world, around, bundle.zone, bundle.former);
  const asked = former.length === 0 ? surveyed : { ...surveyed, former };
  const facts = withGivenData(asked, givenData(bundle.beside, asked));
  return { facts, findings: judgeCut(facts), sent: net.sent, taken: streams.taken };
}

function givenData({ rdap, cloudRanges, asnTable }: BesideTexts, facts: CutFacts): GivenData {
  const table = new AsnTable(addressesIn(facts));
  for (const line of asnTable) table.line(line);
  return {
    ...(rdap.length === 0 ? {} : { domains: rdap.flatMap(parseRdap) }),
    ...(cloudRanges.length === 0 ? {} : { ranges: cloudRanges.flatMap(parseCloudRanges) }),
    ...(asnTable.length === 0 ? {} : { origins: table.origins }),
  };
}

function withoutIpv6(bundle: Bundle): Bundle {
  const servers = bundle.servers.map(server => ({
    ...server,
    zones: server.zones.map(({ apex, rrsets }) => ({
      apex,
      rrsets: rrsets.filter(({ type }) => type !== 'AAAA'),
    })),
  }));
  return { ...bundle, servers };
}

/** Why a bundle did not give what it should; null when it did. */
export function verdictOn(bundle: Bundle, { facts, findings }: BundleRun): string | null {
  const ids = new Set(findings.map(({ id }) => id));
  const missing = bundle.report.filter(id => !ids.has(id));
  const wrong = bundle.silent.filter(id => ids.has(id));
  const sets = { parentNs: parentNs(facts), delegationNs: delegationNs(facts), zoneNs: zoneNs(facts) };
  const differing = (['parentNs', 'delegationNs', 'zoneNs'] as const).flatMap(key => {
    const wanted = bundle.sets[key];
    const [is, shall] = [setText(sets[key]), wanted === undefined ? null : wantedText(wanted)];
    return shall === null || is === shall ? [] : [`${key} is ${is}, expected ${shall}`];
  });
  const problems = [
    ...missing.map(id => `no ${id}`),
    ...wrong.map(id => `${id}: ${findings.find(finding => finding.id === id)?.text}`),
    ...differing,
  ];
  return problems.length === 0 ? null : problems.join('; ');
}

function setText(hosts: readonly NsHost[] | null): string {
  if (hosts === null) {
    return 'undetermined';
  }
  const texts = hosts.flatMap(({ name, addresses }) => {
    const bare = name.length > 1 ? name.slice(0, -1) : name;
    return addresses.length === 0 ? [bare] : addresses.map(address => `${bare}/${address}`);
  });
  return texts.sort().join(' ');
}

function wantedText(wanted: readonly string[] | null): string {
  if (wanted === null) {
    return 'undetermined';
  }
  const texts = wanted.map(text => {
    const [name = '', address] = text.split('/');
    return address?.includes(':') === true
      ? `${name}/${new URL(`http://[${address}]/`).hostname.slice(1, -1)}`
      : text;
  });
  return texts.sort().join(' ');
}

/** Runs every bundle at and below `folder`, prints what failed and the counts; gives whether nothing failed. */
export async function reportChecks(folder: string, print: (line: string) => void): Promise<boolean> {
  const counts = { passed: 0, failed: 0, expected: 0 };
  for (const file of bundlesIn(folder)) {
    const why = await runFile(file.path);
    const expected = expectedFailures.find(({ id }) => file.id.endsWith(id));
    if (why === null && expected === undefined) {
      counts.passed += 1;
    } else if (why === null) {
      counts.failed += 1;
      print(`passed, and is on the list of expected failures: ${file.id}`);
    } else if (expected === undefined) {
      counts.failed += 1;
      print(`failed: ${file.id}\n  ${why}`);
    } else {
      counts.expected += 1;
      print(`expected: ${file.id}\n  ${why}\n  ${expected.why}`);
    }
  }
  print(`${counts.expected} expected failures`);
  print(`${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed === 0 && counts.passed > 0;
}

async function runFile(path: string): Promise<string | null> {
  try {
    const bundle = parseBundle(readFileSync(path, 'utf8'));
    return verdictOn(bundle, await runBundle(bundle));
  } catch (error) {
    return messageOf(error);
  }
}

/** The bundles at and below a folder, or below its folder `core` where it has one; other JSON beside them is passed over. */
export function bundlesIn(folder: string): readonly { readonly id: string; readonly path: string }[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const hasCore = entries.some(entry => entry.isDirectory() && entry.name === 'core');
  const top = hasCore ? join(folder, 'core') : folder;
  return readdirSync(top, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.json') && isBundle(readFileSync(join(top, path), 'utf8')))
    .toSorted()
    .map(path => ({ id: path.replace(/\.json$/, ''), path: join(top, path) }));
}

/** Whether a text may be a bundle; what is broken in it comes to light when it is run. */
function isBundle(text: string): boolean {
  return text.includes('"servers"') && text.includes('"roots"');
}
