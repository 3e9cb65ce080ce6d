import { describe, expect, test } from 'vitest';
import { type Name, parseName } from '../../src/dns/name.ts';
import type { ServerConduct } from '../../src/sandbox/name-servers.ts';
import { namecheapServers } from '../../src/sandbox/topology.ts';
import { accounts, addressOf } from './accounts.ts';
import { type Box, commands, openBox } from './box.ts';

const { namecheap, route53 } = accounts;
const cut = parseName('staging.example.com');
const flags = { parent: 'namecheap', child: 'route53', for: 'authoritative' };
const hurried = { hurry: true };
const wait = { for: 'authoritative' };

async function within(act: (box: Box) => Promise<void>): Promise<void> {
  const box = await openBox({}, 'none');
  try {
    await act(box);
  } finally {
    await box.close();
  }
}

function expectDone(box: Box, before: readonly string[]): void {
  const zones = route53.zonesOf(box.internet, cut);
  expect(zones.length).toBe(1);
  expect(namecheap.nsOf(box.internet, cut)).toEqual(zones[0]?.servers);
  expect(namecheap.rowsBeside(box.internet, cut)).toEqual(before);
}

describe('a name server of the child', () => {
  const conducts: readonly [ServerConduct, RegExp][] = [
    ['silent', /no answer/],
    ['refuse', /REFUSED/],
    ['fail', /SERVFAIL/],
  ];
  test.concurrent.each(conducts)(
    'that is %s keeps the parent as it is, and the run open',
    async (conduct, says) =>
      within(async box => {
        const { internet } = box;
        const before = namecheap.rowsBeside(internet, cut);
        route53.makeZone(internet, cut, []);
        const [bad] = route53.zonesOf(internet, cut)[0]?.servers ?? [];
        internet.nameServers.setConduct(bad ?? cut, conduct);
        const ran = await box.run(
          commands.delegate(cut, flags),
          conduct === 'silent' && bad !== undefined ? { ...hurried, silent: bad } : hurried,
        );
        expect(ran).toMatchObject({ exitCode: 1, error: { code: 'ZC_STEP_FAILED' } });
        expect(ran.error?.message).toContain(conduct === 'silent' ? 'name servers answer' : bad);
        expect(ran.error?.message).toMatch(says);
        expect(ran.error?.hint).toMatch(/zonecut resume [a-z0-9]{8}/);
        expect(namecheap.nsOf(internet, cut)).toEqual([]);
        internet.nameServers.setConduct(bad ?? cut, 'answer');
        expect(await box.run(commands.resume(undefined, wait), hurried)).toMatchObject({ exitCode: 0 });
        expectDone(box, before);
      }),
  );
});

describe('a name server of the parent', () => {
  const lagging: Name = namecheapServers[1]?.name ?? cut;

  test.concurrent('that lags is waited for', async () =>
    within(async box => {
      const before = namecheap.rowsBeside(box.internet, cut);
      box.internet.nameServers.setLag(lagging, 900);
      const begun = performance.now();
      const ran = await box.run(commands.delegate(cut, flags));
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expect(performance.now() - begun).toBeGreaterThan(900);
      expectDone(box, before);
    }));

  test.concurrent('that never shows the change leaves the run open, and says which one', async () =>
    within(async box => {
      const { internet } = box;
      const before = namecheap.rowsBeside(internet, cut);
      internet.nameServers.setLag(lagging, 3_600_000);
      const ran = await box.run(commands.delegate(cut, flags), hurried);
      expect(ran).toMatchObject({ exitCode: 1, error: { code: 'ZC_STEP_FAILED' } });
      expect(ran.error?.message).toContain(lagging);
      expectDone(box, before);
      internet.nameServers.setLag(lagging, 0);
      // What the host publishes next is what all of its servers show then.
      namecheap.put(internet, addressOf(parseName('new.example.com'), '192.0.2.3'));
      expect(await box.run(commands.resume(undefined, wait), hurried)).toMatchObject({ exitCode: 0 });
    }));

  test.concurrent('that refuses leaves the run open', async () =>
    within(async box => {
      const { internet } = box;
      const before = namecheap.rowsBeside(internet, cut);
      internet.nameServers.setConduct(lagging, 'refuse');
      const ran = await box.run(commands.delegate(cut, flags), hurried);
      expect(ran).toMatchObject({ exitCode: 1, error: { code: 'ZC_STEP_FAILED' } });
      expect(ran.error?.message).toMatch(/dns2\.registrar-servers\.com\..*REFUSED/);
      internet.nameServers.setConduct(lagging, 'answer');
      expect(await box.run(commands.resume(undefined, wait), hurried)).toMatchObject({ exitCode: 0 });
      expectDone(box, before);
    }));
});

describe('somebody else who adds a row at the parent', async () => {
  let operations: readonly string[] = [];
  await within(async box => {
    await box.run(commands.delegate(cut, flags));
    operations = box.internet.faults.requests.map(({ operation }) => operation);
  });
  const rows = operations.flatMap((operation, skip) =>
    // Between its last read and its write nothing that Namecheap shows tells of an edit.
    operation === 'namecheap.domains.dns.setHosts' ? [] : [{ skip, operation }],
  );
  const foreign = addressOf(parseName('foreign.example.com'), '192.0.2.99');

  test.concurrent.each(rows)('just before request $skip ($operation) keeps it', async ({ skip }) =>
    within(async box => {
      const { internet } = box;
      const edit = (): void => namecheap.put(internet, foreign);
      internet.faults.inject({ api: '*', operation: '*', kind: 'edit-before', skip, edit });
      const before = namecheap.rowsBeside(internet, cut);
      const ran = await box.run(commands.delegate(cut, flags), { hurry: true });
      const after = namecheap.rowsBeside(internet, cut);
      expect(after.filter(row => !row.includes('foreign'))).toEqual(before);
      expect(after.length).toBe(before.length + 1);
      if (ran.error !== null) {
        expect(ran).toMatchObject({ exitCode: 6, error: { hint: expect.stringMatching(/\w/) } });
        const resumed = await box.run(commands.resume(undefined, wait), hurried);
        if (resumed.error?.code === 'ZC_USAGE') {
          expect(namecheap.nsOf(internet, cut)).toEqual([]);
          expect(await box.run(commands.delegate(cut, flags))).toMatchObject({ exitCode: 0, error: null });
        } else {
          expect(resumed).toMatchObject({ exitCode: 0, error: null });
        }
      }
      expectDone(box, after);
    }),
  );
});

describe('a reference of a run', () => {
  test.concurrent('makes one zone, however often its creation is asked for', async () =>
    within(async box => {
      const { internet } = box;
      const before = namecheap.rowsBeside(internet, cut);
      internet.faults.inject({
        api: 'route53',
        operation: 'CreateHostedZone',
        kind: 'reset-after',
        skip: 1,
        times: 3,
      });
      const ran = await box.run(commands.delegate(cut, flags), { hurry: true });
      expect(ran).toMatchObject({ exitCode: 0, error: null });
      expectDone(box, before);
    }));

  test.concurrent('whose zone somebody has deleted meanwhile ends in an error that says so', async () =>
    within(async box => {
      const { internet } = box;
      const before = namecheap.rowsBeside(internet, cut);
      internet.faults.inject({
        api: 'route53',
        operation: 'CreateHostedZone',
        kind: 'error-after',
        skip: 1,
        times: 100,
      });
      const ran = await box.run(commands.delegate(cut, flags), { hurry: true });
      internet.faults.clear();
      const [zone] = internet.hosts.route53.zones().filter(({ name }) => name === cut);
      if (ran.error === null || zone === undefined) {
        throw new Error('the zone was to be created, and the run to end without it');
      }
      internet.hosts.route53.removeZone(zone.id);
      const again = await box.run(commands.resume(undefined, wait), hurried);
      expect(again.error?.code).toMatch(/^ZC_PROVIDER_(CONFLICT|REFUSED)$/);
      expect(again.error?.hint).toMatch(/\w/);
      expect(namecheap.rowsBeside(internet, cut)).toEqual(before);
      expect(namecheap.nsOf(internet, cut)).toEqual([]);
      expect(await box.run(commands.delegate(cut, flags), hurried)).toMatchObject({
        exitCode: 0,
        error: null,
      });
      expectDone(box, before);
    }));
});

describe('a command that has to wait for a host', () => {
  const says =
    /waiting 5 s: Namecheap asks for fewer requests \(HTTP status 405 .*\(docs\/providers\/namecheap\.md\)/;
  test.concurrent('says for how long and why, and nothing when it does not', async () =>
    within(async box => {
      const { faults } = box.internet;
      faults.inject({ api: 'namecheap', operation: '*', kind: 'throttle' });
      const throttled = await box.run(commands.delegate(cut, flags), hurried);
      expect(throttled).toMatchObject({ exitCode: 0, err: expect.stringMatching(says) });
      const other = await box.run(commands.delegate('other.example.com', flags), hurried);
      expect(other).toMatchObject({ exitCode: 0 });
      expect(other.err).not.toMatch(/waiting \d+ s: Namecheap/);
    }));
});
