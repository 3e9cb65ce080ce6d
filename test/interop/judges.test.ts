import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { must } from './dns-named.ts';
import { compare, dnsvizRows, type Verdicts, zonemasterRows } from './judges-rows.ts';
import { scenarios } from './judges-scenarios.ts';
import { cutOf, type JudgesWorld, rootAddress, type Scenario, startJudgesWorld } from './judges-world.ts';
import { runProgram } from './programs.ts';
import { zonecutCommand } from './world.ts';

/** Scenarios that DNSViz is asked about: all that it has a word for, and sound ones. */
const forDnsviz = scenarios.filter(
  ({ label, signing }) => signing !== undefined || ['sound', 'other-glue', 'serials'].includes(label),
);

let world: JudgesWorld;

beforeAll(async () => {
  world = await startJudgesWorld(await mkdtemp(path.join(tmpdir(), 'zonecut-judges-')), scenarios);
});

afterAll(async () => {
  await world?.stop();
  if (world !== undefined) await rm(world.folder, { recursive: true, force: true });
});

test('zonemaster-cli finds what zonecut check finds, of the same cuts', { timeout: 600_000 }, async () => {
  const ours = await verdicts(scenarios, zonecut);
  const { table, unexplained } = compare(zonemasterRows, ours, await verdicts(scenarios, zonemaster));
  process.stdout.write(`zonecut check and zonemaster-cli, ${scenarios.length} cuts\n${table}`);
  expect(unexplained).toEqual([]);
});

test('dnsviz finds what zonecut check finds of chains of trust', { timeout: 600_000 }, async () => {
  const ours = await verdicts(forDnsviz, zonecut);
  const { table, unexplained } = compare(dnsvizRows, ours, await verdicts(forDnsviz, dnsviz));
  process.stdout.write(`zonecut check and dnsviz, ${forDnsviz.length} cuts\n${table}`);
  expect(unexplained).toEqual([]);
});

async function verdicts(
  some: readonly Scenario[],
  judge: (scenario: Scenario) => Promise<readonly string[]>,
): Promise<Verdicts> {
  const found = new Map<string, ReadonlySet<string>>();
  for (const scenario of some) found.set(scenario.label, new Set(await judge(scenario)));
  return found;
}

async function zonecut(scenario: Scenario): Promise<readonly string[]> {
  const { stdout, stderr } = await runProgram(
    process.execPath,
    [zonecutCommand(), 'check', cutOf(scenario), '--deep', '--json', '--fail-on', 'never'],
    {
      environment: {
        ZONECUT_ROOT_HINTS: world.hintsFile,
        ZONECUT_OFFLINE: '1',
        ZONECUT_TRUST_ANCHORS: world.anchorsFile,
        ZONECUT_STATE_DIR: world.folder,
        HOME: world.folder,
      },
    },
  );
  expect(stderr).toBe('');
  return wordsOf(stdout, 'id');
}

async function zonemaster(scenario: Scenario): Promise<readonly string[]> {
  const options = ['--hints', world.hintsFile, '--no-ipv6', '--json', '--level', 'NOTICE'];
  return wordsOf(await must('zonemaster-cli', [...options, cutOf(scenario)]), 'tag');
}

async function dnsviz(scenario: Scenario): Promise<readonly string[]> {
  const file = path.join(world.folder, 'probed.json');
  const from = ['-4', '-A', '-a', '.', '-x', `.+:ns.root=${rootAddress}`];
  await must('dnsviz', ['probe', ...from, '-o', file, cutOf(scenario)]);
  const all: unknown = JSON.parse(await must('dnsviz', ['grok', '-l', 'warning', '-r', file]));
  const own = typeof all === 'object' && all !== null ? Object.entries(all) : [];
  return own
    .filter(([name]) => name === cutOf(scenario))
    .flatMap(([, value]) => wordsOf(JSON.stringify(value), 'code'));
}

/** The values of every member `key` in a JSON text that are words. */
function wordsOf(json: string, key: string): readonly string[] {
  return [...json.matchAll(new RegExp(`"${key}": ?"([\\w-]+)"`, 'g'))].map(([, word]) => word ?? '');
}
