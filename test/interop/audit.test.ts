import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { watchedChecks } from '../../src/audit/watched.ts';
import { mapBounded } from '../../src/resolver/map-bounded.ts';
import { attemptOf, labelOfAttempt } from '../attempt.ts';
import { type Named, startNamed } from './dns-named.ts';
import { scenarios } from './judges-scenarios.ts';
import {
  cutOf,
  type JudgesWorld,
  parentAddresses,
  parentFile,
  parentZone,
  type Scenario,
  startJudgesWorld,
} from './judges-world.ts';
import { type Finished, runProgram } from './programs.ts';
import { zonecutCommand } from './world.ts';

let world: JudgesWorld;
let named: Named;
/** What `zonecut check` finds at each cut, as far as an audit looks for it. */
let checked: ReadonlyMap<string, readonly string[]>;

/** Cuts that the parent's zone has records of, in its order: what a transfer or its file gives. */
const delegated = scenarios.filter(({ parent }) => /^\{apex\} \d+ NS /m.test(parent));
/** `other-not-delegated.zc.`, which a scenario delegates beside its cut. */
const beside = 'other-not-delegated.zc.';

beforeAll(async () => {
  world = await startJudgesWorld(await mkdtemp(path.join(tmpdir(), 'zonecut-audited-')), scenarios);
  named = await startNamed(
    world.folder,
    `zone "${parentZone}" { type primary; file "${parentFile}"; allow-transfer { any; }; };`,
  );
  const cuts = [...scenarios.map(cutOf), beside];
  const found = await mapBounded(cuts, 4, async cut => [cut, await checkOf(cut)] as const);
  checked = new Map(found);
});

afterAll(async () => {
  await named?.stop();
  await world?.stop();
  if (world !== undefined) await rm(world.folder, { recursive: true, force: true });
});

// Each waits for the one silent server most of its time, and so they wait side by side.
describe.concurrent('an audit', () => {
  test('of a list finds at each cut what check finds, and nothing at the sound ones', async ({ expect }) => {
    const found = await auditOf(await listOf(scenarios));
    expect(found).toEqual(expectedOf(scenarios.map(cutOf)));
    for (const label of ['sound', 'rnames', 'timers', 'secure', 'no-ds', 'ds-sha1']) {
      expect([label, found[`${label}.${parentZone}`]]).toEqual([label, undefined]);
    }
  });

  test('of the cuts that NSD gives by transfer finds the same', async ({ expect }) => {
    const found = await auditOf('--axfr', `${parentZone}@${parentAddresses[0]}`);
    expect(found).toEqual(expectedOf(transferred()));
  });

  test('of those that BIND gives finds the same', async ({ expect }) => {
    const found = await auditOf('--axfr', `${parentZone}@${named.address}:${named.port}`);
    expect(found).toEqual(expectedOf(transferred()));
  });

  test('of the zone file finds the same', async ({ expect }) => {
    const found = await auditOf('--zone-file', path.join(world.folder, parentFile));
    expect(found).toEqual(expectedOf(transferred()));
  });

  test('that is killed and goes on writes the same as one that is not, octet for octet', async context => {
    const list = await listOf(scenarios);
    const fileOf = (name: string): string =>
      path.join(world.folder, labelOfAttempt(`${name}.ndjson`, attemptOf(context)));
    const [whole, broken] = [fileOf('whole'), fileOf('broken')];
    const words = ['audit', list, '-o', broken, '--least', 'info', '--resume'];
    await Promise.all([run(['audit', list, '-o', whole, '--least', 'info']), killed(words, broken)]);
    await run(words);
    context.expect(await readFile(broken, 'utf8')).toBe(await readFile(whole, 'utf8'));
  });
});

function transferred(): readonly string[] {
  return [...delegated.map(cutOf), beside];
}

/** Cuts with findings, in any order, and what check finds there. */
function expectedOf(cuts: readonly string[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    cuts.flatMap(cut => {
      const ids = checked.get(cut) ?? [];
      return ids.length === 0 ? [] : [[cut, ids]];
    }),
  );
}

interface Finding {
  readonly kind?: string;
  readonly name?: string;
  readonly id: string;
  readonly severity: string;
  readonly variant: string | null;
  readonly subject: string;
}

const wordOf = ({ id, severity, variant, subject }: Finding): string =>
  `${severity} ${id} ${variant} ${subject}`;

async function checkOf(cut: string): Promise<readonly string[]> {
  const said = await run(['check', cut, '--json', '--fail-on', 'never']);
  const { findings }: { readonly findings: readonly Finding[] } = JSON.parse(said.stdout);
  return findings
    .filter(({ id }) => watchedChecks.has(id))
    .map(wordOf)
    .sort();
}

async function auditOf(...source: readonly string[]): Promise<Readonly<Record<string, readonly string[]>>> {
  const { stdout } = await run(['audit', ...source, '--least', 'info']);
  const lines = stdout.trim().split('\n');
  const found: Record<string, string[]> = {};
  for (const line of lines.slice(0, -1)) {
    const finding: Finding = JSON.parse(line);
    expect(finding.kind).toBe('finding');
    const words = found[finding.name ?? ''] ?? [];
    words.push(wordOf(finding));
    found[finding.name ?? ''] = words;
  }
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ kind: 'summary', unknown: 0 });
  return Object.fromEntries(Object.entries(found).map(([cut, words]) => [cut, words.sort()]));
}

async function listOf(some: readonly Scenario[]): Promise<string> {
  const file = path.join(world.folder, `names-${some.length}`);
  await writeFile(file, some.map(scenario => `${cutOf(scenario)}\n`).join(''));
  return file;
}

function environment(): Readonly<Record<string, string>> {
  return {
    ZONECUT_ROOT_HINTS: world.hintsFile,
    ZONECUT_OFFLINE: '1',
    ZONECUT_TRUST_ANCHORS: world.anchorsFile,
    ZONECUT_STATE_DIR: world.folder,
    HOME: world.folder,
  };
}

async function run(args: readonly string[]): Promise<Finished> {
  const said = await runProgram(process.execPath, [zonecutCommand(), ...args], {
    timeoutMs: 120_000,
    environment: environment(),
  });
  expect([said.status, said.status === 0 || said.status === 5 ? '' : said.stderr]).toEqual([
    expect.toBeOneOf([0, 5]),
    '',
  ]);
  return said;
}

/** Kills the command as soon as `output` has anything in it: silent servers keep it from its end for seconds more. */
async function killed(args: readonly string[], output: string): Promise<void> {
  const child = spawn(process.execPath, [zonecutCommand(), ...args], {
    env: { PATH: process.env['PATH'], ...environment() },
    stdio: 'ignore',
  });
  const ended = new Promise<NodeJS.Signals | null>(resolve =>
    child.once('exit', (_, signal) => resolve(signal)),
  );
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const size = await stat(output).then(
      found => found.size,
      () => 0,
    );
    if (size > 0) child.kill('SIGKILL');
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  expect(await ended).toBe('SIGKILL');
}
