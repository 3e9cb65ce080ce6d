import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unsign } from '../../src/cli/commands/undelegate.ts';
import { type Name, parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZoneState } from '../../src/sandbox/route53/account.ts';
import { type Box, commands, openBox } from './box.ts';
import { askIsp, watchValidators } from './look.ts';
import { watchStrictly } from './strict-validator.ts';

const hosts = { child: 'route53', parent: 'route53', ttl: '2' };

let box: Box;
beforeEach(async () => {
  box = await openBox({}, 'none', { signed: true });
});
afterEach(() => box.close());

function zoneOf(apex: string): HostedZoneState | undefined {
  return box.internet.hosts.route53.zones().find(zone => zone.name === parseName(apex));
}

/** Puts a record below the cut into example.org, and gives its name. */
function putUser(cut: string): Name {
  const name = parseName(`api.${cut}`);
  const id = zoneOf('example.org')?.id ?? '';
  box.internet.hosts.route53.put(id, rrsetOf(name, 'A', 1, '192.0.2.77'));
  return name;
}

async function dsSeen(name: string): Promise<readonly string[]> {
  const message = await askIsp(box.internet, parseName(name), 'DS');
  return message.answer.filter(({ type }) => type === 'DS').map(({ data }) => data);
}

describe('in a secure zone', () => {
  test('a cut is signed, and taken back, without one answer that a validator refuses', async () => {
    const cut = 'staging.example.org';
    const user = putUser(cut);
    const watch = watchValidators(box.internet, user, 'A', '192.0.2.77');
    const strict = watchStrictly(box.internet, parseName(cut));
    const ran = await box.run(commands.delegate(cut, { ...hosts, sign: true }));
    expect(ran.error).toBe(null);
    expect(ran.exitCode).toBe(0);
    expect(ran.err).toContain('is secure for a validator that starts at the root');
    expect(zoneOf(cut)?.zsk).not.toBe(null);
    expect((await dsSeen(cut)).length).toBe(1);

    const unsigned = await box.run(context => unsign(context, cut, { child: 'route53', parent: 'route53' }));
    expect(unsigned.error).toBe(null);
    expect(zoneOf(cut)).toMatchObject({ zsk: null, ksks: new Map() });

    const again = await box.run(commands.delegate(cut, { ...hosts, sign: true }));
    expect(again.error).toBe(null);

    const { looks, misses, seen } = await watch.end();
    expect(misses).toEqual([]);
    expect(looks).toBeGreaterThan(20);
    // Secure from its first instant, then not any more, then again.
    expect(seen).toEqual(['secure', 'insecure', 'secure']);

    const saw = await strict.end();
    expect(saw.misses).toEqual([]);
    expect(saw.held).toBeGreaterThan(10);

    const back = await box.run(commands.undelegate(cut, { child: 'route53', parent: 'route53' }), {
      options: { confirm: cut },
    });
    expect(back.error).toBe(null);
    expect(zoneOf(cut)).toBe(undefined);
    expect(box.internet.hosts.route53.rrsets(zoneOf('example.org')?.id ?? '')).not.toContainEqual(
      expect.objectContaining({ owner: parseName(cut) }),
    );
  });

  test('a host that takes no DS gets a step by hand, which is shown, waited for and verified', async () => {
    const cut = 'staging.example.com';
    const stop = new AbortController();
    const left = await box.run(
      context =>
        commands.delegate(cut, { ...hosts, parent: 'namecheap', ttl: '60', sign: true, timeout: '10s' })(
          context,
        ),
      { signal: stop.signal },
    );
    expect([left.error, left.exitCode]).toEqual([null, 8]);
    expect(left.err).toMatch(/by hand: whoever runs example\.com\. at Namecheap/);
    const row = /staging\.example\.com\.\s+60\s+IN\s+DS\s+(\d+ 13 2 [0-9a-f]{64})/i.exec(left.err)?.[1];
    expect(row).toBeDefined();
    expect(await dsSeen(cut)).toEqual([]);

    const wrong = rrsetOf(parseName(cut), 'DS', 1, `1 13 2 ${'ab'.repeat(32)}`);
    box.internet.hosts.console.put(wrong);
    const still = await box.run(commands.resume(undefined, { timeout: '5s' }));
    expect([still.error, still.exitCode]).toEqual([null, 8]);

    box.internet.hosts.console.put(rrsetOf(parseName(cut), 'DS', 1, row ?? ''));
    const done = await box.run(commands.resume());
    expect([done.error, done.exitCode]).toEqual([null, 0]);
    expect(done.err).toContain('is secure for a validator that starts at the root');
  });

  test('who is there is asked whether to sign, and nobody else is', async () => {
    const cut = 'asked.example.org';
    const questions: string[] = [];
    const ran = await box.run(commands.delegate(cut, { ...hosts, for: 'authoritative' }), {
      options: { yes: false },
      answer: question => {
        questions.push(question);
        return question !== 'Do this?';
      },
    });
    expect(ran.error?.code).toBe('ZC_CANCELLED');
    expect(questions).toEqual([expect.stringMatching(/is secure and .* Sign it\?$/), 'Do this?']);
    expect(ran.out).toContain('let Route 53');
    expect(zoneOf(cut)).toBe(undefined);
  });

  test('a cut is locked at its host, and unlocked on the way back', async () => {
    const cut = 'locked.example.org';
    const made = await box.run(commands.delegate(cut, { ...hosts, sign: true, protect: true }));
    expect(made.error).toBe(null);
    const locks = (): readonly string[] =>
      [...(zoneOf('example.org')?.protections.values() ?? [])].map(({ name, type }) => `${name} ${type}`);
    expect(locks()).toEqual([`${cut}. NS`, `${cut}. DS`]);
    const back = await box.run(commands.undelegate(cut, { child: 'route53', parent: 'route53' }), {
      options: { confirm: cut },
    });
    expect(back.error).toBe(null);
    expect(locks()).toEqual([]);
    expect(zoneOf(cut)).toBe(undefined);
  });

  test('a signed cut moves: insecure on the way, secure again at the new host, bogus never', async () => {
    const cut = 'moving.example.org';
    const user = putUser(cut);
    const made = await box.run(commands.delegate(cut, { ...hosts, sign: true }));
    expect(made.error).toBe(null);
    const [before] = await dsSeen(cut);
    const flags = { parent: 'route53', from: 'route53', to: 'powerdns' };
    const asked = await box.run(commands.move(cut, flags));
    expect(asked.error?.hint).toContain('--go-insecure');

    // The zone at Route 53 names its own servers for one second here, and for two days there.
    const watch = watchValidators(box.internet, user, 'A', '192.0.2.77');
    const strict = watchStrictly(box.internet, parseName(cut));
    const moved = await box.run(commands.move(cut, { ...flags, goInsecure: true }), {
      options: { confirm: cut },
    });
    expect(moved.error).toBe(null);
    const { misses, seen } = await watch.end();
    const saw = await strict.end();
    expect([misses, saw.misses]).toEqual([[], []]);
    expect(seen).toEqual(['secure', 'insecure', 'secure']);
    const [after] = await dsSeen(cut);
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
    expect(zoneOf(cut)).toBe(undefined);
  });

  test('a cut with DS of other keys is refused, and mended by unsign', async () => {
    const cut = 'broken.example.org';
    const id = zoneOf('example.org')?.id ?? '';
    const made = await box.run(commands.delegate(cut, { ...hosts, sign: false }));
    expect(made.error).toBe(null);
    box.internet.hosts.route53.put(id, rrsetOf(parseName(cut), 'DS', 1, `1 13 2 ${'ab'.repeat(32)}`));
    const refused = await box.run(commands.delegate(cut, { ...hosts, sign: true }));
    expect(refused.exitCode).toBe(7);
    expect(refused.error?.message).toMatch(/serve no keys: every validating resolver refuses all of it/);
    expect(refused.error?.hint).toContain(`zonecut unsign ${cut}`);

    const mended = await box.run(context => unsign(context, cut, { parent: 'route53' }));
    expect(mended.error).toBe(null);
    expect(await dsSeen(cut)).toEqual([]);
    const signed = await box.run(commands.delegate(cut, { ...hosts, sign: true }));
    expect(signed.error).toBe(null);
    expect((await dsSeen(cut)).length).toBe(1);
  });
});
