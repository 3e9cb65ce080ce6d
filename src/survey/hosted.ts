import type { Name } from '../dns/name.ts';
import { isType } from '../dns/rrset.ts';
import type { HostedZone, Provider, ZoneSnapshot } from '../providers/provider.ts';

/** A zone in an account, as its host shows it. */
export interface HostedZoneFacts {
  /** The host's own identifier. */
  readonly id: string;
  /** The name servers that the host assigned, sorted; empty where it tells of none. */
  readonly assigned: readonly Name[];
  /** The NS names at the apex in the zone's own data, sorted; null where the host does not show them. */
  readonly own: readonly Name[] | null;
}

/** The zones of one apex in one account: one, or several where the host allows that. */
export interface HostedFacts {
  /** The driver, such as `route53`. */
  readonly host: string;
  readonly zones: readonly HostedZoneFacts[];
}

/** What an account has at one apex: the facts, and what is in each zone. */
export interface HostedZones {
  readonly facts: HostedFacts;
  readonly snapshots: readonly ZoneSnapshot[];
}

/** Reads the zones of exactly `apex` in an account; none where they are gone. Throws what the host's calls throw. */
export async function readHosted(provider: Provider, apex: Name, signal?: AbortSignal): Promise<HostedZones> {
  const call = signal === undefined ? {} : { signal };
  const zones: HostedZoneFacts[] = [];
  const snapshots: ZoneSnapshot[] = [];
  for (const zone of await provider.findZones(apex, call)) {
    const snapshot = await provider.readZone(zone, call);
    zones.push(factsOf(zone, snapshot));
    snapshots.push(snapshot);
  }
  return { facts: { host: provider.id, zones }, snapshots };
}

function factsOf({ id, apex, nameServers }: HostedZone, { rrsets }: ZoneSnapshot): HostedZoneFacts {
  const ns = rrsets.find(({ owner, type }) => owner === apex && type === 'NS');
  const own = ns !== undefined && isType(ns, 'NS') ? ns.data.toSorted() : null;
  return { id, assigned: nameServers.toSorted(), own };
}
