import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startNsd } from '../interop/nsd.ts';
import type { Running } from '../interop/programs.ts';

/** Zones that two servers each have, and what is in each of them. */
export const zoneCount = 60;
/** Names with an address in each zone. */
export const hostsPerZone = 100;
/** Names in each zone that are aliases of a name in the next one. */
export const aliasesPerZone = 20;
/** Zones of which no server answers: closed port, silence, REFUSED. */
export const brokenZones: readonly string[] = ['closed', 'silent', 'lame'].flatMap(kind =>
  Array.from({ length: 5 }, (_, at) => `${kind}${at}.soak.`),
);

/** Where the relay stands in for servers, and where the servers are behind it. */
export const relayPort = 53;
/** The port of the servers themselves, which only the relay asks. */
export const serverPort = 5353;

const leafAddresses = ['127.101.0.1', '127.101.0.2', '127.101.0.3', '127.101.0.4'];
const closedAddress = '127.103.0.1';
const silentAddress = '127.103.0.2';
const day = 86_400;

/** The addresses that the relay answers at. */
export const relayedAddresses: readonly string[] = [
  ...['127.100.0.1', '127.100.0.2', '127.100.0.3', '127.100.0.4'],
  ...leafAddresses,
  silentAddress,
];

/** The address of a host. */
export function addressIn(zone: number, host: number): string {
  return `10.${zone}.${host >> 8}.${host & 255}`;
}

/** The alias `c<alias>` of a zone is the name of this host in the next zone. */
export function targetOf(zone: number, alias: number): { readonly zone: number; readonly host: number } {
  return { zone: (zone + 1) % zoneCount, host: (alias * 7 + zone) % hostsPerZone };
}

/** An authoritative server that can be killed, started again, stopped and continued. */
export interface Server {
  readonly name: string;
  start(): Promise<Running>;
}

/** The internet of a soak: its servers, none of which runs yet, and the hints for a resolver. */
export interface SoakInternet {
  readonly hintsFile: string;
  readonly servers: readonly Server[];
}

/** Writes the zones: a root and `soak.` with two servers, and zones below it at two of four servers each. */
export async function makeInternet(folder: string): Promise<SoakInternet> {
  const hintsFile = path.join(folder, 'named.root');
  await writeFile(
    hintsFile,
    `. ${day} NS a.root.\n. ${day} NS b.root.\na.root. ${day} A 127.100.0.1\nb.root. ${day} A 127.100.0.4\n`,
  );
  const top = { '.': rootText(), 'soak.': topText() };
  const leaves = leafAddresses.map((address, at) => {
    const zones = Array.from({ length: zoneCount }, (_, zone) => zone).filter(
      zone => at === zone % 4 || at === (zone + 1) % 4,
    );
    return makeServer(
      folder,
      `leaf${at}`,
      [address],
      Object.fromEntries(zones.map(zone => [`z${zone}.soak.`, zoneText(zone)])),
    );
  });
  const servers = [
    makeServer(folder, 'top0', ['127.100.0.1', '127.100.0.2'], top),
    makeServer(folder, 'top1', ['127.100.0.4', '127.100.0.3'], top),
    ...leaves,
  ];
  return { hintsFile, servers: await Promise.all(servers) };
}

function soa(server: string): string {
  return `@ 60 SOA ${server} hostmaster.soak. 1 7200 3600 1209600 20\n`;
}

function rootText(): string {
  return [
    soa('a.root.'),
    `@ ${day} NS a.root.\n@ ${day} NS b.root.\na.root. ${day} A 127.100.0.1\nb.root. ${day} A 127.100.0.4\n`,
    'soak. 120 NS ns0.nic.soak.\nsoak. 120 NS ns1.nic.soak.\n',
    'ns0.nic.soak. 120 A 127.100.0.2\nns1.nic.soak. 120 A 127.100.0.3\n',
  ].join('');
}

function topText(): string {
  const lines = [
    soa('ns0.nic.soak.'),
    '@ 120 NS ns0.nic\n@ 120 NS ns1.nic\nns0.nic 120 A 127.100.0.2\nns1.nic 120 A 127.100.0.3\n',
  ];
  for (let zone = 0; zone < zoneCount; zone += 1) {
    lines.push(serversText(zone, `z${zone}`));
  }
  const addresses = { closed: closedAddress, silent: silentAddress, lame: leafAddresses[0] ?? '' };
  for (const zone of brokenZones) {
    const kind = /^[a-z]+/.exec(zone)?.[0] ?? '';
    const address = kind in addresses ? addresses[kind as keyof typeof addresses] : closedAddress;
    lines.push(`${zone} 60 NS ns.${zone}\nns.${zone} 60 A ${address}\n`);
  }
  return lines.join('');
}

/** The two servers of a zone, relative to the zone above. */
function serversText(zone: number, label: string): string {
  const [first, second] = [leafAddresses[zone % 4], leafAddresses[(zone + 1) % 4]];
  const ttl = 30 + (zone % 30);
  return [
    `${label} ${ttl} NS ns0.${label}\n${label} ${ttl} NS ns1.${label}\n`,
    `ns0.${label} ${ttl} A ${first}\nns1.${label} ${ttl} A ${second}\n`,
  ].join('');
}

function zoneText(zone: number): string {
  const apex = `z${zone}.soak.`;
  const lines = [soa(`ns0.${apex}`), serversText(zone, apex)];
  for (let host = 0; host < hostsPerZone; host += 1) {
    lines.push(`h${host} ${5 + (host % 40)} A ${addressIn(zone, host)}\n`);
  }
  for (let alias = 0; alias < aliasesPerZone; alias += 1) {
    const target = targetOf(zone, alias);
    lines.push(`c${alias} 15 CNAME h${target.host}.z${target.zone}.soak.\n`);
  }
  // Never asked before the end, when everything has to work again.
  lines.push('fresh 5 A 10.255.255.255\n');
  return lines.join('');
}

async function makeServer(
  folder: string,
  name: string,
  addresses: readonly string[],
  zones: Readonly<Record<string, string>>,
): Promise<Server> {
  const place = path.join(folder, name);
  await mkdir(place);
  for (const [apex, text] of Object.entries(zones)) {
    await writeFile(path.join(place, `zone-${apex}`), text);
  }
  const served = Object.keys(zones).map(apex => ({ apex, file: `zone-${apex}` }));
  return {
    name,
    start: () => startNsd(place, { name, addresses, port: serverPort, zones: served }),
  };
}
