import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dsOfCut } from '../../src/checks/cut/keyed.ts';
import { parentZoneName } from '../../src/checks/cut/said.ts';
import { delegationNames, glueOf, ownAddresses, zoneNames } from '../../src/checks/cut/sets.ts';
import { isAtOrBelow, type Name, rootName } from '../../src/dns/name.ts';
import { isType, makeRRset, type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { parsePlanFile, printPlanFile } from '../../src/plan/file.ts';
import { type Mend, planMend } from '../../src/plan/mend.ts';
import { knownServers, type Plan } from '../../src/plan/plan.ts';
import { checkRails } from '../../src/plan/rails.ts';
import { powerdnsCapabilities } from '../../src/providers/powerdns/capabilities.ts';
import { rfc2136Capabilities } from '../../src/providers/rfc2136/capabilities.ts';
import type { CutFacts } from '../../src/survey/facts.ts';
import { type BundleRun, bundlesIn, runBundle } from '../conformance/checks.ts';
import { parseBundle } from '../conformance/checks-bundle.ts';
import { snapshotOf, surveyWith, zoneAt } from './surveys.ts';

const folder = 'test/checks/scenarios';
const worlds = bundlesIn(folder).map(({ path }) => parseBundle(readFileSync(path, 'utf8')));

/** Addresses of those of `names` that are at or below the cut. */
function addresses(
  facts: CutFacts,
  names: readonly Name[],
  of: (name: Name) => readonly string[],
): readonly RRset[] {
  return names
    .filter(name => isAtOrBelow(name, facts.cut))
    .flatMap(name =>
      [false, true].flatMap(isV6 => {
        const found = of(name).filter(address => address.includes(':') === isV6);
        return found.length === 0 ? [] : [rrsetOf(name, isV6 ? 'AAAA' : 'A', 3600, ...found)];
      }),
    );
}

/**
 * What an account of the parent that holds what a world shows, and one of the zone, can mend; null where there is no delegation.
 * `held` are the NS that the account holds, where they are not what the servers give.
 */
function mendOf({ facts, findings }: BundleRun, held?: readonly string[]): Mend | null {
  const { cut } = facts;
  const [names, apex] = [delegationNames(facts), parentZoneName(facts)];
  if (names === null || apex === null || facts.given !== null || apex === rootName || cut === rootName) {
    return null;
  }
  const servers = ['ns1.host.net.', 'ns2.host.net.'];
  const ds = dsOfCut(facts);
  const above = zoneAt('powerdns', 'above', apex, servers);
  const own = zoneNames(facts) ?? [];
  const zone = zoneAt('rfc2136', 'own', cut, own);
  const below = snapshotOf(
    zone,
    ...(own.length === 0 ? [] : [rrsetOf(cut, 'NS', 3600, ...own)]),
    ...addresses(facts, own, name => ownAddresses(facts, name) ?? []),
  );
  const ns = rrsetOf(apex, 'NS', 3600, ...servers);
  const base = surveyWith([]);
  const survey = {
    ...base,
    cut,
    live: { ...base.live, apex, ns: isType(ns, 'NS') ? ns : base.live.ns },
    holder: cut,
    parent: {
      ...base.parent,
      snapshot: snapshotOf(
        above,
        rrsetOf(cut, 'NS', 3600, ...(held ?? names)),
        ...(ds.length === 0 ? [] : [makeRRset(cut, 'DS', 3600, ds)]),
        ...addresses(facts, names, name => glueOf(facts, name)),
      ),
    },
    child: own.length === 0 ? base.child : { zones: [zone], snapshots: [below] },
  };
  return planMend(survey, {
    run: 'k7m2q9xw',
    madeBy: '0.0.0',
    parent: { id: 'powerdns', label: 'PowerDNS', capabilities: powerdnsCapabilities },
    child: { id: 'rfc2136', label: 'name server', capabilities: rfc2136Capabilities },
    facts,
    findings,
    soaViews: [],
    nsViews: [],
  });
}

/** What a plan changes, a word a step. */
function gist(plan: Plan | null): readonly string[] {
  return (plan?.steps ?? [])
    .filter(({ action }) => action.do.startsWith('change-') || action.do === 'manual')
    .map(({ id }) => id);
}

/** The NS set that the parent has in the end; null when the cut is gone. */
function endOf({ steps }: Plan, before: readonly string[]): readonly string[] | null {
  return steps.reduce<readonly string[] | null>(
    (now, { action }) =>
      action.do === 'change-delegation' ? (action.to === null ? null : knownServers(action.to.ns)) : now,
    before,
  );
}

test('no world of the checks gets a plan that leaves its cut, breaks its file or takes all servers away', async () => {
  let plans = 0;
  for (const world of worlds) {
    const run = await runBundle(world);
    const mend = mendOf(run);
    const plan = mend?.plan ?? null;
    if (plan === null) continue;
    plans += 1;
    checkRails(plan);
    expect(parsePlanFile(printPlanFile(plan), 'plan.json')).toEqual(plan);
    const end = endOf(plan, delegationNames(run.facts) ?? []);
    const isDangling = run.findings.some(({ id }) => id === 'dangling-zone');
    expect([world.id, end === null || end.length > 0]).toEqual([world.id, true]);
    expect([world.id, end === null]).toEqual([world.id, end === null && isDangling]);
  }
  expect(plans).toBeGreaterThan(20);
}, 60_000);

describe('the world', () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['healthy/signed', []],
    ['healthy/unsigned', []],
    ['ns-set-mismatch/1', ['delegate']],
    ['ds-unsigned-zone/1', ['remove-ds']],
    ['ds-no-match/none', ['replace-ds']],
    ['cds-update-pending/1', ['replace-ds']],
    ['cds-invalid/1', []],
    ['cds-untrusted/1', []],
    ['cds-inconsistent/1', []],
    ['cds-delete/1', []],
    ['child-signing-inconsistent/1', []],
    ['rrsig-expired/1', []],
    ['signed-no-ds/1', ['publish-ds']],
    ['delegation-dead/1', []],
  ];
  test.each(rows)('%s gets its steps and no other', async (id, steps) => {
    const world = worlds.find(found => found.id === id);
    expect(world).toBeDefined();
    const mend = world === undefined ? null : mendOf(await runBundle(world));
    expect(gist(mend?.plan ?? null)).toEqual(steps);
  });
});

test("nothing is planned on top of a change that the parent's servers do not show yet, and that is said", async () => {
  const world = worlds.find(({ id }) => id === 'ns-set-mismatch/1');
  expect(world).toBeDefined();
  if (world === undefined) return;
  const mend = mendOf(await runBundle(world), ['ns1.new.example.net.', 'ns2.new.example.net.']);
  expect(mend).toMatchObject({
    plan: null,
    why: expect.stringMatching(/holds the NS records ns1\.new\.example\.net\., ns2\.new/),
  });
  expect(mend?.why).toMatch(/a change is under way there/);
});
