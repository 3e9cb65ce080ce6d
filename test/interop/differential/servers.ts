import { createSocket, type Socket } from 'node:dgram';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeQuery } from '../../../src/dns/message.ts';
import { rootName } from '../../../src/dns/name.ts';
import type { Transport } from '../../../src/world/world.ts';
import { startNsd } from '../nsd.ts';
import { type Running, startProgram } from '../programs.ts';
import { Publisher } from './publish.ts';
import {
  addressesPerGroup,
  groupAddress,
  groupCount,
  knotGroup,
  type Site,
  silentAddresses,
} from './sites.ts';

/** The generated internet, served. */
export interface Served {
  /** Root hints in the form of named.root. */
  readonly hintsText: string;
  /** The DS record of the root. */
  readonly anchorText: string;
  /** The groups of servers that do not answer any more: nothing that is compared means anything then. */
  silentGroups(transport: Transport): Promise<readonly number[]>;
  stop(): Promise<void>;
}

/** Serves every site by the servers of its groups: real NSD, and Knot for the last group. Files lie in `folder`. */
export async function serve(sites: readonly Site[], folder: string): Promise<Served> {
  const [root] = sites;
  if (root === undefined) throw new Error('an internet has a root');
  const publisher = new Publisher(Math.floor(Date.now() / 1000));
  const zones = path.join(folder, 'zones');
  await mkdir(zones);
  for (const [at, site] of sites.entries()) {
    await writeFile(path.join(zones, `${at}.zone`), publisher.zoneFileOf(site));
  }
  const open: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(open.map(one => one.stop()));
  };
  try {
    for (const address of silentAddresses) {
      open.push(await muteAt(address));
    }
    for (let group = 0; group < groupCount; group += 1) {
      const served = sites.flatMap((site, at) =>
        site.groups.includes(group) ? [{ apex: site.apex, file: path.join(zones, `${at}.zone`) }] : [],
      );
      open.push(await (group === knotGroup ? startKnot : startNsdOf)(group, served, folder));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const hints = root.servers.map(
    ({ name, addresses }) => `. 3600000 NS ${name}\n${name} 3600000 A ${addresses[0] ?? ''}\n`,
  );
  const anchors = publisher.dsOf(root).map(ds => `${rootName} 3600 IN DS ${ds}\n`);
  return { hintsText: hints.join(''), anchorText: anchors.join(''), silentGroups, stop };
}

async function silentGroups(transport: Transport): Promise<readonly number[]> {
  const query = makeQuery(rootName, 'SOA');
  const groups = Array.from({ length: groupCount }, (_, group) => group);
  const exchanges = await Promise.all(
    groups.map(group =>
      transport.exchange(query, { address: groupAddress(group, 0), port: 53 }, { timeoutMs: 2000 }),
    ),
  );
  return groups.filter((_, at) => exchanges[at]?.kind !== 'response');
}

interface ServedZone {
  readonly apex: string;
  readonly file: string;
}

async function startNsdOf(group: number, zones: readonly ServedZone[], folder: string): Promise<Running> {
  const running = await startNsd(folder, {
    name: `group${group}`,
    addresses: addressesOf(group),
    zones,
    more: [`minimal-responses: ${group % 2 === 0 ? 'yes' : 'no'}`, 'verbosity: 1'],
  });
  return complaining(running, /error: zone .* (not loaded|cannot)|failed to read/);
}

async function startKnot(group: number, zones: readonly ServedZone[], folder: string): Promise<Running> {
  const storage = path.join(folder, `knot${group}`);
  await mkdir(storage);
  const file = path.join(folder, `knot${group}.conf`);
  await writeFile(
    file,
    `server:
  rundir: "${storage}"
  listen: [${addressesOf(group)
    .map(address => `${address}@53`)
    .join(', ')}]
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: "${storage}"
log:
  - target: stderr
    any: info
template:
  - id: default
    storage: "${storage}"
    semantic-checks: off
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
${zones.map(zone => `  - domain: "${zone.apex}"\n    file: "${zone.file}"\n`).join('')}`,
  );
  const running = await startProgram(
    'knotd',
    ['-c', file],
    output =>
      output.includes('server started') && output.match(/\[\S+\] loaded, serial/g)?.length === zones.length,
    patience,
  );
  return complaining(running, /failed to load|error/);
}

const patience = { timeoutMs: 30_000 };

function addressesOf(group: number): readonly string[] {
  return Array.from({ length: addressesPerGroup }, (_, at) => groupAddress(group, at));
}

/** A server that does not serve all it should would make differences of nothing. */
async function complaining(running: Running, pattern: RegExp): Promise<Running> {
  const complaint = running
    .output()
    .split('\n')
    .find(line => pattern.test(line));
  if (complaint !== undefined) {
    await running.stop();
    throw new Error(`a server does not load what it should: ${complaint}`);
  }
  return running;
}

/** Takes whatever comes to port 53 of `address` and never says anything. */
async function muteAt(address: string): Promise<{ stop(): Promise<void> }> {
  const socket: Socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(53, address, () => resolve());
  });
  socket.on('message', () => {});
  return { stop: () => new Promise(resolve => socket.close(() => resolve())) };
}
