import { describe, expect, it } from 'vitest';
import { driverNamed, drivers, foundAccounts } from '../../src/providers/registry.ts';
import { nodeWorld } from '../../src/world/node.ts';

describe('drivers', () => {
  const names = [
    ['route53', 'route53'],
    ['Route-53', 'route53'],
    ['AWS', 'route53'],
    ['amazon route 53', 'route53'],
    ['NameCheap', 'namecheap'],
    ['dyn', 'dyn'],
    ['dynect', 'dyn'],
    ['BIND', 'rfc2136'],
    ['knot', 'rfc2136'],
    ['pdns', 'powerdns'],
    ['deSEC', 'desec'],
    ['LiveDNS', 'gandi'],
    ['OVHcloud', 'ovh'],
    ['name.com', 'namecom'],
    ['Porkbun', 'porkbun'],
    ['oracle', 'oci'],
    ['gcp', 'gcloud'],
    ['godaddy.com', 'godaddy'],
    ['Azure DNS', 'azure'],
    ['cf', 'cloudflare'],
    ['Digital Ocean', 'digitalocean'],
    ['nsone', 'ns1'],
    ['hcloud', 'hetzner'],
    ['DNSimple', 'dnsimple'],
    ['Linode', 'linode'],
    ['Vultr', 'vultr'],
  ] as const;
  for (const [text, id] of names) it(`${text} is ${id}`, () => expect(driverNamed(text).id).toBe(id));

  it('with a label are those of another account, with variables of its own', async () => {
    const driver = driverNamed('Route-53:Lab-2');
    expect(driver.id).toBe('route53:lab-2');
    expect(driverNamed(driver.id).id).toBe(driver.id);
    expect(driver.environment.map(({ name }) => name)).toContain('AWS_ACCESS_KEY_ID_LAB_2');
    const environment = { AWS_ACCESS_KEY_ID: 'AKIAFIRSTACCOUNT0001', AWS_SECRET_ACCESS_KEY: 'a' };
    const world = nodeWorld();
    expect(await driver.find({ environment })).toBeNull();
    const open = await driver.load();
    await expect(open(world, { environment })).rejects.toMatchObject({
      code: 'ZC_CREDENTIALS',
      hint: expect.stringContaining('AWS_ACCESS_KEY_ID_LAB_2'),
    });
    // What belongs to the other account is never mixed in.
    const half = { ...environment, AWS_ACCESS_KEY_ID_LAB_2: 'AKIASECONDACCOUNT002' };
    await expect(open(world, { environment: half })).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
    const whole = { ...half, AWS_SECRET_ACCESS_KEY_LAB_2: 'b' };
    const provider = await open(world, { environment: whole });
    expect([provider.id, provider.label]).toEqual(['route53:lab-2', 'Route 53 (AKIA…T002) (Lab-2)']);
  });

  const ids = drivers.map(driver => driver.id).join(', ');
  const unknown = [
    ['route35', 'Did you mean route53?'],
    ['namecheep', 'Did you mean namecheap?'],
    ['acme-hosting', `Choose one of ${ids}.`],
    ['', `Choose one of ${ids}.`],
  ] as const;
  for (const [text, hint] of unknown) {
    it(`${JSON.stringify(text)} is none: ${hint}`, () => {
      expect(() => driverNamed(text)).toThrow(expect.objectContaining({ code: 'ZC_PROVIDER_UNKNOWN', hint }));
    });
  }

  it('have words that lead to one driver only', () => {
    const words = drivers.flatMap(driver => [
      ...new Set([driver.id, driver.title.toLowerCase(), ...driver.aliases]),
    ]);
    expect(new Set(words).size).toBe(words.length);
  });

  it('name every secret variable as one', () => {
    for (const { name, secret } of drivers.flatMap(driver => driver.environment)) {
      expect(secret, name).toBe(
        /SECRET|PASSWORD|PASSPHRASE|API_KEY|CONSUMER_KEY|KEY_CONTENT|TOKEN$/.test(name),
      );
    }
  });
});

describe('accounts', () => {
  const cases = [
    { title: 'nothing', environment: {}, files: {}, found: [] },
    { title: 'an empty variable', environment: { NAMECHEAP_API_KEY: ' ' }, files: {}, found: [] },
    {
      title: 'variables',
      environment: { AWS_ACCESS_KEY_ID: 'a', NAMECHEAP_API_KEY: 'b', DYN_PASSWORD: 'c' },
      files: {},
      found: [
        'route53: environment (AWS_ACCESS_KEY_ID)',
        'namecheap: environment (NAMECHEAP_API_KEY)',
        'dyn: environment (DYN_PASSWORD)',
      ],
    },
    {
      title: 'a profile',
      environment: { AWS_PROFILE: 'work' },
      files: {},
      found: ['route53: environment (AWS_PROFILE)'],
    },
    {
      title: 'the file of the AWS tools',
      environment: { HOME: '/home/me' },
      files: { '/home/me/.aws/config': '[default]\nregion = eu-west-1\n' },
      found: ['route53: file (/home/me/.aws/config)'],
    },
    {
      title: 'a file with a TSIG key',
      environment: { RFC2136_TSIG_FILE: '/etc/bind/zonecut.key' },
      files: {},
      found: ['rfc2136: file (/etc/bind/zonecut.key)'],
    },
    {
      title: 'an empty file',
      environment: { HOME: '/home/me' },
      files: { '/home/me/.aws/config': '\n' },
      found: [],
    },
  ];
  for (const { title, environment, files, found } of cases) {
    it(`are found in ${title}`, async () => {
      const texts = new Map<string, string>(Object.entries(files));
      const accounts = await foundAccounts({ environment, readFile: async path => texts.get(path) ?? null });
      expect(accounts.map(({ driver, where }) => `${driver}: ${where}`)).toEqual(found);
    });
  }
});
