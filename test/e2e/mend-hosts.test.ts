import { describe, expect, test, vi } from 'vitest';
import { unsign } from '../../src/cli/commands/undelegate.ts';
import { parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { listRuns } from '../../src/engine/journal-file.ts';
import { bindServers, dynServers, ociServers } from '../../src/sandbox/topology.ts';
import { accounts, addressOf } from './accounts.ts';
import { type Box, commands, type How, openBox, type Ran } from './box.ts';

// A machine that does much else needs its time for whole runs.
vi.setConfig({ testTimeout: 60_000 });

const { namecheap, dyn, route53, rfc2136, powerdns } = accounts;
const how: How = { hurry: true, unasked: true };
const bind = bindServers.map(({ name }) => String(name));
const lame = String(ociServers[0]?.name);

async function within(
  act: (box: Box) => Promise<void>,
  options: Parameters<typeof openBox>[2] = {},
): Promise<void> {
  const box = await openBox({}, 'none', options);
  try {
    await act(box);
  } finally {
    await box.close();
  }
}

async function undoLatest(box: Box): Promise<Ran> {
  const [latest] = await listRuns(box.folder);
  return await box.run(commands.undo(latest?.run ?? ''), how);
}

/** Resolves when the journal of the only run says that `step` has begun. */
async function untilStarted(box: Box, step: string): Promise<void> {
  for (;;) {
    const [run] = await listRuns(box.folder);
    if (run?.state.started.has(step) === true) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

describe('check --fix finds the accounts', () => {
  test.concurrent('of a host that writes whole zones, and of one that chooses servers', async () =>
    within(async box => {
      const { internet } = box;
      const cut = parseName(`staging.${namecheap.apex}`);
      route53.makeZone(internet, cut, [addressOf(parseName(`api.${cut}`), '192.0.2.7')]);
      const servers = route53.zonesOf(internet, cut)[0]?.servers ?? [];
      const broken = [...servers.slice(0, 3), lame].sort();
      namecheap.put(internet, rrsetOf(cut, 'NS', 60, ...broken));
      const beside = namecheap.rowsBeside(internet, cut);
      const ran = await box.run(commands.check(cut, { fix: true }), how);
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(namecheap.nsOf(internet, cut)).toEqual(servers);
      expect(namecheap.rowsBeside(internet, cut)).toEqual(beside);
      expect(await undoLatest(box)).toMatchObject({ exitCode: 0, error: null });
      expect(namecheap.nsOf(internet, cut)).toEqual(broken);
      expect(namecheap.rowsBeside(internet, cut)).toEqual(beside);
    }));

  test.concurrent('of the parent alone: what belongs into the zone itself is left', async () =>
    within(async box => {
      const { internet } = box;
      const cut = parseName(`staging.${powerdns.apex}`);
      rfc2136.makeZone(internet, cut, []);
      internet.hosts.bind.put(cut, rrsetOf(cut, 'NS', 2, ...bind, lame));
      powerdns.put(internet, rrsetOf(cut, 'NS', 2, ...bind, lame));
      const environment = Object.fromEntries(
        Object.keys(box.environment)
          .filter(key => key.includes('RFC2136') || key.includes('TSIG'))
          .map(key => [key, '']),
      );
      const ran = await box.run(commands.check(cut, { fix: true }), { ...how, environment });
      expect(ran.error).toBe(null);
      expect(powerdns.nsOf(internet, cut)).toEqual(bind);
      const left = ran.out.slice(ran.out.indexOf('left to decide'), ran.out.indexOf('checked again'));
      expect(left).toContain(`- ${cut} 3600 IN NS ${lame}`);
    }));
});

describe('check --fix unlocks what is locked', () => {
  test.concurrent('and locks it again', async () =>
    within(async box => {
      const { route53: account } = box.internet.hosts;
      const cut = parseName(`staging.${route53.apex}`);
      const flags = { child: 'route53', parent: 'route53', ttl: '2', protect: true };
      expect(await box.run(commands.delegate(cut, flags), how)).toMatchObject({ exitCode: 0, error: null });
      const zone = account.zones().find(({ name }) => name === route53.apex);
      const servers = route53.nsOf(box.internet, cut);
      account.put(zone?.id ?? '', rrsetOf(cut, 'NS', 2, ...servers.slice(1), lame));
      const locks = (): readonly string[] =>
        [...(zone?.protections.values() ?? [])].map(({ name, type }) => `${name} ${type}`);
      expect(locks()).toEqual([`${cut} NS`]);
      const ran = await box.run(commands.check(cut, { fix: true }), how);
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(route53.nsOf(box.internet, cut)).toEqual(servers);
      expect(locks()).toEqual([`${cut} NS`]);
    }));
});

describe('check --fix ends a move that was left half made', () => {
  test.concurrent('and names both sets until no cache knows the old one alone', async () =>
    within(async box => {
      const { internet } = box;
      const cut = parseName(`staging.${powerdns.apex}`);
      const old = dynServers.map(({ name }) => String(name));
      dyn.makeZone(internet, cut, []);
      internet.hosts.dyn.edit(cut, records =>
        records.map((record, at) =>
          record.type === 'NS' ? { ...record, data: { nsdname: bind[at % bind.length] ?? '' } } : record,
        ),
      );
      rfc2136.makeZone(internet, cut, []);
      powerdns.put(internet, rrsetOf(cut, 'NS', 2, ...old));
      const ran = await box.run(commands.check(cut, { fix: true }), how);
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(ran.out).toMatch(/the old ones among them for a while/);
      expect(powerdns.nsOf(internet, cut)).toEqual(bind);
      expect(await undoLatest(box)).toMatchObject({ exitCode: 0, error: null });
      expect(powerdns.nsOf(internet, cut)).toEqual(old);
    }));
});

describe('check --fix in a signed world', () => {
  const cut = 'staging.example.org';
  const hosts = { child: 'route53', parent: 'route53', ttl: '2' };
  const dsOf = ({ internet }: Box): readonly string[] => {
    const zone = internet.hosts.route53.zones().find(({ name }) => name === parseName('example.org'));
    const rows = internet.hosts.route53.rrsets(zone?.id ?? '');
    return rows.find(({ owner, type }) => owner === parseName(cut) && type === 'DS')?.data ?? [];
  };
  const setDs = ({ internet }: Box, data: string): void => {
    const zone = internet.hosts.route53.zones().find(({ name }) => name === parseName('example.org'));
    internet.hosts.route53.put(zone?.id ?? '', rrsetOf(parseName(cut), 'DS', 2, data));
  };

  test('adds the DS records of a signed zone that has none', async () =>
    within(
      async box => {
        expect(await box.run(commands.delegate(cut, { ...hosts, sign: true }), how)).toMatchObject({
          exitCode: 0,
        });
        const good = dsOf(box);
        expect(await box.run(context => unsign(context, cut, { parent: 'route53' }), how)).toMatchObject({
          exitCode: 0,
        });
        expect((await box.run(commands.check(cut, {}), how)).out).toMatch(/\[signed-no-ds\]/);
        const ran = await box.run(commands.check(cut, { fix: true }), how);
        expect(ran).toMatchObject({ exitCode: 0, error: null });
        expect(ran.err).toContain('is secure for a validator that starts at the root');
        expect(dsOf(box)).toEqual(good);
        expect(await undoLatest(box)).toMatchObject({ exitCode: 0, error: null });
        expect(dsOf(box)).toEqual([]);
      },
      { signed: true },
    ));

  test('keeps what is under watch as it leaves it, the DS records that it does not touch among it', async () =>
    within(
      async box => {
        const made = await box.run(commands.delegate(cut, { ...hosts, sign: true }), how);
        expect(made).toMatchObject({ exitCode: 0, error: null });
        const { route53: account } = box.internet.hosts;
        const zone = account.zones().find(({ name }) => name === parseName('example.org'));
        const servers = route53.nsOf(box.internet, parseName(cut));
        account.put(zone?.id ?? '', rrsetOf(parseName(cut), 'NS', 2, ...servers.slice(1), lame));
        expect(await box.run(commands.drift(cut), how)).toMatchObject({ exitCode: 5 });
        const ran = await box.run(commands.check(cut, { fix: true }), how);
        expect(ran).toMatchObject({ exitCode: 0, error: null });
        expect(route53.nsOf(box.internet, parseName(cut))).toEqual(servers);
        expect(await box.run(commands.drift(cut), how)).toMatchObject({ exitCode: 0 });
        // Nor does what takes it back hide what is wrong again.
        expect(await undoLatest(box)).toMatchObject({ exitCode: 0, error: null });
        const drift = await box.run(commands.drift(cut), how);
        expect(drift.out).not.toMatch(/drift-ds/);
        expect(drift.out).toMatch(/lame/);
      },
      { signed: true },
    ));

  test('has somebody take DS records away where the host takes none by API', async () =>
    within(
      async box => {
        const { internet } = box;
        const below = parseName(`staging.${namecheap.apex}`);
        rfc2136.makeZone(internet, below, []);
        internet.hosts.bind.put(below, rrsetOf(below, 'NS', 2, ...bind));
        namecheap.put(internet, rrsetOf(below, 'NS', 60, ...bind));
        internet.hosts.console.put(rrsetOf(below, 'DS', 2, `4711 13 2 ${'ab'.repeat(32)}`));
        const running = box.run(commands.check(below, { fix: true }), how);
        await untilStarted(box, 'remove-ds');
        internet.hosts.console.remove(below, 'DS');
        const ran = await running;
        expect(ran).toMatchObject({ exitCode: 0, error: null });
        expect(ran.err).toMatch(/ok by hand: remove the DS records of staging in example\.com\./);
        expect(await undoLatest(box)).toMatchObject({ error: { code: 'ZC_PLAN_REFUSED' } });
      },
      { signed: true },
    ));

  test('puts DS records of the keys in the place of others', async () =>
    within(
      async box => {
        const made = await box.run(commands.delegate(cut, { ...hosts, sign: true }), how);
        expect(made).toMatchObject({ exitCode: 0, error: null });
        const good = dsOf(box);
        const bad = `4711 13 2 ${'ab'.repeat(32)}`;
        setDs(box, bad);
        for (const look of [commands.check(cut, {}), commands.verify(cut)]) {
          const looked = await box.run(look, how);
          expect(looked.exitCode).toBe(5);
          expect(looked.out).toMatch(/\[ds-no-match\]/);
        }
        const ran = await box.run(commands.check(cut, { fix: true }), how);
        expect(ran).toMatchObject({ exitCode: 0, error: null });
        expect(dsOf(box)).toEqual(good);
        const verified = await box.run(commands.verify(cut), { ...how, options: { json: true } });
        expect(verified.exitCode).toBe(0);
        expect(JSON.parse(verified.out)).toMatchObject({
          ok: true,
          findings: [],
          proof: { security: { ds: good, chain: { kind: 'secure' } } },
        });
        expect(await undoLatest(box)).toMatchObject({ exitCode: 0, error: null });
        expect(dsOf(box)).toEqual([bad]);
      },
      { signed: true },
    ));
});
