import type { RRset } from '../../dns/rrset.ts';
import type { HostedZone } from '../provider.ts';
import type { NamecheapApi } from './api.ts';
import { namecheapCapabilities } from './capabilities.ts';
import type { Row } from './rows.ts';
import { rowsOf } from './rows.ts';

/** Characters of the host and of the address of a row. */
const maxHostCharacters = 60;
const maxAddressCharacters = 255;

/** The rows that say `rrset`. Throws ZC_PROVIDER_REFUSED when Namecheap has none that do. */
export function newRows(api: NamecheapApi, zone: HostedZone, rrset: RRset): readonly Row[] {
  const refuse = (problem: string): never => {
    throw api.http.fault('ZC_PROVIDER_REFUSED', `${rrset.owner} ${rrset.type}: ${problem}`);
  };
  const { minTtl, maxTtl } = namecheapCapabilities;
  if (rrset.ttl < minTtl || rrset.ttl > maxTtl)
    return refuse(`the TTL is ${rrset.ttl}; Namecheap allows ${minTtl} to ${maxTtl}`);
  const rows = rowsOf(zone.apex, rrset);
  if (rows === null) return refuse('Namecheap has no row that says this');
  for (const row of rows) {
    if (row.type === 'NS' && (row.host === '@' || row.host === '*'))
      return refuse(`Namecheap takes no NS at ${row.host}`);
    if (row.host.length > maxHostCharacters)
      return refuse(`the host part has ${row.host.length} characters; Namecheap allows ${maxHostCharacters}`);
    if (row.address.length > maxAddressCharacters)
      return refuse(`a value has ${row.address.length} characters; Namecheap allows ${maxAddressCharacters}`);
  }
  return rows;
}
