import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { judgeCut } from '../../src/checks/cut/judge.ts';
import { checks } from '../../src/checks/cut/registry.ts';
import { rootName } from '../../src/dns/name.ts';
import { findingsText } from '../../src/report/finding-text.ts';
import { plainPaint } from '../../src/report/paint.ts';
import { printFacts } from '../../src/survey/facts-file.ts';
import { parseFacts } from '../../src/survey/facts-schema.ts';
import { type BundleRun, bundlesIn, runBundle, verdictOn } from '../conformance/checks.ts';
import { type Bundle, parseBundle } from '../conformance/checks-bundle.ts';
import { shownText } from './found.ts';
import { changedFacts, differenceOf, type NearMiss, nearMisses, writeNearMisses } from './near-miss.ts';

// UPDATE_GOLDENS=1 npx vitest run test/checks/scenarios.test.ts writes anew what each shows, to be read in review.
const rewrites = process.env['UPDATE_GOLDENS'] === '1';
const folder = 'test/checks/scenarios';
const bundles = bundlesIn(folder).map(({ path }) => parseBundle(readFileSync(path, 'utf8')));
const healthy = bundles.filter(({ id }) => id.startsWith('healthy/'));
const ids = checks.map(({ id }) => id);

const runs = new Map<string, Promise<BundleRun>>();

/** The run of a scenario, which is made once. */
function runOnce(bundle: Bundle): Promise<BundleRun> {
  const run = runs.get(bundle.id) ?? runBundle(bundle);
  runs.set(bundle.id, run);
  return run;
}

describe('the world', () => {
  test.each(bundles)('$id shows what it is there for, and nothing else', async bundle => {
    const run = await runOnce(bundle);
    expect(verdictOn(bundle, run)).toBeNull();
    const { facts, findings } = run;
    const found = new Set(findings.map(({ id }) => id));
    expect(ids.filter(id => !found.has(id)).toSorted()).toEqual(bundle.silent.toSorted());
    const golden = `${folder}/${bundle.id}.txt`;
    if (rewrites) writeFileSync(golden, shownText(facts, findings));
    if (existsSync(golden)) expect(shownText(facts, findings)).toEqual(readFileSync(golden, 'utf8'));
  });
});

describe('what is other in one place, or in a few, shows what comes of it and nothing else:', () => {
  const near = nearMisses();
  const shown: NearMiss[] = [];
  test.each([...new Set(near.map(({ of }) => of))])('%s', async of => {
    const { facts, findings } = await runOnce(bundles.find(({ id }) => id === of) ?? scenarioMissing(of));
    const here = near.filter(miss => miss.of === of);
    const now = here.map(miss => ({
      ...miss,
      shows: differenceOf(findings, judgeCut(changedFacts(facts, miss.changes))),
    }));
    shown.push(...now);
    if (!rewrites) expect(now).toEqual(here);
  });
  afterAll(() => {
    if (rewrites) writeNearMisses(shown);
  });
});

test('two worlds are healthy, one of them signed: only the waits are told', () => {
  expect(healthy.map(({ id, silent }) => [id, silent.length])).toEqual([
    ['healthy/signed', ids.length - 1],
    ['healthy/unsigned', ids.length - 1],
  ]);
});

test('every check has a world in which it reports', () => {
  const reported = new Set(bundles.flatMap((bundle: Bundle) => bundle.report));
  expect(ids.filter(id => !reported.has(id))).toEqual([]);
});

test('facts that were saved are judged as they were', async () => {
  const given = bundles.filter(
    ({ beside, former }) => former.length > 0 || Object.values(beside).some(texts => texts.length > 0),
  );
  for (const bundle of [...bundles.slice(0, 5), ...given]) {
    const { facts, findings } = await runBundle(bundle);
    const again = parseFacts(printFacts(facts));
    expect(judgeCut(again)).toEqual(JSON.parse(JSON.stringify(findings)));
  }
});

test('what this machine does not reach is held against nobody', async () => {
  for (const bundle of healthy) {
    const { facts, findings } = await runBundle(bundle, { withoutRoute: 'IPv6' });
    expect(findings.map(({ id }) => id)).toEqual(['propagation-bound']);
    expect(findingsText(facts, findings, plainPaint)).toMatch(/no route there: 2a00:1::1, 2a01:2::1\n/);
  }
});

test('dead servers of a registry are asked a few at a time, until one answers', async () => {
  const [bundle] = healthy;
  const dead = Array.from({ length: 12 }, (_, at) => `11.1.0.${at}`);
  const [root] = bundle?.hints.servers ?? [];
  const hints = { servers: [{ name: root?.name ?? rootName, addresses: [...dead, '11.0.0.1'] }] };
  const { findings, sent } = await runBundle({ ...(bundle ?? healthyMissing()), hints }, { wide: false });
  expect(findings.filter(({ id }) => id !== 'ancestor-server-error').map(({ id }) => id)).toEqual([
    'propagation-bound',
  ]);
  // Each of them twice, and then the one that answers.
  expect(sent.filter(line => line.startsWith('11.'))).toHaveLength(2 * dead.length + 1);
  const order = sent.filter(line => line.startsWith('11.')).map(line => line.split(' ')[0]);
  expect(order.slice(0, 5)).toEqual(['11.1.0.0', '11.1.0.0', '11.1.0.1', '11.1.0.2', '11.1.0.3']);
});

test('an unsigned cut with two servers above it and two of its own takes ten queries, and a walk to the parent', async () => {
  const [bundle] = healthy.filter(({ id }) => id === 'healthy/unsigned');
  const { sent } = await runBundle(bundle ?? healthyMissing(), { wide: false, family: 'IPv4' });
  expect(sent.filter(line => !/^1[12]\./.test(line))).toHaveLength(10);
  expect(sent.length).toBeLessThanOrEqual(12);
});

test('a signed one takes four more', async () => {
  const [bundle] = healthy.filter(({ id }) => id === 'healthy/signed');
  const { sent } = await runBundle(bundle ?? healthyMissing(), { wide: false, family: 'IPv4' });
  expect(sent.length).toBeLessThanOrEqual(16);
});

test('a deep look takes two packets more for each address, and one message of a transfer', async () => {
  const [bundle] = bundles.filter(({ id }) => id === 'axfr-open/1');
  const plain = await runBundle(bundle ?? healthyMissing(), { wide: false });
  const deep = await runBundle(bundle ?? healthyMissing(), { wide: false, deep: true });
  const addresses = ['15.0.1.1', '16.0.1.1', '2a00:1::1', '2a01:2::1'];
  expect(deep.facts.queries - plain.facts.queries).toBe(2 * addresses.length);
  expect([...plain.taken]).toEqual([]);
  expect([...deep.taken].toSorted()).toEqual(addresses.map(address => [address, 1]));
  const kept = deep.facts.children.map(({ deep: more }) => more?.transfer.exchange);
  expect(kept.map(exchange => exchange?.kind === 'response' && exchange.message.answer.length)).toEqual(
    expect.arrayContaining([0, 1]),
  );
});

function healthyMissing(): never {
  return scenarioMissing('healthy');
}

function scenarioMissing(id: string): never {
  throw new Error(`there is no scenario ${id}`);
}
