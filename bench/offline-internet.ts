import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type NsdServer, startNsd } from '../test/interop/nsd.ts';
import type { Running } from '../test/interop/programs.ts';

/** An internet on 127/8, served by NSD: the root, the zone `bench.`, and many zones below it. */
export interface OfflineInternet {
  readonly hintsFile: string;
  stop(): Promise<void>;
}

const rootAddress = '127.100.0.1';
/** Hosts, each with two addresses; every zone is at one of them. */
const hosts = 100;
const day = 86_400;

/** The name that has an address in the zone of number `at`. */
export function nameIn(at: number): string {
  return `www.z${at}.bench.`;
}

/** A server of `bench.`. */
export const topAddress = '127.100.0.2';
const topAddresses = [topAddress, '127.100.0.3'];

/** A server of the zone of number `at`. */
export function addressOfZone(at: number): string {
  return addressesOf(at % hosts)[0];
}

/** The zone of number `at`. */
export function zoneOf(at: number): string {
  return `z${at}.bench.`;
}

/** RRsets that a resolver learns of one zone: NS, two of glue, and the answer. */
export const setsOfZone = 4;

/** Serves `zones` child zones of `bench.`, each with two servers of its own. `pin` goes before the program. */
export async function startOfflineInternet(
  folder: string,
  zones: number,
  pin: readonly string[],
): Promise<OfflineInternet> {
  const zonesFolder = path.join(folder, 'zones');
  await mkdir(zonesFolder);
  const hintsFile = path.join(folder, 'named.root');
  await writeFile(hintsFile, `. ${day} NS a.root.\na.root. ${day} A ${rootAddress}\n`);
  await writeFile(path.join(zonesFolder, 'root'), rootText());
  await writeFile(path.join(zonesFolder, 'bench'), topText(zones));
  for (let host = 0; host < hosts; host += 1) {
    await writeFile(path.join(zonesFolder, `host-${host}`), childText(host));
  }
  // A server of its own for each level: one that had the zones above and below a cut would answer in place of referring.
  const roles: readonly NsdServer[] = [
    { name: 'root', addresses: [rootAddress], zones: [{ apex: '.', file: 'zones/root' }] },
    { name: 'top', addresses: topAddresses, zones: [{ apex: 'bench.', file: 'zones/bench' }] },
    {
      name: 'hosts',
      addresses: Array.from({ length: hosts }, (_, host) => addressesOf(host)).flat(),
      zones: Array.from({ length: zones }, (_, at) => ({
        apex: zoneOf(at),
        file: `zones/host-${at % hosts}`,
      })),
    },
  ];
  const servers: Running[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map(server => server.stop()));
  };
  try {
    for (const role of roles) {
      servers.push(await startNsd(folder, { ...role, pin, more: ['tcp-count: 1000'] }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { hintsFile, stop };
}

function addressesOf(host: number): readonly [string, string] {
  return [`127.101.0.${host + 1}`, `127.102.0.${host + 1}`];
}

function soa(server: string): string {
  return `@ 3600 SOA ${server} hostmaster.bench. 1 7200 3600 1209600 300\n`;
}

function rootText(): string {
  const glue = topAddresses.map(
    (address, at) => `bench. ${day} NS ns${at}.nic.bench.\nns${at}.nic.bench. ${day} A ${address}\n`,
  );
  return `${soa('a.root.')}@ ${day} NS a.root.\na.root. ${day} A ${rootAddress}\n${glue.join('')}`;
}

function topText(zones: number): string {
  const lines = [soa('ns0.nic.bench.')];
  for (const [at, address] of topAddresses.entries()) {
    lines.push(`@ ${day} NS ns${at}.nic.bench.\nns${at}.nic.bench. ${day} A ${address}\n`);
  }
  for (let at = 0; at < zones; at += 1) {
    const [first, second] = addressesOf(at % hosts);
    const zone = `z${at}.bench.`;
    lines.push(`${zone} ${day} NS ns1.${zone}\n${zone} ${day} NS ns2.${zone}\n`);
    lines.push(`ns1.${zone} ${day} A ${first}\nns2.${zone} ${day} A ${second}\n`);
  }
  return lines.join('');
}

/** The same for all zones of a host: names relative to wherever it is loaded. */
function childText(host: number): string {
  const [first, second] = addressesOf(host);
  const servers = `@ ${day} NS ns1\n@ ${day} NS ns2\nns1 ${day} A ${first}\nns2 ${day} A ${second}\n`;
  return `${soa('ns1')}${servers}www ${day} A 192.0.2.1\n`;
}
