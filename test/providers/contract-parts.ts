import type { Name } from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import type { Rig } from './rig.ts';

/** Name servers of a delegation. */
export const awsServers: readonly string[] = [
  'ns-1.awsdns-01.com.',
  'ns-2.awsdns-02.net.',
  'ns-3.awsdns-03.org.',
  'ns-4.awsdns-04.co.uk.',
];

/** A change that adds an RRset which is not there. */
export const adding: (to: RRset) => RRsetChange = to => ({ owner: to.owner, type: to.type, from: null, to });

/** All but the SOA, whose serial hosts count up. */
export async function readSets(rig: Rig, zone: HostedZone): Promise<readonly RRset[]> {
  return (await rig.provider.readZone(zone)).rrsets.filter(set => set.type !== 'SOA');
}

/** The one zone of that apex. */
export async function only(rig: Rig, apex: Name): Promise<HostedZone> {
  const [zone, ...more] = await rig.provider.findZones(apex);
  if (zone === undefined || more.length > 0)
    throw new Error(`${apex}: ${more.length} zones beside ${zone?.id ?? 'none'}`);
  return zone;
}
