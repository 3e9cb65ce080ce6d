import { expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { accounts, addressOf } from './accounts.ts';
import { commands, openBox } from './box.ts';

const { namecheap, route53 } = accounts;
const cut = parseName('staging.example.com');
const id = 'old-servers-still-answer';

test('check and verify tell of servers that an undelegate left with the zone, and of those that somebody names', async () => {
  const box = await openBox();
  try {
    route53.makeZone(box.internet, cut, [addressOf(parseName('api.staging.example.com'), '192.0.2.7')]);
    const [zone] = route53.zonesOf(box.internet, cut);
    const servers = (zone?.servers ?? []).map(String);
    const [first = ''] = servers;
    namecheap.put(box.internet, rrsetOf(cut, 'NS', 60, ...servers));
    // While the cut is delegated to them they are no former ones, whoever says so.
    expect((await box.run(commands.check(cut, { former: servers }))).out).not.toContain(id);
    const gone = await box.run(
      commands.undelegate(cut, { parent: 'namecheap', child: 'route53', keepZone: true }),
      { hurry: true, options: { confirm: cut } },
    );
    expect(gone).toMatchObject({ exitCode: 0, error: null });
    const { out } = await box.run(commands.check(cut));
    expect(out).toContain(`[${id}]`);
    for (const server of servers) expect(out).toContain(server);
    const verified = await box.run(commands.verify(cut));
    expect(verified.out).toContain(`[${id}]`);
    const other = 'other.example.com';
    expect((await box.run(commands.check(other))).out).not.toContain(id);
    // That server does not hold the other cut, so there is nothing to tell.
    expect((await box.run(commands.check(other, { former: [first] }))).out).not.toContain(id);
    const wrong = await box.run(commands.check(other, { former: [`${first}=here`] }));
    expect(wrong.error?.message).toMatch(/^--former .*"here" is no address/);
  } finally {
    await box.close();
  }
});
