import { makeTsigKey } from '../dns/tsig-key.ts';
import { listenOctets } from '../world/listen.ts';
import { listenHttp } from '../world/listen-http.ts';
import { type BindEmulator, createBindEmulator } from './bind/emulator.ts';
import type { EmulatorDeps } from './emulation.ts';
import { rrsetsOf } from './example-zone.ts';
import { createPowerdnsEmulator, type PowerdnsEmulator } from './powerdns/emulator.ts';
import type { InternetTimes } from './times.ts';
import { bindEmptyZones, bindExample, bindServers, powerdnsExample, powerdnsServers } from './topology.ts';

/** What the servers are made of. */
export interface OwnServerDeps extends EmulatorDeps {
  readonly times: InternetTimes;
}

/** The servers of the sandbox that somebody runs for themselves, as they listen on 127.0.0.1. */
export interface OwnServers {
  readonly bind: BindEmulator;
  readonly powerdns: PowerdnsEmulator;
  /** Where they listen, and their keys, under the names that their users know. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const updateKey = { name: 'zonecut-sandbox', secret: 'c2FuZGJveCBrZXkgb2Ygem9uZWN1dCBmb3IgdXBkYXRlcw==' };
const apiKey = 'sandbox-api-key';

/** Seconds, of what is at the apex of every zone, where times are not those of the programs. */
const programTtl = 3600;

/** Starts the servers with their example zones. Rejects with ZC_PORT. */
export async function startOwnServers(deps: OwnServerDeps): Promise<OwnServers> {
  const bind = openBind(deps);
  const powerdns = openPowerdns(deps);
  const updates = await listenOctets({ address: '127.0.0.1', port: 0 }, bind.respond);
  try {
    const api = await listenHttp({ address: '127.0.0.1', port: 0 }, request => powerdns.handle(request));
    return {
      bind,
      powerdns,
      environment: {
        RFC2136_NAMESERVER: `127.0.0.1:${updates.endpoint.port}`,
        RFC2136_TSIG_KEY: updateKey.name,
        RFC2136_TSIG_SECRET: updateKey.secret,
        RFC2136_ZONES: [bindExample.apex, ...bindEmptyZones].join(','),
        PDNS_API_URL: api.url,
        PDNS_API_KEY: apiKey,
        PDNS_NAMESERVERS: powerdnsServers.map(server => server.name).join(','),
      },
      close: async () => {
        await Promise.all([updates.close(), api.close()]);
      },
    };
  } catch (error) {
    await updates.close();
    throw error;
  }
}

function openBind(deps: OwnServerDeps): BindEmulator {
  const { delegationTtlSeconds: nsTtl, negativeTtlSeconds: negativeTtl } = deps.times;
  const emulator = createBindEmulator(deps, {
    keys: [{ key: makeTsigKey(updateKey.name, 'hmac-sha256', updateKey.secret) }],
    servers: bindServers.map(server => server.name),
    times: {
      nsTtl: nsTtl ?? programTtl,
      soaTtl: negativeTtl ?? programTtl,
      soaMinimum: negativeTtl ?? programTtl,
    },
  });
  emulator.seedZone({ name: bindExample.apex, rrsets: rrsetsOf(bindExample) });
  for (const name of bindEmptyZones) {
    emulator.seedZone({ name });
  }
  return emulator;
}

function openPowerdns(deps: OwnServerDeps): PowerdnsEmulator {
  const { delegationTtlSeconds, negativeTtlSeconds } = deps.times;
  const minimum = negativeTtlSeconds ?? programTtl;
  const emulator = createPowerdnsEmulator(deps, {
    apiKey,
    servers: powerdnsServers.map(server => server.name),
    defaultTtl: Math.min(delegationTtlSeconds ?? programTtl, minimum),
    defaultSoa: `ns1.example-dns.org hostmaster.@ 0 10800 3600 604800 ${minimum}`,
  });
  emulator.seedZone({ name: powerdnsExample.apex, rrsets: rrsetsOf(powerdnsExample) });
  return emulator;
}
