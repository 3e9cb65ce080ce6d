import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unsign } from '../../src/cli/commands/undelegate.ts';
import { parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { type Box, commands, openBox } from './box.ts';

const cut = parseName('staging.example.org');

describe('a cut in a secure zone', () => {
  let box: Box;
  beforeAll(async () => {
    box = await openBox({}, 'none', { signed: true });
  });
  afterAll(() => box.close());

  test('is signed, published and validated', async () => {
    const ran = await box.run(
      commands.delegate('staging.example.org', { child: 'route53', parent: 'route53', sign: true, ttl: '1' }),
    );
    console.log(ran.out, ran.err, ran.error);
    expect(ran.exitCode).toBe(0);
    const back = await box.run(
      commands.undelegate('staging.example.org', { child: 'route53', parent: 'route53' }),
      { options: { confirm: 'staging.example.org' }, hurry: true },
    );
    console.log(back.out, back.err, back.error);
    expect(back.exitCode).toBe(0);
  });
});
