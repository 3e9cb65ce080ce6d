import { parseRdata } from '../../dns/rdata.ts';
import { makeRRset, type Rdata } from '../../dns/rrset.ts';
import { listAt, memberAt, textAt } from '../json.ts';
import type { HostedZone, ZoneSigning } from '../provider.ts';
import { type PowerdnsApi, PowerdnsFault, pathOfZone } from './api.ts';

/** The digest of the DS that is asked for: SHA-256, which every validator knows (RFC 8624 section 3.3). */
const digestType = '2';

/** What the API says of the keys of a zone. */
export async function readSigning(
  api: PowerdnsApi,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<ZoneSigning> {
  const answer = await api.get(`${pathOfZone(zone.id)}/cryptokeys`, signal);
  if (!Array.isArray(answer)) {
    throw api.http.fault('ZC_PROVIDER_RESPONSE', `the keys of ${zone.apex} are no list`);
  }
  const served = answer.filter(
    key => memberAt(key, 'active') === true || memberAt(key, 'published') === true,
  );
  const signs = answer.some(key => memberAt(key, 'active') === true);
  const dnskeys = served.flatMap(key => textAt(key, 'dnskey') ?? []).map(text => parseRdata('DNSKEY', text));
  const all = answer
    .filter(key => memberAt(key, 'active') === true)
    .flatMap(key => listAt(key, 'ds') ?? [])
    .filter(text => typeof text === 'string')
    .map(text => parseRdata('DS', text));
  const strong = all.filter(ds => ds.split(' ')[2] === digestType);
  const ds = strong.length > 0 ? strong : all;
  return {
    state: signs ? 'signed' : 'unsigned',
    ds: inOrder(zone, 'DS', ds),
    dnskeys: inOrder(zone, 'DNSKEY', dnskeys),
    cds: (await publishesCds(api, zone, signal)) ? inOrder(zone, 'DS', ds) : [],
  };
}

function inOrder(zone: HostedZone, type: string, data: readonly Rdata[]): readonly Rdata[] {
  return data.length === 0 ? [] : makeRRset(zone.apex, type, 0, data).data;
}

async function publishesCds(
  api: PowerdnsApi,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const answer = await api.get(`${pathOfZone(zone.id)}/metadata`, signal);
  return (
    Array.isArray(answer) &&
    answer.some(item => textAt(item, 'kind') === 'PUBLISH-CDS' && (listAt(item, 'metadata') ?? []).length > 0)
  );
}

/** `Provider.signZone`: the server makes the keys of its configuration; a zone with an active key stays as it is. */
export async function signZone(
  api: PowerdnsApi,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<ZoneSigning> {
  const before = await readSigning(api, zone, signal);
  const path = pathOfZone(zone.id);
  if (before.state !== 'signed') {
    await api.repeat('PUT', path, { dnssec: true, api_rectify: true }, signal);
  }
  await setMetadata(api, zone, 'PUBLISH-CDS', [digestType], signal);
  await setMetadata(api, zone, 'PUBLISH-CDNSKEY', ['1'], signal);
  await api.repeat('PUT', `${path}/rectify`, null, signal);
  return await readSigning(api, zone, signal);
}

/** `Provider.unsignZone`: without keys the server sends no signatures. */
export async function unsignZone(
  api: PowerdnsApi,
  zone: HostedZone,
  signal: AbortSignal | undefined,
): Promise<void> {
  if ((await readSigning(api, zone, signal)).dnskeys.length > 0) {
    await api.repeat('PUT', pathOfZone(zone.id), { dnssec: false }, signal);
  }
  for (const kind of ['PUBLISH-CDS', 'PUBLISH-CDNSKEY']) await dropMetadata(api, zone, kind, signal);
}

async function setMetadata(
  api: PowerdnsApi,
  zone: HostedZone,
  kind: string,
  metadata: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await api.repeat('PUT', `${pathOfZone(zone.id)}/metadata/${kind}`, { kind, metadata }, signal);
}

async function dropMetadata(
  api: PowerdnsApi,
  zone: HostedZone,
  kind: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await api.repeat('DELETE', `${pathOfZone(zone.id)}/metadata/${kind}`, null, signal);
  } catch (error) {
    if (!(error instanceof PowerdnsFault) || error.status !== 404) throw error;
  }
}
