import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { must } from './dns-named.ts';
import { anchorsFileName, signRoot } from './flow-chain.ts';
import { type NsdServer, startNsd } from './nsd.ts';
import type { Running } from './programs.ts';

/** The zone above all cuts that are judged. */
export const parentZone = 'zc.';

/** One cut: what the parent says of it, and what each of its two servers has. */
export interface Scenario {
  readonly label: string;
  /** Lines of the parent's zone; `{apex}`, `{first}` and `{second}` stand for the cut and the addresses of its servers. */
  readonly parent: string;
  /** The zone at the server ns1; null for none. */
  readonly first: string | null;
  /** The zone at the server ns2; null for none. */
  readonly second: string | null;
  /** How the zone is signed, and which DS the parent has; not signed unless given. */
  readonly signing?: Signing;
  /** Whether the server ns1 hands the zone to anybody. */
  readonly transfers?: boolean;
}

/** The zone's signatures and the DS of it at the parent. */
export interface Signing {
  /** `expired`: the signatures were good until some days ago; `none`: there is only a DS. */
  readonly zone: 'signed' | 'expired' | 'none';
  readonly ds: 'right' | 'sha1' | 'of-another-key' | 'none';
}

/** The internet of the scenarios: root, parent and children, each level served by NSD processes of its own. */
export interface JudgesWorld {
  readonly folder: string;
  readonly hintsFile: string;
  readonly anchorsFile: string;
  stop(): Promise<void>;
}

/** The server of the root. */
export const rootAddress = '127.72.0.1';
/** The servers of the zone above the cuts, which give it away by transfer. */
export const parentAddresses: readonly string[] = ['127.72.0.2', '127.72.0.3'];

/** Its file in the folder of the world. */
export const parentFile = 'parent.signed';

function firstAddress(at: number): string {
  return `127.72.1.${at + 1}`;
}

function secondAddress(at: number): string {
  return `127.72.2.${at + 1}`;
}

/** The name of the cut of a scenario. */
export function cutOf({ label }: Scenario): string {
  return `${label}.${parentZone}`;
}

/** Serves `scenarios` by NSD. */
export async function startJudgesWorld(folder: string, scenarios: readonly Scenario[]): Promise<JudgesWorld> {
  const { servers, hintsFile, anchorsFile } = await writeJudgesWorld(folder, scenarios);
  const running: Running[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(server => server.stop()));
  };
  try {
    for (const server of servers) running.push(await startNsd(folder, server));
  } catch (error) {
    await stop();
    throw error;
  }
  return { folder, hintsFile, anchorsFile, stop };
}

/** Writes the zone files of `scenarios` into `folder`, root and parent signed, and says who is to serve them. */
export async function writeJudgesWorld(
  folder: string,
  scenarios: readonly Scenario[],
): Promise<Pick<JudgesWorld, 'hintsFile' | 'anchorsFile'> & { readonly servers: readonly NsdServer[] }> {
  const ds: string[] = [];
  for (const [at, scenario] of scenarios.entries()) ds.push(await writeChild(folder, at, scenario));
  const cuts = scenarios.map((scenario, at) => filled(scenario.parent, scenario, at));
  await writeFile(
    path.join(folder, 'parent'),
    `${headOf(parentZone, parentAddresses)}${cuts.join('')}${ds.join('')}`,
  );
  const parentDs = await signZone(folder, 'parent', parentZone, []);
  const glue = parentAddresses.map((address, at) => `ns${at + 1}.${parentZone} 3600 A ${address}\n`);
  await writeFile(
    path.join(folder, 'root'),
    `. 3600 SOA ns.root. hostmaster.root. 1 7200 900 1209600 300\n. 3600 NS ns.root.\nns.root. 3600 A ${rootAddress}\n${parentAddresses
      .map((_, at) => `${parentZone} 3600 NS ns${at + 1}.${parentZone}\n`)
      .join('')}${glue.join('')}${parentDs.sha256}`,
  );
  const root = await signRoot(folder, 'root');
  const hintsFile = path.join(folder, 'hints');
  await writeFile(hintsFile, `. 3600000 NS ns.root.\nns.root. 3600000 A ${rootAddress}\n`);
  const children = (['first', 'second'] as const).map(side => ({
    name: side,
    addresses: scenarios.map((_, at) => (side === 'first' ? firstAddress : secondAddress)(at)),
    zones: scenarios.flatMap((scenario, at) =>
      scenario[side] === null
        ? []
        : [
            {
              apex: cutOf(scenario),
              file: `${side}-${at}${suffixOf(scenario)}`,
              more: side === 'first' && scenario.transfers === true ? ['provide-xfr: 0.0.0.0/0 NOKEY'] : [],
            },
          ],
    ),
  }));
  const servers = [
    { name: 'root', addresses: [rootAddress], zones: [{ apex: '.', file: root }] },
    {
      name: 'parent',
      addresses: parentAddresses,
      zones: [{ apex: parentZone, file: parentFile, more: ['provide-xfr: 0.0.0.0/0 NOKEY'] }],
    },
    ...children,
  ];
  return { servers, hintsFile, anchorsFile: path.join(folder, anchorsFileName) };
}

function suffixOf({ signing }: Scenario): string {
  return signing === undefined || signing.zone === 'none' ? '' : '.signed';
}

/** Writes the zone files of a cut; gives the DS lines of its parent. */
async function writeChild(folder: string, at: number, scenario: Scenario): Promise<string> {
  const { signing } = scenario;
  const cut = cutOf(scenario);
  for (const side of ['first', 'second'] as const) {
    const rows = scenario[side];
    if (rows !== null) await writeFile(path.join(folder, `${side}-${at}`), filled(rows, scenario, at));
  }
  if (signing === undefined) return '';
  const keys = path.join(folder, `keys-${at}`);
  await mkdir(keys);
  const when = signing.zone === 'expired' ? ['-P', '-s', '20200101000000', '-e', '20200201000000'] : [];
  const made = await signZone(folder, `first-${at}`, cut, when, keys);
  await signWith(folder, `second-${at}`, cut, when, keys);
  switch (signing.ds) {
    case 'right':
      return made.sha256;
    case 'sha1':
      return made.sha1;
    case 'none':
      return '';
    case 'of-another-key': {
      const other = path.join(folder, `other-${at}`);
      await mkdir(other);
      return await dsOf(other, await makeKey(other, cut, ['-f', 'KSK']), '-2');
    }
  }
}

/** Signs a zone file into one with the suffix `.signed`, with new keys; gives the DS lines of them. */
async function signZone(
  folder: string,
  file: string,
  apex: string,
  when: readonly string[],
  keys: string = folder,
): Promise<{ readonly sha256: string; readonly sha1: string }> {
  const key = await makeKey(keys, apex, ['-f', 'KSK']);
  await makeKey(keys, apex, []);
  await signWith(folder, file, apex, when, keys);
  return { sha256: await dsOf(keys, key, '-2'), sha1: await dsOf(keys, key, '-1') };
}

async function signWith(
  folder: string,
  file: string,
  apex: string,
  when: readonly string[],
  keys: string,
): Promise<void> {
  const at = path.join(folder, file);
  await must('dnssec-signzone', [
    '-q',
    '-S',
    '-K',
    keys,
    '-d',
    folder,
    ...when,
    '-o',
    apex,
    '-f',
    `${at}.signed`,
    at,
  ]);
}

async function makeKey(folder: string, apex: string, more: readonly string[]): Promise<string> {
  return (await must('dnssec-keygen', ['-q', '-a', 'ECDSAP256SHA256', '-K', folder, ...more, apex])).trim();
}

async function dsOf(folder: string, key: string, digest: '-1' | '-2'): Promise<string> {
  return await must('dnssec-dsfromkey', [digest, '-T', '3600', path.join(folder, `${key}.key`)]);
}

function headOf(apex: string, addresses: readonly string[]): string {
  const servers = addresses.map(
    (address, at) => `${apex} 3600 NS ns${at + 1}.${apex}\nns${at + 1}.${apex} 3600 A ${address}\n`,
  );
  return `${apex} 3600 SOA ns1.${apex} hostmaster.${apex} 1 7200 900 1209600 300\n${servers.join('')}`;
}

function filled(rows: string, scenario: Scenario, at: number): string {
  return rows
    .replaceAll('{apex}', cutOf(scenario))
    .replaceAll('{first}', firstAddress(at))
    .replaceAll('{second}', secondAddress(at));
}
