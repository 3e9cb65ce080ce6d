import type { Name } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import { rrsetOf } from '../../dns/rrset.ts';
import { makeZone, type Zone } from '../../dns/zone.ts';
import type { RespondWithMany } from '../../world/client.ts';
import type { EmulatorDeps } from '../emulation.ts';
import { serveRequest } from './serve.ts';
import { type BindKey, renewed, type ServerState } from './state.ts';

/** What the server is configured with. */
export interface BindOptions {
  readonly keys: readonly BindKey[];
  /** The name servers that its zones are transferred to and served from. */
  readonly servers: readonly Name[];
  /** Seconds, of what is at the apex of a zone that is seeded; 3600 each unless given. */
  readonly times?: { readonly nsTtl?: number; readonly soaTtl?: number; readonly soaMinimum?: number };
  /** Seconds that its clock is ahead of the sandbox's; 0 unless given. */
  readonly clockAheadSeconds?: number;
}

/** A zone to put into the configuration. */
export interface SeedBindZone {
  readonly name: Name;
  /** Beside SOA and the apex NS. */
  readonly rrsets?: readonly RRset[];
}

/** A primary server as BIND 9 is one: zones, keys, UPDATE and AXFR; its zones are served by servers of the sandbox. */
export interface BindEmulator {
  /** For `listenOctets`. */
  readonly respond: RespondWithMany;
  /** What the operator would do with a zone file and `rndc addzone`. */
  seedZone(seed: SeedBindZone): void;
  /** What `rndc delzone` does. */
  removeZone(name: Name): void;
  /** What `rndc freeze` does. */
  freeze(name: Name): void;
  /** What the server has of a zone; empty for one that is not there. */
  rrsets(name: Name): readonly RRset[];
  /** Sets an RRset as somebody else would by nsupdate. */
  put(zone: Name, rrset: RRset): void;
}

/** A server without zones. */
export function createBindEmulator(deps: EmulatorDeps, options: BindOptions): BindEmulator {
  const state: ServerState = {
    deps,
    keys: options.keys,
    zones: new Map(),
    frozen: new Set(),
    clockAheadSeconds: options.clockAheadSeconds ?? 0,
    publish: zone => {
      state.zones.set(zone.apex, zone);
      deps.nameServers.publish(publicationKey(zone.apex), zone, options.servers);
    },
  };
  return {
    respond: octets => serveRequest(state, octets),
    seedZone: seed => state.publish(zoneOf(options, seed)),
    removeZone(name) {
      state.zones.delete(name);
      deps.nameServers.withdraw(publicationKey(name));
    },
    freeze: name => void state.frozen.add(name),
    rrsets: name => state.zones.get(name)?.rrsets ?? [],
    put(name, rrset) {
      const zone = state.zones.get(name);
      if (zone === undefined) return;
      const others = zone.rrsets.filter(set => set.owner !== rrset.owner || set.type !== rrset.type);
      state.publish(renewed(zone, [...others, rrset]));
    },
  };
}

function publicationKey(apex: Name): string {
  return `bind:${apex}`;
}

function zoneOf(options: BindOptions, { name, rrsets }: SeedBindZone): Zone {
  const { nsTtl = 3600, soaTtl = 3600, soaMinimum = 3600 } = options.times ?? {};
  const primary = options.servers[0] ?? name;
  return makeZone(name, [
    rrsetOf(name, 'SOA', soaTtl, `${primary} hostmaster.${name} 2026112500 7200 900 1209600 ${soaMinimum}`),
    rrsetOf(name, 'NS', nsTtl, ...options.servers),
    ...(rrsets ?? []),
  ]);
}
