import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { listRuns } from '../../src/engine/journal-file.ts';
import { bindServers, dynServers } from '../../src/sandbox/topology.ts';
import { accounts, addressOf } from './accounts.ts';
import { type Box, commands, type How, openBox, type Ran } from './box.ts';

// A machine that does much else needs its time for whole runs.
vi.setConfig({ testTimeout: 60_000 });

const { dyn, powerdns, rfc2136 } = accounts;
const cut = parseName(`staging.${powerdns.apex}`);
const api = parseName(`api.${cut}`);
const how: How = { hurry: true, unasked: true };
const bind = bindServers.map(({ name }) => String(name));
const dead = dynServers.slice(0, 2).map(({ name }) => String(name));
const lame = dead[0] ?? '';

async function within(act: (box: Box) => Promise<void>): Promise<void> {
  const box = await openBox({}, 'none');
  try {
    await act(box);
  } finally {
    await box.close();
  }
}

/** All that the two accounts hold, in words; a serial goes up with every change. */
function standing({ internet }: Box): readonly string[] {
  const { bind: own, powerdns: above } = internet.hosts;
  const text = (side: string, rrsets: readonly RRset[]): readonly string[] =>
    rrsets
      .filter(({ type }) => type !== 'SOA')
      .map(({ owner, type, ttl, data }) => `${side} ${owner} ${ttl} ${type} ${data.join(' | ')}`);
  return [...text('parent', above.rrsets(powerdns.apex)), ...text('zone', own.rrsets(cut))].sort();
}

/** A zone at the BIND-like host that names `own`, and NS records at the PowerDNS-like one that name `above`. */
function plant({ internet }: Box, above: readonly string[], own: readonly string[] = bind): void {
  rfc2136.makeZone(internet, cut, [addressOf(api, '192.0.2.77', 60)]);
  internet.hosts.bind.put(cut, rrsetOf(cut, 'NS', 2, ...own));
  if (above.length > 0) {
    powerdns.put(internet, rrsetOf(cut, 'NS', 2, ...above));
  }
}

/** NS records of both sides with these TTLs, in seconds. */
function plantTtls(box: Box, above: number, own: number): void {
  plant(box, []);
  powerdns.put(box.internet, rrsetOf(cut, 'NS', above, ...bind));
  box.internet.hosts.bind.put(cut, rrsetOf(cut, 'NS', own, ...bind));
}

/** Names of `count` name servers below the cut. */
function below(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `ns${at + 1}.${cut}`);
}

/** Name servers below the cut: the addresses that the parent has for them, and those that the zone has. */
function plantBelow(
  box: Box,
  glue: readonly string[],
  own: readonly string[] = bindServers.map(({ address }) => address),
): void {
  const names = below(own.length);
  plant(box, names, names);
  for (const [at, address] of own.entries()) {
    box.internet.hosts.bind.put(cut, addressOf(parseName(names[at] ?? ''), address, 60));
  }
  for (const [at, address] of glue.entries()) {
    powerdns.put(box.internet, addressOf(parseName(names[at] ?? ''), address, 60));
  }
}

function plantDs(box: Box): void {
  plant(box, bind);
  powerdns.put(box.internet, rrsetOf(cut, 'DS', 60, `4711 13 2 ${'ab'.repeat(32)}`));
}

/** One row that the zone has too, and one that it lacks. */
function plantHidden(box: Box): void {
  plant(box, bind);
  powerdns.put(box.internet, rrsetOf(cut, 'TXT', 60, '"hidden"'));
  powerdns.put(box.internet, addressOf(api, '192.0.2.66', 60));
}

function plantOldGlue(box: Box): void {
  plant(box, bind);
  powerdns.put(box.internet, addressOf(parseName(`ns9.${cut}`), '192.0.2.99', 60));
}

/** A delegation to servers at which the zone is not, or not any more. */
function orphan({ internet }: Box): void {
  powerdns.put(internet, rrsetOf(cut, 'NS', 2, ...dead));
  powerdns.put(internet, rrsetOf(cut, 'DS', 2, `4711 13 2 ${'ab'.repeat(32)}`));
}

const check = (box: Box, flags: Parameters<typeof commands.check>[1] = {}, more: How = {}): Promise<Ran> =>
  box.run(commands.check(cut, flags), { ...how, ...more });

async function undoLatest(box: Box): Promise<Ran> {
  const [latest] = await listRuns(box.folder);
  return await box.run(commands.undo(latest?.run ?? ''), how);
}

/** The ids that `check` finds with what the accounts show. */
async function idsOf(box: Box): Promise<readonly string[]> {
  const { out } = await check(box, { fix: true }, { options: { json: true, yes: false } });
  return JSON.parse(out).findings.map(({ id }: { id: string }) => id);
}

/** The NS RRset of the cut as `standing` tells it. */
function nsRow(side: 'parent' | 'zone', names: readonly string[], ttl = 2): string {
  return `${side} ${cut} ${ttl} NS ${rrsetOf(cut, 'NS', ttl, ...names).data.join(' | ')}`;
}

/** What went and what came. */
function changesOf(before: readonly string[], after: readonly string[]): readonly string[] {
  return [
    ...before.filter(row => !after.includes(row)).map(row => `- ${row}`),
    ...after.filter(row => !before.includes(row)).map(row => `+ ${row}`),
  ];
}

describe('check --fix', () => {
  const first = bind.slice(0, 1);
  const withoutDot = [bind[0] ?? '', `${bind[1]}${cut}`];
  const cases: readonly [string, string, (box: Box) => void, readonly string[]][] = [
    [
      'a server that only the zone names',
      'ns-set-mismatch',
      box => plant(box, first),
      [`- ${nsRow('parent', first)}`, `+ ${nsRow('parent', bind)}`],
    ],
    [
      'a server that only the parent names',
      'ns-set-mismatch',
      box => plant(box, bind, first),
      [`- ${nsRow('zone', first)}`, `+ ${nsRow('zone', bind)}`],
    ],
    [
      'a stale name of the zone alone',
      'child-only-stale-ns',
      box => plant(box, bind, [...bind, lame]),
      [`- ${nsRow('zone', [...bind, lame])}`, `+ ${nsRow('zone', bind)}`],
    ],
    [
      'a lame server at the parent',
      'lame-rcode',
      box => plant(box, [...bind, lame]),
      [`- ${nsRow('parent', [...bind, lame])}`, `+ ${nsRow('parent', bind)}`],
    ],
    [
      'a lame server on both sides',
      'lame-rcode',
      box => plant(box, [...bind, lame], [...bind, lame]),
      [
        `- ${nsRow('parent', [...bind, lame])}`,
        `- ${nsRow('zone', [...bind, lame])}`,
        `+ ${nsRow('parent', bind)}`,
        `+ ${nsRow('zone', bind)}`,
      ],
    ],
    [
      'a name without its final dot',
      'ns-missing-dot',
      box => plant(box, withoutDot),
      [`- ${nsRow('parent', withoutDot)}`, `+ ${nsRow('parent', bind)}`],
    ],
    [
      'TTLs that are far apart',
      'ns-ttl-mismatch',
      box => plantTtls(box, 2, 60),
      [`- ${nsRow('zone', bind, 60)}`, `+ ${nsRow('zone', bind)}`],
    ],
    [
      'TTLs that are far apart the other way',
      'ns-ttl-mismatch',
      box => plantTtls(box, 60, 2),
      [`- ${nsRow('parent', bind, 60)}`, `+ ${nsRow('parent', bind)}`],
    ],
    [
      'a delegation that leads past the zone',
      'delegation-dead',
      box => plant(box, dead),
      [`- ${nsRow('parent', dead)}`, `+ ${nsRow('parent', bind)}`],
    ],
    [
      'glue that is missing',
      'glue-missing',
      box => plantBelow(box, ['127.7.0.1']),
      [`+ parent ns2.${cut} 60 A 127.7.0.2`],
    ],
    [
      'glue that is wrong',
      'glue-mismatch',
      box => plantBelow(box, ['127.7.0.1', '127.7.0.9']),
      [`- parent ns2.${cut} 60 A 127.7.0.9`, `+ parent ns2.${cut} 60 A 127.7.0.2`],
    ],
    [
      'glue of a server that is down',
      'lame-no-response',
      box =>
        plantBelow(box, ['127.7.0.1', '127.7.0.2', '127.7.0.9'], ['127.7.0.1', '127.7.0.2', '127.7.0.9']),
      [
        `- parent ns3.${cut} 60 A 127.7.0.9`,
        `- ${nsRow('parent', below(3))}`,
        `- ${nsRow('zone', below(3))}`,
        `+ ${nsRow('parent', below(2))}`,
        `+ ${nsRow('zone', below(2))}`,
      ],
    ],
    [
      'DS records of a zone without keys',
      'ds-unsigned-zone',
      plantDs,
      [`- parent ${cut} 60 DS 4711 13 2 ${'ab'.repeat(32)}`],
    ],
    [
      'rows that the cut hides',
      'occluded-records',
      plantHidden,
      [`- parent ${api} 60 A 192.0.2.66`, `- parent ${cut} 60 TXT "hidden"`, `+ zone ${cut} 60 TXT "hidden"`],
    ],
    [
      'addresses that were glue once',
      'glue-extra',
      plantOldGlue,
      [`- parent ns9.${cut} 60 A 192.0.2.99`, `+ zone ns9.${cut} 60 A 192.0.2.99`],
    ],
  ];
  test.concurrent.each(cases)('mends %s, and undo brings it back', async (_what, id, broken, changes) =>
    within(async box => {
      broken(box);
      const start = standing(box);
      expect(await idsOf(box)).toContain(id);
      const ran = await check(box, { fix: true });
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(await idsOf(box)).not.toContain(id);
      expect(changesOf(start, standing(box))).toEqual(changes);
      expect(await undoLatest(box)).toMatchObject({ exitCode: 0, error: null });
      expect(standing(box)).toEqual(start);
      expect(await idsOf(box)).toContain(id);
    }),
  );

  test.concurrent('leaves glue that leads to the zone where the zone itself is wrong', async () =>
    within(async box => {
      plantBelow(box, ['127.7.0.1', '127.7.0.2'], ['127.7.0.1', '127.7.0.9']);
      const start = standing(box);
      expect(await idsOf(box)).toContain('glue-mismatch');
      expect(await check(box, { fix: true })).toMatchObject({ exitCode: 5, error: null });
      expect(standing(box)).toEqual(start);
    }));
});

describe('check --fix takes the cut away that nobody holds', () => {
  test.concurrent('when its name is typed, and undo brings it back', async () =>
    within(async box => {
      orphan(box);
      const start = standing(box);
      expect(await idsOf(box)).toContain('dangling-zone');
      const asked = await check(box, { fix: true });
      expect(asked.error).toMatchObject({
        code: 'ZC_NO_TERMINAL',
        hint: expect.stringContaining('--confirm'),
      });
      const other = await check(box, { fix: true }, { options: { confirm: 'prod.example.uk' } });
      expect(other).toMatchObject({ exitCode: 2, error: { code: 'ZC_USAGE' } });
      expect(standing(box)).toEqual(start);
      // What is left is that the name is not delegated.
      const ran = await check(box, { fix: true, failOn: 'never' }, { options: { confirm: cut } });
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(standing(box).filter(row => row.startsWith(`parent ${cut}`))).toEqual([]);
      expect(await undoLatest(box)).toMatchObject({ exitCode: 0, error: null });
      expect(standing(box)).toEqual(start);
    }));
});

describe('check --fix delegates a zone to which nothing leads', () => {
  test.concurrent('and undo leaves the zone as it was', async () =>
    within(async box => {
      plant(box, []);
      const start = standing(box);
      const ran = await check(box, { fix: true, child: 'rfc2136' });
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(powerdns.nsOf(box.internet, cut)).toEqual(bind);
      expect(await undoLatest(box)).toMatchObject({ exitCode: 0, error: null });
      expect(standing(box)).toEqual(start);
    }));
});

describe('check --fix does nothing of itself', () => {
  test.concurrent('where nobody can be asked and nobody said --yes', async () =>
    within(async box => {
      plant(box, bind.slice(0, 1));
      const start = standing(box);
      const ran = await check(box, { fix: true, failOn: 'warning' }, { options: { yes: false } });
      expect(ran).toMatchObject({ exitCode: 5, error: null });
      expect(ran.out).toMatch(/^mend staging\.example\.uk\./m);
      expect(ran.err).toMatch(/nothing was done/);
      expect(standing(box)).toEqual(start);
    }));

  test.concurrent('when the answer is no', async () =>
    within(async box => {
      plant(box, bind.slice(0, 1));
      const start = standing(box);
      const ran = await check(box, { fix: true }, { options: { yes: false }, answer: () => false });
      expect(ran).toMatchObject({ exitCode: 3, error: { code: 'ZC_CANCELLED' } });
      expect(standing(box)).toEqual(start);
    }));

  test.concurrent('with --plan, whose file apply does, once', async () =>
    within(async box => {
      plant(box, bind.slice(0, 1));
      const start = standing(box);
      const file = path.join(box.folder, 'plan.json');
      expect(await check(box, { plan: file, failOn: 'never' })).toMatchObject({ exitCode: 0, error: null });
      expect(standing(box)).toEqual(start);
      expect(await box.run(commands.apply(file), how)).toMatchObject({ exitCode: 0, error: null });
      expect(powerdns.nsOf(box.internet, cut)).toEqual(bind);
      expect(await box.run(commands.apply(file), how)).toMatchObject({ exitCode: 6 });
    }));

  test.concurrent('and a plan that went stale is refused', async () =>
    within(async box => {
      plant(box, bind.slice(0, 1));
      const file = path.join(box.folder, 'plan.json');
      await check(box, { plan: file });
      powerdns.put(box.internet, addressOf(parseName(`new.${powerdns.apex}`), '192.0.2.1'));
      const start = standing(box);
      expect(await box.run(commands.apply(file), how)).toMatchObject({ error: { code: 'ZC_PLAN_STALE' } });
      expect(standing(box)).toEqual(start);
    }));

  test.concurrent('in a zone that the world does not ask', async () =>
    within(async box => {
      plant(box, bind.slice(0, 1));
      dyn.makeZone(box.internet, powerdns.apex, [rrsetOf(cut, 'NS', 2, ...bind.slice(0, 1))]);
      const start = [standing(box), dyn.zonesOf(box.internet, powerdns.apex)];
      const ran = await check(box, { fix: true, parent: 'dyn' });
      expect(ran).toMatchObject({ exitCode: 7, error: { code: 'ZC_PLAN_REFUSED' } });
      expect(ran.out).toMatch(/\[ns-set-mismatch\]/);
      expect([standing(box), dyn.zonesOf(box.internet, powerdns.apex)]).toEqual(start);
    }));

  test.concurrent('without an account: the steps are told', async () =>
    within(async box => {
      plant(box, bind.slice(0, 1));
      const start = standing(box);
      const environment = Object.fromEntries(
        Object.keys(box.environment)
          .filter(key => !/^(ZONECUT|HOME)/.test(key))
          .map(key => [key, '']),
      );
      const ran = await check(box, { fix: true }, { environment });
      expect(ran.error).toBe(null);
      expect(ran.out).toMatch(/^to mend$/m);
      expect(ran.out).not.toMatch(/^mend staging/m);
      expect(standing(box)).toEqual(start);
    }));
});

describe('check --fix tells', () => {
  test.concurrent('that one name server is left', async () =>
    within(async box => {
      const both = [bind[0] ?? '', lame];
      plant(box, both, both);
      const ran = await check(box, { fix: true, failOn: 'critical' });
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(ran.out).toMatch(/warning: ns1\.example-hosting\.net\. is the only name server that is left/);
      expect(powerdns.nsOf(box.internet, cut)).toEqual(both.slice(0, 1));
    }));

  test.concurrent('with --json of a run that is done as every other does', async () =>
    within(async box => {
      plant(box, bind.slice(0, 1));
      const ran = await check(box, { fix: true }, { options: { json: true } });
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(JSON.parse(ran.out)).toMatchObject({
        schema: 'zonecut/run/v1',
        plan: { intent: { kind: 'mend' } },
        open: false,
      });
    }));

  test.concurrent('the plan and what is left with --json', async () =>
    within(async box => {
      plant(box, bind.slice(0, 1));
      const ran = await check(box, { fix: true }, { options: { json: true, yes: false } });
      expect(JSON.parse(ran.out)).toMatchObject({
        schema: 'zonecut/check/v1',
        plan: { schema: 'zonecut/plan/v1', intent: { kind: 'mend', cut } },
        left: expect.any(Array),
      });
    }));
});

/** Plans as they are printed. UPDATE_GOLDENS=1 writes them anew, to be read in review. */
describe('check --fix prints', () => {
  const goldens: readonly [string, (box: Box) => void][] = [
    ['mend-lame', box => plant(box, [...bind, lame], [bind[0] ?? '', lame])],
    [
      'mend-glue-and-ds',
      box => {
        plantBelow(box, ['127.7.0.1', '127.7.0.9']);
        powerdns.put(box.internet, rrsetOf(cut, 'DS', 60, `4711 13 2 ${'ab'.repeat(32)}`));
      },
    ],
    ['mend-dangling', orphan],
  ];
  test.concurrent.each(goldens)('%s', async (name, broken) =>
    within(async box => {
      broken(box);
      const { out } = await check(box, { fix: true, failOn: 'never' }, { options: { yes: false } });
      const plan = out.slice(out.search(/^mend /m)).replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT');
      const file = path.join(import.meta.dirname, 'goldens', `${name}.txt`);
      if (process.env['UPDATE_GOLDENS'] === '1') {
        writeFileSync(file, plan);
      }
      expect(plan).toBe(readFileSync(file, 'utf8'));
    }),
  );
});
