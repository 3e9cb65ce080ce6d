import { dsMatches } from './dnssec.ts';
import { labelsOf } from './name.ts';
import { dsOf } from './rdata.ts';
import type { Rdata, RRset } from './record.ts';
import type { Zone } from './zone.ts';

/**
 * What in the zone contradicts itself although `makeZone` takes it, as sentences; none when all is well.
 *
 * CDS and CDNSKEY that no key of the zone stands for (RFC 7344 section 4.1), owners of NSEC3 that are no hash (RFC 5155
 * section 3), and DNS servers advertised without what a client needs to reach them (RFC 9461 section 4 to 6).
 */
export function zoneCheckFaults(zone: Zone): readonly string[] {
  return [
    ...childKeyFaults(zone),
    ...zone.rrsets.flatMap(hashedOwnerFaults),
    ...zone.rrsets.flatMap(dnsServiceFaults),
  ];
}

function childKeyFaults(zone: Zone): readonly string[] {
  const at = (type: string): readonly Rdata[] =>
    zone.rrsets.find(rrset => rrset.owner === zone.apex && rrset.type === type)?.data ?? [];
  const keys = at('DNSKEY');
  const cdnskeys = at('CDNSKEY').filter(key => key.split(' ')[2] !== '0');
  const cdss = at('CDS').filter(ds => dsOf(ds).algorithm !== 0);
  const faults: string[] = [];
  if (cdnskeys.length > 0 && !cdnskeys.some(key => keys.includes(key))) {
    faults.push('no CDNSKEY is a key of the zone (RFC 7344 section 4.1)');
  }
  const known = (ds: Rdata): boolean => keys.some(key => dsMatches(zone.apex, ds, key));
  if (cdss.length > 0 && !cdss.some(known))
    faults.push('no CDS is of a key of the zone (RFC 7344 section 4.1)');
  return faults;
}

function hashedOwnerFaults(rrset: RRset): readonly string[] {
  if (rrset.type !== 'NSEC3') return [];
  const [label = ''] = labelsOf(rrset.owner);
  const good = /^[0-9a-v]+$/.test(label) && ![1, 3, 6].includes(label.length % 8);
  if (!good) return [`the owner of an NSEC3 is no hash in base32hex: ${rrset.owner} (RFC 5155 section 3)`];
  const other = rrset.data.find(data => data.split(' ')[4]?.length !== label.length);
  return other === undefined
    ? []
    : [`${rrset.owner} NSEC3 has a next hash of another length (RFC 5155 section 3.1.7)`];
}

function dnsServiceFaults(rrset: RRset): readonly string[] {
  if (rrset.type !== 'SVCB' || !/^(_\d+\.)?_dns\./.test(rrset.owner)) return [];
  return rrset.data.flatMap(data => {
    if (data.startsWith('0 ')) return [];
    const alpn = / alpn="([^"]*)"/.exec(data)?.[1];
    if (alpn === undefined) return [`${rrset.owner} SVCB has no alpn (RFC 9461 section 6)`];
    const http = alpn.split(',').some(id => ['h2', 'h3', 'http/1.1'].includes(id) || id.startsWith('http/'));
    return http && !data.includes(' dohpath=')
      ? [`${rrset.owner} SVCB speaks HTTP and has no dohpath (RFC 9461 section 5)`]
      : [];
  });
}
