import type { Scenario, Signing } from './judges-world.ts';

const ns1 = '{apex} 3600 NS ns1.{apex}\n';
const ns2 = '{apex} 3600 NS ns2.{apex}\n';
const a1 = 'ns1.{apex} 3600 A {first}\n';
const a2 = 'ns2.{apex} 3600 A {second}\n';
const soa = '{apex} 3600 SOA ns1.{apex} hostmaster.{apex} 1 7200 3600 1209600 300\n';
const sound = { parent: ns1 + ns2 + a1 + a2, zone: soa + ns1 + ns2 + a1 + a2 };

function scenario(label: string, change: Partial<Scenario> = {}): Scenario {
  return { label, parent: sound.parent, first: sound.zone, second: sound.zone, ...change };
}

/** The same zone at both servers. */
function zone(rows: string): Pick<Scenario, 'first' | 'second'> {
  return { first: rows, second: rows };
}

function signed(label: string, signing: Signing): Scenario {
  return scenario(label, { signing });
}

/** An address of glue that the benchmark keeps silent. */
export const silentAddress = '127.72.3.1';

/** Cuts with one fault each, and sound ones. */
export const scenarios: readonly Scenario[] = [
  scenario('sound'),
  scenario('one-ns', { parent: ns1 + a1, ...zone(soa + ns1 + a1) }),
  scenario('half-lame', { second: null }),
  scenario('dead', { first: null, second: null }),
  scenario('parent-has-more', zone(soa + ns1 + a1 + a2)),
  scenario('child-has-more', { parent: ns1 + a1 }),
  scenario('disjoint', {
    ...zone(
      `${soa}{apex} 3600 NS ns3.{apex}\n{apex} 3600 NS ns4.{apex}\nns3.{apex} 3600 A {first}\nns4.{apex} 3600 A {second}\n${a1}${a2}`,
    ),
  }),
  scenario('other-glue', { parent: `${ns1}${ns2}${a1}ns2.{apex} 3600 A 127.72.2.1\n` }),
  scenario('one-address', {
    parent: `${ns1}${ns2}${a1}ns2.{apex} 3600 A {first}\n`,
    ...zone(`${soa}${ns1}${ns2}${a1}ns2.{apex} 3600 A {first}\n`),
  }),
  scenario(
    'alias',
    zone(`${soa}${ns1}${ns2}${a1}ns2.{apex} 3600 CNAME host.{apex}\nhost.{apex} 3600 A {second}\n`),
  ),
  scenario('serials', { second: sound.zone.replace(' 1 7200', ' 7 7200') }),
  scenario('rnames', { second: sound.zone.replace('hostmaster.', 'somebody.') }),
  scenario('timers', { second: sound.zone.replace('7200', '7300') }),
  scenario('ns-differ', { second: `${soa}${ns1}${a1}${a2}` }),
  scenario('open', { transfers: true }),
  scenario('not-delegated', { parent: 'other-{apex} 3600 NS ns1.{apex}\n' }),
  scenario('child-alias', { parent: '{apex} 3600 CNAME www.zc.\n' }),
  scenario('no-address', {
    parent: `${ns1}{apex} 3600 NS ns.gone.zc.\n${a1}`,
    ...zone(`${soa}${ns1}{apex} 3600 NS ns.gone.zc.\n${a1}`),
  }),
  scenario('nobody-there', {
    parent: `${ns1}${ns2}${a1}ns2.{apex} 3600 A ${silentAddress}\n`,
    ...zone(`${soa}${ns1}${ns2}${a1}ns2.{apex} 3600 A ${silentAddress}\n`),
  }),
  signed('secure', { zone: 'signed', ds: 'right' }),
  signed('no-ds', { zone: 'signed', ds: 'none' }),
  signed('ds-of-nothing', { zone: 'none', ds: 'of-another-key' }),
  signed('ds-of-another', { zone: 'signed', ds: 'of-another-key' }),
  signed('ds-sha1', { zone: 'signed', ds: 'sha1' }),
  signed('expired', { zone: 'expired', ds: 'right' }),
];
