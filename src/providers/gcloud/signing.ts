import { parseRdata } from '../../dns/rdata.ts';
import { makeRRset, type Rdata } from '../../dns/rrset.ts';
import { listAt, memberAt, textAt } from '../json.ts';
import type { HostedZone, ZoneSigning } from '../provider.ts';
import type { RestClient } from '../rest/client.ts';

/** The host's words for algorithms, with their numbers (RFC 8624 section 3.1). */
const algorithms: ReadonlyMap<string, number> = new Map([
  ['rsasha1', 5],
  ['rsasha256', 8],
  ['rsasha512', 10],
  ['ecdsap256sha256', 13],
  ['ecdsap384sha384', 14],
]);

/** The digest of the DS that is asked for: SHA-256, which every validator knows (RFC 8624 section 3.3). */
const digestWord = 'sha256';

/** The state of a zone, and its keys where it is signed. */
export async function readSigning(
  client: RestClient,
  zone: HostedZone,
  path: string,
  signal: AbortSignal | undefined,
): Promise<ZoneSigning> {
  const { json } = await client.get(path, signal);
  const state = textAt(memberAt(json, 'dnssecConfig'), 'state') ?? 'off';
  if (state === 'off') return { state: 'unsigned', ds: [], dnskeys: [], cds: [] };
  const { json: answer } = await client.get(`${path}/dnsKeys`, signal);
  const keys = (listAt(answer, 'dnsKeys') ?? []).filter(key => memberAt(key, 'isActive') !== false);
  return {
    state: keys.length > 0 ? 'signed' : 'signing',
    ds: inOrder(zone, 'DS', keys.flatMap(dsOf)),
    dnskeys: inOrder(zone, 'DNSKEY', keys.flatMap(dnskeyOf)),
    cds: [],
  };
}

/** Lets the host sign the zone, with keys that it makes; one that is signed stays as it is. */
export async function signZone(
  client: RestClient,
  zone: HostedZone,
  path: string,
  signal: AbortSignal | undefined,
): Promise<ZoneSigning> {
  const now = await readSigning(client, zone, path, signal);
  if (now.state !== 'unsigned') return now;
  await client.repeat('PATCH', path, { dnssecConfig: { state: 'on' } }, signal);
  return await readSigning(client, zone, path, signal);
}

/** Takes keys and signatures away; a zone that is not signed stays as it is. */
export async function unsignZone(
  client: RestClient,
  zone: HostedZone,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { state } = await readSigning(client, zone, path, signal);
  if (state !== 'unsigned') await client.repeat('PATCH', path, { dnssecConfig: { state: 'off' } }, signal);
}

function dsOf(key: unknown): readonly string[] {
  if (textAt(key, 'type') !== 'keySigning') return [];
  const digests = listAt(key, 'digests') ?? [];
  const digest = textAt(
    digests.find(one => textAt(one, 'type') === digestWord),
    'digest',
  );
  const algorithm = algorithms.get(textAt(key, 'algorithm') ?? '');
  return digest === null || algorithm === undefined
    ? []
    : [`${textAt(key, 'keyTag')} ${algorithm} 2 ${digest}`];
}

function dnskeyOf(key: unknown): readonly string[] {
  const flags = textAt(key, 'type') === 'keySigning' ? 257 : 256;
  const algorithm = algorithms.get(textAt(key, 'algorithm') ?? '');
  const publicKey = textAt(key, 'publicKey');
  return publicKey === null || algorithm === undefined ? [] : [`${flags} 3 ${algorithm} ${publicKey}`];
}

function inOrder(zone: HostedZone, type: string, texts: readonly string[]): readonly Rdata[] {
  if (texts.length === 0) return [];
  return makeRRset(
    zone.apex,
    type,
    0,
    texts.map(text => parseRdata(type, text)),
  ).data;
}
