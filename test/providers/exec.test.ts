import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, Provider, RRsetChange } from '../../src/providers/provider.ts';
import { driverNamed } from '../../src/providers/registry.ts';
import { nodeWorld } from '../../src/world/node.ts';
import { nodePrograms } from '../../src/world/program.ts';
import { absent, refused, zoneNamed } from './bad-input.ts';
import { describeUnfailing } from './contract.ts';
import { name, ordinary, type Rig } from './rig.ts';

const root = path.resolve(import.meta.dirname, '../..');
const example = path.join(root, 'examples/exec/zones.mjs');
const faulty = path.join(import.meta.dirname, 'exec-faulty.mjs');
const apex = name('example.com.');
const secret = 'hunter2-of-the-bridge';

interface Stored {
  readonly owner: string;
  readonly type: string;
  readonly ttl: number;
  readonly data: string[];
}

interface State {
  readonly writes: number;
  readonly zones: Record<string, { reference: string | null; rrsets: Stored[] }>;
}

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zonecut-exec-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = (): string => path.join(folder, 'zones.json');

async function state(): Promise<State> {
  const parsed: State = JSON.parse(await readFile(file(), 'utf8'));
  return parsed;
}

async function open(program: string, variables: Readonly<Record<string, string>> = {}): Promise<Provider> {
  const environment = {
    PATH: process.env['PATH'],
    ZONES_FILE: file(),
    ZONECUT_EXEC_TIMEOUT_MS: '60000',
    HOST_API_TOKEN: secret,
    ...variables,
  };
  const driver = driverNamed(`exec:${process.execPath} ${program}`);
  return await (await driver.load())(nodeWorld(), { environment, startProgram: nodePrograms });
}

async function seed(): Promise<void> {
  const own = [
    rrsetOf(apex, 'SOA', 3600, `ns1.example.net. hostmaster.${apex} 1 7200 900 1209600 300`),
    rrsetOf(apex, 'NS', 3600, 'ns1.example.net.', 'ns2.example.net.'),
  ];
  const zones = { [apex]: { reference: null, rrsets: [...own, ...ordinary(apex)] } };
  await writeFile(file(), JSON.stringify({ writes: 0, zones }));
}

async function openRig(): Promise<Rig> {
  await seed();
  const provider = await open(example);
  return {
    provider,
    apex,
    writes: async () => (await state()).writes,
    served: async zone =>
      ((await state()).zones[zone]?.rrsets ?? []).map(set =>
        rrsetOf(set.owner, set.type, set.ttl, ...set.data),
      ),
    editElsewhere: async owner => {
      const now = await state();
      now.zones[apex]?.rrsets.push({ owner, type: 'A', ttl: 1800, data: ['192.0.2.77'] });
      await writeFile(file(), JSON.stringify(now));
    },
    close: async () => await provider.close?.(),
  };
}

/** The program answers each call of that name with an error of the protocol. */
const saying = (call: string, code: string, message: string) => ({
  arrange: (): Promise<Provider> =>
    open(faulty, {
      FAULT: `say ${code} ${message}`,
      FAULT_AT: call,
      FAULT_TIMES: '1000',
      FAULT_COUNT: path.join(folder, 'count'),
      EXAMPLE: example,
    }),
});
describeUnfailing(
  'the example program',
  openRig,
  {
    'a wrong key': refused(
      'ZC_CREDENTIALS',
      /read: no such key$/,
      saying('read', 'credentials', 'no such key'),
    ),
    'no right to write': refused(
      'ZC_RIGHTS',
      /change: may only read$/,
      saying('change', 'rights', 'may only read'),
    ),
    'an unknown zone': refused('ZC_ZONE_NOT_FOUND', /there is no zone nowhere\.example\./, {
      zone: zoneNamed('nowhere.example.'),
    }),
    'a zone that is locked or read-only': refused(
      'ZC_PROVIDER_REFUSED',
      /change: it is frozen$/,
      saying('change', 'refused', 'it is frozen'),
    ),
    'a quota that is reached': refused('ZC_PROVIDER_REFUSED', /create: 15 zones at most$/, {
      ...saying('create', 'refused', '15 zones at most'),
      creates: true,
    }),
    'a host that cannot be reached': refused(
      'ZC_PROVIDER_UNAVAILABLE',
      /read was tried \d+ times: no route$/,
      saying('read', 'unavailable', 'no route'),
    ),
    'clocks that are apart': absent('the program speaks to the host, and keeps the time'),
    'another account that holds the zone': refused('ZC_PROVIDER_CONFLICT', /create: another has it$/, {
      ...saying('create', 'conflict', 'another has it'),
      creates: true,
    }),
  },
  'the ways in which programs fail are others, and are tried by themselves',
);

const ns = rrsetOf(name(`staging.${apex}`), 'NS', 1800, 'ns1.example.org.', 'ns2.example.org.');
const adding: RRsetChange = { owner: ns.owner, type: 'NS', from: null, to: ns };
const zone: HostedZone = { provider: 'exec', id: apex, apex, nameServers: [], reference: null };

describe('a program that fails', () => {
  /** Opens the example behind a wrapper that does `fault` at each `change`, or only at the first where it says so. */
  const openFaulty = (fault: string, at = 'change', times = '1'): Promise<Provider> =>
    open(faulty, {
      FAULT: fault,
      FAULT_AT: at,
      FAULT_TIMES: times,
      FAULT_COUNT: path.join(folder, 'count'),
      EXAMPLE: example,
      ZONECUT_EXEC_TIMEOUT_MS: fault.startsWith('hang') ? '5000' : '60000',
    });

  for (const fault of [
    'die-before',
    'die-after',
    'hang-before',
    'hang-after',
    'garbage',
    'flood',
    'long-line',
    'wrong-id',
    'twice',
  ]) {
    it(`makes a change exactly once when it meets ${fault}`, async () => {
      await seed();
      const provider = await openFaulty(fault);
      await provider.changeZone(zone, [adding]);
      const { rrsets } = await provider.readZone(zone);
      expect(rrsets.filter(set => set.owner === ns.owner)).toEqual([ns]);
      expect((await state()).writes).toBe(1);
      await provider.close?.();
    });
  }

  const always = [
    ['hang-before', 'ZC_PROVIDER_UNAVAILABLE', /read was tried 3 times: no answer within 5000 ms/],
    ['die-before', 'ZC_PROVIDER_UNAVAILABLE', /it ended with status 3, and wrote: the token is <secret>/],
    ['garbage', 'ZC_PROVIDER_RESPONSE', /a line is no JSON/],
    // The first line of the flood may come alone, and is then read as an answer.
    ['flood', 'ZC_PROVIDER_RESPONSE', /more than 16 lines unasked|an answer to message \d+ was awaited/],
    ['long-line', 'ZC_PROVIDER_RESPONSE', /a line of more than 16777216 octets/],
  ] as const;
  for (const [fault, code, message] of always) {
    it(`is given up with one clear line when it always meets ${fault}`, async () => {
      await seed();
      const provider = await openFaulty(fault, 'read', '1000');
      const error: unknown = await provider.readZone(zone).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(String(error)).not.toContain(secret);
      await provider.close?.();
    });
  }

  it('stops at once when it is told to, and leaves no process', async () => {
    await seed();
    const provider = await openFaulty('hang-before', 'read', '1000');
    const controller = new AbortController();
    const reading = provider.readZone(zone, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await expect(reading).rejects.toThrow('enough');
    await provider.close?.();
    const pid = Number(await readFile(path.join(folder, 'count.pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow();
  });
});

describe('a program is refused', () => {
  const cases = [
    ['exec:', 'ZC_USAGE'],
    ['exec:./relative', 'ZC_USAGE'],
    ['exec:/nothing/here', 'ZC_PROVIDER_UNAVAILABLE'],
    ['exec:/bin/cat', 'ZC_PROVIDER_RESPONSE'],
    ['lexicon:', 'ZC_USAGE'],
    ['lexicon:gandi', 'ZC_CREDENTIALS'],
  ] as const;
  for (const [text, code] of cases) {
    it(`${JSON.stringify(text)} is ${code}`, async () => {
      const opening = async (): Promise<Provider> => {
        const load = await driverNamed(text).load();
        return await load(nodeWorld(), { environment: { PATH: folder }, startProgram: nodePrograms });
      };
      await expect(opening()).rejects.toMatchObject({ code });
    });
  }

  it('where nobody gave the means to start one', async () => {
    const load = await driverNamed('exec:zones').load();
    await expect(load(nodeWorld(), { environment: {} })).rejects.toMatchObject({ code: 'ZC_USAGE' });
  });
});
