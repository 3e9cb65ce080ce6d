import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditNames } from '../../src/cli/commands/audit.ts';
import { type Name, parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { route53Servers } from '../../src/sandbox/topology.ts';
import { accounts, type HostId } from './accounts.ts';
import { type Box, openBox } from './box.ts';

let box: Box;

beforeAll(async () => {
  box = await openBox({}, 'none');
});

afterAll(async () => {
  await box.close();
});

/** The servers of the Route 53-like host, four to a set: one below each top-level domain. */
function setOf(at: number): readonly Name[] {
  const below = (tld: string): Name =>
    route53Servers.map(({ name }) => name).filter(name => name.endsWith(`.${tld}.`))[at] ?? parseName('none');
  return ['com', 'net', 'org', 'co.uk'].map(below).toSorted();
}

const [set, otherSet, thirdSet] = [setOf(0), setOf(1), setOf(2)];

/** A zone in the account at Route 53. */
function hold(cut: Name, nameServers: readonly Name[]): string {
  return box.internet.hosts.route53.seedZone({ name: cut, nameServers });
}

/** NS records at the host of example.com. */
function delegate(cut: Name, names: readonly Name[]): void {
  accounts.namecheap.put(box.internet, rrsetOf(cut, 'NS', 300, ...names));
}

interface Found {
  readonly kind: string;
  readonly name: string;
  readonly id: string;
  readonly severity: string;
  readonly variant: string | null;
  readonly text: string;
  readonly remedy: {
    readonly parent: readonly { change: string; line: string }[];
    readonly child: unknown[];
  };
}

let runs = 0;

async function auditOf(host: HostId): Promise<readonly Found[]> {
  runs += 1;
  const output = path.join(box.folder, `audit-${runs}`);
  const ran = await box.run(context =>
    auditNames(context, undefined, { host, output, least: 'notice', failOn: 'critical' }),
  );
  expect(ran.error).toBeNull();
  const lines = (await readFile(output, 'utf8')).trim().split('\n');
  await rm(output);
  return lines.map(line => JSON.parse(line));
}

/** What an audit of the account tells of one name, as `severity id/variant`. */
async function told(cut: Name, host: HostId = 'route53'): Promise<readonly string[]> {
  return (await findings(cut, host)).map(
    ({ id, variant, severity }) => `${severity} ${id}${variant === null ? '' : `/${variant}`}`,
  );
}

async function findings(cut: Name, host: HostId = 'route53'): Promise<readonly Found[]> {
  return (await auditOf(host)).filter(({ kind, name }) => kind === 'finding' && name === cut);
}

let cuts = 0;

function newCut(): Name {
  cuts += 1;
  return parseName(`audited-${cuts}.example.com`);
}

describe('a zone in an account is compared with what the world is told', () => {
  test('delegated to the servers that the host assigned: nothing is wrong, and it counts as healthy', async () => {
    const cut = newCut();
    hold(cut, set);
    delegate(cut, set);
    const lines = await auditOf('route53');
    expect(lines.filter(({ name }) => name === cut)).toEqual([]);
    expect(lines.at(-1)).toMatchObject({ kind: 'summary', unconfirmed: 0 });
  });

  test('nobody delegates to it: the lines that do are told', async () => {
    const cut = newCut();
    const id = hold(cut, set);
    const [found, ...others] = await findings(cut);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ id: 'delegation-missing', severity: 'critical' });
    expect(found?.text).toContain(`the zone ${id} at route53 answers nobody`);
    expect(found?.remedy.parent.map(({ line }) => line)).toEqual(
      set.map(name => `${cut} 3600 IN NS ${name}`),
    );
  });

  test('made again with other servers, while the delegation leads to the old ones', async () => {
    const cut = newCut();
    box.internet.hosts.route53.removeZone(hold(cut, set));
    delegate(cut, set);
    hold(cut, otherSet);
    expect((await told(cut))[0]).toBe('critical hosted-elsewhere/same-operator');
    expect((await told(cut)).join()).toContain('critical delegation-dead');
  });

  test('held by a stranger at the same operator: it looks healthy to all but the account', async () => {
    const cut = newCut();
    const id = hold(cut, otherSet);
    const stranger = hold(cut, set);
    delegate(cut, set);
    // What the account does not show is a stranger's.
    box.internet.hosts.route53.removeZone(stranger);
    box.internet.nameServers.publish(`stranger ${cut}`, zoneOf(cut, set), set);
    const [found, ...others] = await findings(cut);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ id: 'hosted-elsewhere', variant: 'same-operator', severity: 'critical' });
    expect(found?.text).toContain(id);
    expect(found?.remedy.parent.map(({ change, line }) => `${change} ${line}`)).toEqual([
      ...set.map(name => `remove ${cut} 3600 IN NS ${name}`),
      ...otherSet.map(name => `add ${cut} 3600 IN NS ${name}`),
    ]);
  });

  test('one server of the delegation belongs to another set of the same operator', async () => {
    const cut = newCut();
    hold(cut, set);
    delegate(cut, [...set.slice(0, 3), ...otherSet.slice(0, 1)]);
    expect(await told(cut)).toContain('error hosted-partly/same-operator');
  });

  test('a server of another host in the delegation may be meant', async () => {
    const cut = newCut();
    hold(cut, set);
    delegate(cut, [...set, parseName('dns1.registrar-servers.com')]);
    expect(await told(cut)).toContain('notice hosted-partly');
  });

  test("names of one's own for the assigned servers are no difference", async () => {
    const cut = newCut();
    hold(cut, set);
    const own = set.map((server, at) => {
      const name = parseName(`${cut.split('.')[0]}-ns${at}.example.com`);
      const { address = '' } = route53Servers.find(row => row.name === server) ?? {};
      accounts.namecheap.put(box.internet, rrsetOf(name, 'A', 300, address));
      return name;
    });
    delegate(cut, own);
    expect((await told(cut)).filter(line => line.includes('hosted'))).toEqual([]);
  });

  test('delegated elsewhere: the zone answers nobody', async () => {
    const cut = newCut();
    hold(cut, set);
    accounts.dyn.makeZone(box.internet, cut, []);
    delegate(cut, accounts.dyn.zonesOf(box.internet, cut)[0]?.servers ?? []);
    expect(await told(cut)).toEqual(['warning hosted-elsewhere']);
  });

  test('delegated to some of its servers only', async () => {
    const cut = newCut();
    hold(cut, set);
    delegate(cut, set.slice(0, 3));
    expect(await told(cut)).toEqual(['warning ns-set-mismatch', 'notice hosted-fewer']);
  });

  test('two zones of one name: which is live is told', async () => {
    const cut = newCut();
    const [live, idle] = [hold(cut, set), hold(cut, thirdSet)];
    delegate(cut, set);
    const [found, ...others] = await findings(cut);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ id: 'hosted-twice', severity: 'warning' });
    expect(found?.text).toContain(`: ${live} is delegated to`);
    expect(found?.text).toContain(idle);
  });

  test('its own NS records are those of the zone that was there before', async () => {
    const cut = newCut();
    const id = hold(cut, set);
    box.internet.hosts.route53.put(id, rrsetOf(cut, 'NS', 300, ...otherSet));
    delegate(cut, set);
    const all = await findings(cut);
    const found = all.find(one => one.id === 'hosted-apex-ns');
    expect(found).toMatchObject({ severity: 'warning' });
    expect(found?.remedy.child).toHaveLength(8);
  });

  test('every cut in it is looked at too', async () => {
    const cut = newCut();
    const id = hold(cut, set);
    delegate(cut, set);
    const below = parseName(`below.${cut}`);
    box.internet.hosts.route53.put(id, rrsetOf(below, 'NS', 300, ...otherSet));
    expect(await told(below)).toContain('critical delegation-dead');
  });
});

describe('each host of the sandbox that makes zones', () => {
  test.each<HostId>(['route53', 'dyn', 'oci', 'cloudflare', 'powerdns'])(
    '%s: a zone that is delegated is healthy, one that is not is told with its servers',
    async host => {
      const [cut, idle] = [newCut(), newCut()];
      for (const name of [cut, idle]) accounts[host].makeZone(box.internet, name, []);
      const servers = accounts[host].zonesOf(box.internet, cut)[0]?.servers ?? [];
      expect(servers.length).toBeGreaterThan(1);
      delegate(cut, servers);
      expect(await told(cut, host)).toEqual([]);
      const [found, ...others] = await findings(idle, host);
      expect([found?.id, others]).toEqual(['delegation-missing', []]);
      const wanted = accounts[host].zonesOf(box.internet, idle)[0]?.servers ?? [];
      expect(found?.remedy.parent.map(({ line }) => line)).toEqual(
        wanted.toSorted().map(name => `${idle} 3600 IN NS ${name}`),
      );
    },
  );
});

function zoneOf(cut: Name, servers: readonly Name[]) {
  const soa = rrsetOf(cut, 'SOA', 900, `${servers[0]} hostmaster.${cut} 1 7200 900 1209600 86400`);
  return { apex: cut, rrsets: [soa, rrsetOf(cut, 'NS', 300, ...servers)] };
}
