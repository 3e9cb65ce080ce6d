import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { listRuns } from '../../src/engine/journal-file.ts';
import { accounts, addressOf, type HeldZone, ownRecords } from './accounts.ts';
import { type Box, commands, openBox, type Ran, until } from './box.ts';
import { watchName } from './look.ts';

const { namecheap, dyn, route53 } = accounts;
const cut = parseName('staging.example.com');
const api = parseName(`api.${cut}`);
const how = { hurry: true, unasked: true, options: { confirm: cut } };

async function within(act: (box: Box) => Promise<void>): Promise<void> {
  const box = await openBox({}, 'none');
  try {
    await act(box);
  } finally {
    await box.close();
  }
}

/** What the accounts hold of the cut, without what a host chooses by itself. */
function standing({ internet }: Box): unknown {
  const records = (zone: HeldZone): readonly string[] => ownRecords(zone, cut);
  return {
    rows: [...namecheap.rowsBeside(internet, cut)].sort(),
    delegated: namecheap.nsOf(internet, cut).length > 0,
    dyn: dyn.zonesOf(internet, cut).map(records),
    route53: route53.zonesOf(internet, cut).map(records),
  };
}

/** Undoes the latest run; `api` answers all the while. */
async function undoLatest(box: Box): Promise<Ran> {
  const [latest] = await listRuns(box.folder);
  const watch = watchName(box.internet, api, 'A', '192.0.2.77');
  const ran = await box.run(commands.undo(latest?.run ?? ''), how);
  const { misses, looks } = await watch.end(4);
  expect(misses).toEqual([]);
  expect(looks).toBeGreaterThan(3);
  return ran;
}

/** Lets `act` begin, and leaves it as soon as `holds`. */
async function leave(box: Box, act: Parameters<Box['run']>[0], holds: () => boolean): Promise<void> {
  const controller = new AbortController();
  const running = box.run(act, { options: { confirm: cut }, signal: controller.signal });
  await until(holds);
  controller.abort();
  expect((await running).exitCode).not.toBe(0);
}

function delegated(box: Box, at: typeof dyn): void {
  at.makeZone(box.internet, cut, [addressOf(api, '192.0.2.77', 60), rrsetOf(cut, 'MX', 300, '1 a.b.')]);
  const [zone] = at.zonesOf(box.internet, cut);
  namecheap.put(box.internet, rrsetOf(cut, 'NS', 60, ...(zone?.servers ?? [])));
}

describe('undo', () => {
  const flags = { parent: 'namecheap', child: 'route53', ttl: '60' };

  test.concurrent('of a delegation puts hidden rows back, and removes NS and zone', async () =>
    within(async box => {
      namecheap.put(box.internet, addressOf(api, '192.0.2.77', 60));
      const start = standing(box);
      const made = await box.run(commands.delegate(cut, { ...flags, removeHidden: true }), { hurry: true });
      expect(made).toMatchObject({ exitCode: 0, error: null });
      expect(standing(box)).not.toEqual(start);
      const ran = await undoLatest(box);
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(ran.out).toMatch(/undo run \w{8}: undelegate staging\.example\.com\./);
      expect(standing(box)).toEqual(start);
      const runs = await box.run(commands.runs());
      expect(runs.out).toMatch(/undone by \w{8}/);
    }));

  test.concurrent('of a delegation whose zone was never made says that there is nothing', async () =>
    within(async box => {
      const { faults } = box.internet;
      // The first request of that name asks for rights alone.
      const making = { api: 'route53', operation: 'CreateHostedZone' } as const;
      faults.inject({ ...making, kind: 'error-before', skip: 1, times: 1000 });
      const failed = await box.run(commands.delegate(cut, flags), { hurry: true });
      expect(failed).toMatchObject({ error: { code: 'ZC_PROVIDER_UNAVAILABLE' } });
      faults.clear();
      const [latest] = await listRuns(box.folder);
      const ran = await box.run(commands.undo(latest?.run ?? ''), how);
      expect(ran).toMatchObject({ exitCode: 2, error: { code: 'ZC_USAGE' } });
      expect(ran.error?.message).toMatch(
        /nothing of run \w{8} to take back: neither a zone of it nor a delegation is there/,
      );
    }));

  test.concurrent('of a delegation that was left half made removes what is there', async () =>
    within(async box => {
      namecheap.put(box.internet, addressOf(api, '192.0.2.77', 60));
      const start = standing(box);
      await leave(box, commands.delegate(cut, flags), () => route53.zonesOf(box.internet, cut).length > 0);
      expect(await undoLatest(box)).toMatchObject({ exitCode: 0, error: null });
      expect(standing(box)).toEqual(start);
      const [, first] = await listRuns(box.folder);
      const resumed = await box.run(commands.resume(first?.run));
      expect(resumed).toMatchObject({ exitCode: 2, error: { code: 'ZC_USAGE' } });
      expect(standing(box)).toEqual(start);
    }));

  test.concurrent('of a delegation refuses when records came since, and says which', async () =>
    within(async box => {
      namecheap.put(box.internet, addressOf(api, '192.0.2.77', 60));
      expect(await box.run(commands.delegate(cut, flags), { hurry: true })).toMatchObject({ exitCode: 0 });
      const zone = box.internet.hosts.route53.zones().find(({ name }) => name === cut);
      box.internet.hosts.route53.put(zone?.id ?? '', addressOf(parseName(`new.${cut}`), '192.0.2.9'));
      const ran = await undoLatest(box);
      expect(ran).toMatchObject({ exitCode: 7, error: { code: 'ZC_PLAN_REFUSED' } });
      expect(ran.error?.message).toMatch(/new\.staging\.example\.com\. A/);
      expect(namecheap.nsOf(box.internet, cut)).toHaveLength(4);
    }));

  test.concurrent('of a delegation to a zone that was there leaves that as it was', async () =>
    within(async box => {
      namecheap.put(box.internet, addressOf(api, '192.0.2.77', 60));
      route53.makeZone(box.internet, cut, [addressOf(parseName(`own.${cut}`), '192.0.2.5')]);
      const start = standing(box);
      expect(await box.run(commands.delegate(cut, flags), { hurry: true })).toMatchObject({ exitCode: 0 });
      expect(standing(box)).not.toEqual(start);
      expect(await undoLatest(box)).toMatchObject({ exitCode: 0, error: null });
      expect(standing(box)).toEqual(start);
    }));

  test.concurrent('of an undelegation makes the zone again and takes its records from the parent', async () =>
    within(async box => {
      delegated(box, dyn);
      const start = standing(box);
      const gone = await box.run(commands.undelegate(cut, { parent: 'namecheap', child: 'dyn' }), how);
      expect(gone).toMatchObject({ exitCode: 0, error: null });
      expect(standing(box)).not.toEqual(start);
      expect(await undoLatest(box)).toMatchObject({ exitCode: 0, error: null });
      expect(standing(box)).toEqual(start);
    }));

  test.concurrent(
    'of a move brings the zone back',
    async () =>
      within(async box => {
        delegated(box, dyn);
        const start = standing(box);
        const moved = await box.run(commands.move(cut, { parent: 'namecheap', to: 'route53' }), how);
        expect(moved).toMatchObject({ exitCode: 0, error: null });
        expect(await undoLatest(box)).toMatchObject({ exitCode: 0, error: null });
        expect(standing(box)).toEqual(start);
      }),
    60_000,
  );

  test.concurrent.each([
    ['before the parent was touched', (box: Box) => route53.zonesOf(box.internet, cut).length > 0],
    ['with both hosts in the delegation', (box: Box) => namecheap.nsOf(box.internet, cut).length === 8],
  ])(
    'of a move that was left %s ends with the old host',
    async (_when, holds) =>
      within(async box => {
        delegated(box, dyn);
        const start = standing(box);
        await leave(box, commands.move(cut, { parent: 'namecheap', to: 'route53' }), () => holds(box));
        const ran = await undoLatest(box);
        expect(ran).toMatchObject({ exitCode: 0, error: null });
        expect(standing(box)).toEqual(start);
      }),
    60_000,
  );

  test.concurrent('refuses a run that is not there', async () =>
    within(async box => {
      expect(await box.run(commands.undo('abcdefgh'))).toMatchObject({ exitCode: 2 });
    }));
});
