import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { must } from './dns-named.ts';
import { headOf } from './flow-names.ts';
import { startNsd } from './nsd.ts';
import { type PowerdnsServer, startPowerdns, type TextKey, updateKey } from './primaries.ts';
import { type Running, startProgram } from './programs.ts';

/** Where the servers of the flows are, all on port 53. */
export const addresses = {
  root: '127.71.0.1',
  /** The primary that takes updates. Nobody is sent to it: two other servers of BIND show its zones to the world. */
  hidden: '127.71.0.10',
  bindAbove: '127.71.0.11',
  bindBelow: '127.71.0.12',
  powerdnsAbove: '127.71.0.20',
  powerdnsBelow: '127.71.0.21',
} as const;

/** Names of the servers; the root zone has their addresses. */
export const serverNames = {
  bindAbove: 'ns.bind-above.example.',
  bindBelow: 'ns.bind-below.example.',
  powerdnsAbove: 'ns.powerdns-above.example.',
  powerdnsBelow: 'ns.powerdns-below.example.',
} as const;

/** A zone and the server that the world asks for it. */
export interface Zone {
  readonly apex: string;
  readonly ns: string;
  /** The address of `ns` where the zone itself has to give it. */
  readonly address: string | null;
  /** Seconds; the MINIMUM of its SOA. */
  readonly negativeTtl?: number;
}

/** A zone with what stands in it beside SOA and NS. */
export interface FilledZone {
  readonly apex: string;
  /** Lines of a zone file. */
  readonly rows: string;
}

/**
 * Gives this machine's loopback interface the addresses that named must find there: it listens at none that no interface
 * has, unlike the other programs.
 */
export async function addAddresses(): Promise<void> {
  for (const address of [addresses.hidden, addresses.bindAbove, addresses.bindBelow]) {
    await must('ip', ['address', 'replace', `${address}/8`, 'dev', 'lo']);
  }
}

const keyText = ({ name, algorithm, secret }: TextKey): string =>
  `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };\n`;

/** The key in the form of tsig-keygen. */
export const keyFileText: string = keyText(updateKey);

/** Starts named at `address`, port 53. */
export async function startBindAt(folder: string, address: string, statements: string): Promise<Running> {
  const file = path.join(folder, 'named.conf');
  await writeFile(
    file,
    `options {
  directory "${folder}"; pid-file none; session-keyfile none; lock-file none;
  listen-on { ${address}; }; listen-on-v6 { none; };
  notify-source ${address}; transfer-source ${address}; query-source address ${address};
  notify-delay 0; startup-notify-rate 100; notify-rate 100;
  recursion no; allow-new-zones yes; check-integrity no; dnssec-validation no; allow-query { 127.0.0.0/8; };
};
${keyFileText}controls { inet ${address} port 953 allow { 127.0.0.0/8; } keys { "${updateKey.name}"; }; };
${statements}`,
  );
  const running = await startProgram('named', ['-g', '-4', '-n', '1', '-c', file], output =>
    / running$/m.test(output),
  );
  if (/not loaded due to errors|interface \S+ failed/.test(running.output())) {
    await running.stop();
    throw new Error(`named does not load a zone, or does not listen: ${running.output()}`);
  }
  return running;
}

/** Lets named at `address` do what rndc tells it; `command` as a shell takes it. Its key is in `keyFile`. */
export async function rndc(keyFile: string, address: string, command: string): Promise<void> {
  const config = `${keyFile}.rndc`;
  await writeFile(config, `${keyFileText}options { default-key "${updateKey.name}"; default-port 953; };\n`);
  await must('sh', ['-c', `rndc -c ${config} -s ${address} ${command}`]);
}

/** The statement of a zone that takes updates and tells the servers at `secondaries`. */
export function primaryZone(apex: string, secondaries: readonly string[], more = ''): string {
  const notify = secondaries.map(address => `${address};`).join(' ');
  return `zone "${apex}" { type primary; file "${apex}zone"; journal "${apex}jnl"; notify explicit; also-notify { ${notify} };
  update-policy { grant ${updateKey.name} zonesub any; }; allow-transfer { key ${updateKey.name}; 127.71.0.0/16; }; ${more} };\n`;
}

/** The statement of a zone that is fetched from the hidden primary. */
export function secondaryZone(apex: string): string {
  return `zone "${apex}" { type secondary; file "${apex}zone"; primaries { ${addresses.hidden}; }; notify no; allow-notify { ${addresses.hidden}; };
  max-refresh-time 2; min-refresh-time 1; };\n`;
}

/** The root, served by NSD: a delegation of each of `zones`, and more `rows`; `sign` makes another zone file of the one that it is given. */
export async function startRoot(
  folder: string,
  zones: readonly Zone[],
  rows = '',
  sign: (folder: string, file: string) => Promise<string> = async (_, file) => file,
): Promise<Running> {
  const glue = (Object.keys(serverNames) as (keyof typeof serverNames)[]).map(
    key => `${serverNames[key]} 3600 IN A ${addresses[key]}\n`,
  );
  await writeFile(
    path.join(folder, 'root.zone'),
    `. 3600 IN SOA ns.root. hostmaster.root. 1 7200 900 1209600 2\n. 3600 IN NS ns.root.\nns.root. 3600 IN A ${addresses.root}\n${glue.join('')}${zones
      .map(({ apex, ns }) => `${apex} 60 IN NS ${ns}\n`)
      .join('')}${rows}`,
  );
  const zoneFile = await sign(folder, 'root.zone');
  return await startNsd(folder, {
    name: 'root',
    addresses: [addresses.root],
    zones: [{ apex: '.', file: zoneFile }],
  });
}

/**
 * PowerDNS at two addresses of one database, which is how most people run several of its servers. `more` is what pdnsutil does
 * with each zone before it starts: a command before the name and what stands after it.
 */
export async function startPowerdnsPair(
  folder: string,
  zones: readonly (Zone & FilledZone)[],
  more: readonly (readonly [command: string, ...rest: readonly string[]])[] = [],
): Promise<PowerdnsServer> {
  return await startPowerdns(folder, {
    address: `${addresses.powerdnsAbove},${addresses.powerdnsBelow}`,
    port: 53,
    lines: [
      'default-ttl=3',
      // Its MINIMUM is the TTL of the keys, which here is longer than that of their DS.
      'default-soa-content=ns1.@ hostmaster.@ 0 10800 3600 604800 6',
      'query-cache-ttl=0',
      'negquery-cache-ttl=0',
      'cache-ttl=0',
      'zone-cache-refresh-interval=0',
    ],
    prepare: async pdnsutil => {
      for (const zone of zones) {
        const file = path.join(folder, `${zone.apex}zone`);
        await writeFile(file, headOf(zone) + zone.rows);
        await pdnsutil('load-zone', zone.apex.slice(0, -1), file);
        for (const [command, ...rest] of more) await pdnsutil(command, zone.apex.slice(0, -1), ...rest);
        // Without it the names that have records only below them do not exist.
        await pdnsutil('rectify-zone', zone.apex.slice(0, -1));
      }
    },
  });
}

/** Root hints, a key file and the variables by which zonecut finds all of it; `trustAnchors` is a file, or `none`. */
export async function writeWorld(
  folder: string,
  powerdns: PowerdnsServer,
  resolvers: readonly string[],
  trustAnchors: string,
): Promise<{ readonly hintsFile: string; readonly environment: Readonly<Record<string, string>> }> {
  const hintsFile = path.join(folder, 'root.hints');
  await writeFile(hintsFile, `. 3600000 NS ns.root.\nns.root. 3600000 A ${addresses.root}\n`);
  const keyFile = path.join(folder, 'update.key');
  await writeFile(keyFile, keyFileText);
  return {
    hintsFile,
    environment: {
      ZONECUT_STATE_DIR: folder,
      HOME: folder,
      CI: 'true',
      ZONECUT_ROOT_HINTS: hintsFile,
      ZONECUT_OFFLINE: '1',
      ZONECUT_TRUST_ANCHORS: trustAnchors,
      ZONECUT_RESOLVERS: resolvers.join(','),
      RFC2136_NAMESERVER: addresses.hidden,
      RFC2136_TSIG_FILE: keyFile,
      PDNS_API_URL: powerdns.apiUrl,
      PDNS_API_KEY: powerdns.apiKey,
      PDNS_NAMESERVERS: serverNames.powerdnsBelow.slice(0, -1),
    },
  };
}
