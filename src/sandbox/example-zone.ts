import { parseNameAt } from '../dns/name.ts';
import { parseRdata } from '../dns/rdata.ts';
import { groupRecords, type ResourceRecord, type RRset } from '../dns/rrset.ts';
import type { ExampleZone } from './topology.ts';

/** The RRsets of an example zone, without SOA and the apex NS. */
export function rrsetsOf(zone: ExampleZone): readonly RRset[] {
  const records = zone.records.map(
    ({ host, type, data, ttl }): ResourceRecord => ({
      owner: parseNameAt(host, zone.apex),
      type,
      class: 'IN',
      ttl,
      data: parseRdata(type, data, zone.apex),
    }),
  );
  return groupRecords(records);
}
