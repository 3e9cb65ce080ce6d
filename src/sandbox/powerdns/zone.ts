import { dsOfKey } from '../../dns/dnssec.ts';
import type { SigningKey } from '../../dns/dnssec-keys.ts';
import { knownTypes } from '../../dns/iana.ts';
import type { Name } from '../../dns/name.ts';
import { parseRdata, rdataOfSoa, soaOf } from '../../dns/rdata.ts';
import { makeRRset, type RRset, type RRType } from '../../dns/rrset.ts';
import { makeZone, type Zone } from '../../dns/zone.ts';
import type { EmulatorDeps } from '../emulation.ts';
import { signedBy } from '../signing.ts';

/** One record of an RRset as the database has it. */
export interface PowerdnsRecord {
  readonly content: string;
  readonly disabled: boolean;
}

/** An RRset as the database has it. */
export interface PowerdnsSet {
  readonly name: Name;
  readonly type: RRType;
  /** Seconds. */
  readonly ttl: number;
  readonly records: readonly PowerdnsRecord[];
}

/** A key of a zone. */
export interface PowerdnsKey {
  readonly id: number;
  readonly key: SigningKey;
}

/** A zone of the server. */
export interface ZoneState {
  readonly name: Name;
  kind: string;
  account: string;
  soaEditApi: string;
  apiRectify: boolean;
  sets: ReadonlyMap<string, PowerdnsSet>;
  keys: readonly PowerdnsKey[];
  readonly metadata: Map<string, readonly string[]>;
}

/** All that the server holds. */
export interface ServerState {
  readonly deps: EmulatorDeps;
  /** The name servers that its zones are served from. */
  readonly servers: readonly Name[];
  readonly zones: Map<Name, ZoneState>;
  /** Seconds; `default-ttl` of its configuration. */
  readonly defaultTtl: number;
  /** `default-soa-content` of its configuration. */
  readonly defaultSoa: string;
  readonly hasDirectDnskey: boolean;
  lastKeyId: number;
}

/** A key of `ZoneState.sets`. */
export function keyOf(name: Name, type: RRType): string {
  return `${name} ${type}`;
}

const types: ReadonlySet<string> = new Set(knownTypes);

/** Puts the zone on the name servers as it is now. */
export function publish(state: ServerState, zone: ZoneState): void {
  const plain = zoneOf(state, zone);
  if (plain === null) return;
  const keys = zone.keys.map(({ key }) => key);
  const served = keys.length === 0 ? plain : signedBy(keys, withCds(zone, plain), state.deps.clock);
  state.deps.nameServers.publish(publicationKey(zone.name), served, state.servers);
}

/** Takes the zone from the server and its name servers. */
export function withdraw(state: ServerState, zone: ZoneState): void {
  state.zones.delete(zone.name);
  state.deps.nameServers.withdraw(publicationKey(zone.name));
}

function publicationKey(name: Name): string {
  return `powerdns:${name}`;
}

/** The zone as it is served without signatures; null for one without SOA or NS, which no server serves. */
export function zoneOf(state: ServerState, zone: ZoneState): Zone | null {
  const rrsets = [...zone.sets.values()].flatMap(set => servedSet(state, set));
  const has = (type: RRType): boolean => rrsets.some(set => set.owner === zone.name && set.type === type);
  return has('SOA') && has('NS') ? makeZone(zone.name, rrsets) : null;
}

function servedSet(state: ServerState, { name, type, ttl, records }: PowerdnsSet): readonly RRset[] {
  const on = records.filter(record => !record.disabled).map(record => record.content);
  const ofKeys = type === 'DNSKEY' || type === 'CDS' || type === 'CDNSKEY';
  if (on.length === 0 || !types.has(type) || (ofKeys && !state.hasDirectDnskey)) return [];
  return [
    makeRRset(
      name,
      type,
      ttl,
      on.map(content => parseRdata(type, content)),
    ),
  ];
}

/** With CDS and CDNSKEY of its keys, where the metadata of the zone says so. */
function withCds(zone: ZoneState, plain: Zone): Zone {
  const dnskeys = zone.keys.map(({ key }) => key.dnskey);
  const digests = zone.metadata.get('PUBLISH-CDS') ?? [];
  const cds = dnskeys.flatMap(dnskey => digests.map(type => dsOfKey(zone.name, dnskey, Number(type))));
  const own = [
    ...(cds.length === 0 ? [] : [makeRRset(zone.name, 'CDS', 3600, cds)]),
    ...(zone.metadata.get('PUBLISH-CDNSKEY')?.[0] === '1'
      ? [makeRRset(zone.name, 'CDNSKEY', 3600, dnskeys)]
      : []),
  ];
  return makeZone(zone.name, [...plain.rrsets, ...own]);
}

/** Counts the serial up as SOA-EDIT-API of the zone says; without it the serial stays. */
export function countSerial(state: ServerState, zone: ZoneState): void {
  const key = keyOf(zone.name, 'SOA');
  const set = zone.sets.get(key);
  if (set === undefined || zone.soaEditApi === '' || zone.soaEditApi === 'OFF') return;
  const today = new Date(state.deps.clock.now()).toISOString().slice(0, 10).replaceAll('-', '');
  const records = set.records.map(record => {
    const soa = soaOf(parseRdata('SOA', record.content));
    const least = zone.soaEditApi === 'INCREASE' ? 0 : Number(`${today}01`);
    return { ...record, content: rdataOfSoa({ ...soa, serial: Math.max(soa.serial + 1, least) }) };
  });
  zone.sets = new Map([...zone.sets, [key, { ...set, records }]]);
}

/** The serial of a zone; 0 without SOA. */
export function serialOf(zone: ZoneState): number {
  const [record] = zone.sets.get(keyOf(zone.name, 'SOA'))?.records ?? [];
  return record === undefined ? 0 : soaOf(parseRdata('SOA', record.content)).serial;
}
