import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { accounts } from './accounts.ts';
import { type Box, commands, openBox } from './box.ts';
import { watchName } from './look.ts';

const { cloudflare, route53 } = accounts;
const flags = { parent: cloudflare.id, child: route53.id };
const shop = parseName('shop.example.ltd.uk');

async function within(act: (box: Box) => Promise<void>): Promise<void> {
  const box = await openBox();
  try {
    await act(box);
  } finally {
    await box.close();
  }
}

describe('at a parent that holds nothing beside NS', () => {
  test(
    'a name with an address answers at every instant, while it is delegated and taken back',
    () =>
      within(async box => {
        const { internet } = box;
        const before = cloudflare.rowsBeside(internet, shop);
        const watch = watchName(internet, shop, 'A', '198.51.100.150');
        // The address may be remembered for minutes, which nobody waits for here.
        const how = { hurry: true, unasked: true, options: { confirm: shop } };
        const made = await box.run(commands.delegate(shop, { ...flags, ttl: '60' }), how);
        expect(made).toMatchObject({ exitCode: 0, error: null });
        const [zone] = route53.zonesOf(internet, shop);
        expect(cloudflare.nsOf(internet, shop)).toEqual(zone?.servers);
        const without = before.filter(row => !row.includes('"shop.example.ltd.uk."'));
        expect(cloudflare.rowsBeside(internet, shop)).toEqual(without);
        expect(without).toHaveLength(before.length - 1);

        const taken = await box.run(commands.undelegate(shop, flags), how);
        expect(taken).toMatchObject({ exitCode: 0, error: null });
        expect(cloudflare.rowsBeside(internet, shop)).toEqual(before);
        const seen = await watch.end();
        expect(seen.misses).toEqual([]);
        expect(seen.looks).toBeGreaterThan(20);
      }),
    60_000,
  );

  test.each([
    ['a proxied row at the cut', 'cdn', {}, /leaves alone \(1 A 198\.51\.100\.160 \(proxied\)\)|cannot hold/],
    ['--hide over an address at the cut', 'shop', { hide: true }, /would be deleted and not only hidden/],
  ] as const)('%s is a refusal, and nothing is changed', (_what, label, more, sentence) =>
    within(async box => {
      const cut = parseName(`${label}.example.ltd.uk`);
      const before = cloudflare.rowsBeside(box.internet, cut);
      const refused = await box.run(commands.delegate(cut, { ...flags, ...more }));
      expect(refused.error).toMatchObject({
        code: 'ZC_PLAN_REFUSED',
        message: expect.stringMatching(sentence),
      });
      expect(cloudflare.rowsBeside(box.internet, cut)).toEqual(before);
      expect(route53.zonesOf(box.internet, cut)).toEqual([]);
    }),
  );
});
