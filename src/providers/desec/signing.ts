import { parseRdata } from '../../dns/rdata.ts';
import { makeRRset, type Rdata } from '../../dns/rrset.ts';
import { listAt, textAt } from '../json.ts';
import type { HostedZone, ZoneSigning } from '../provider.ts';
import type { RestClient } from '../rest/client.ts';
import { pathOf } from './paths.ts';

/** The digest of the DS that is asked for: SHA-256, which every validator knows (RFC 8624 section 3.3). */
const digestType = '2';

/** The keys of a zone, which the host signs without being asked. */
export async function readSigning(
  client: RestClient,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<ZoneSigning> {
  const { json } = await client.get(pathOf(zone), signal);
  const keys = listAt(json, 'keys') ?? [];
  const dnskeys = keys.flatMap(key => textAt(key, 'dnskey') ?? []);
  const all = keys.flatMap(key => listAt(key, 'ds') ?? []).filter(text => typeof text === 'string');
  const strong = all.filter(text => text.split(' ')[2] === digestType);
  return {
    state: keys.length > 0 ? 'signed' : 'unsigned',
    ds: inOrder(zone, 'DS', strong.length > 0 ? strong : all),
    dnskeys: inOrder(zone, 'DNSKEY', dnskeys),
    cds: [],
  };
}

function inOrder(zone: HostedZone, type: string, texts: readonly string[]): readonly Rdata[] {
  if (texts.length === 0) return [];
  const data = texts.map(text => parseRdata(type, text));
  return makeRRset(zone.apex, type, 0, data).data;
}
