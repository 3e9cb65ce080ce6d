import { dsOfKey } from '../../dns/dnssec.ts';
import type { Name } from '../../dns/name.ts';
import type { HttpRequest, HttpResponse } from '../../world/world.ts';
import { newSigningKey } from '../signing.ts';
import { notFound, PowerdnsFault, refused } from './fault.ts';
import { emptyResponse, type Fields, fieldsOf, isFields, jsonResponse } from './json.ts';
import { nameOf, newSet, patched } from './rrsets.ts';
import {
  countSerial,
  keyOf,
  type PowerdnsSet,
  publish,
  type ServerState,
  serialOf,
  withdraw,
  type ZoneState,
} from './zone.ts';

/** GET /zones. */
export function getZones(state: ServerState, wanted: string | null): HttpResponse {
  const zones = [...state.zones.values()].filter(zone => wanted === null || zone.name === nameOf(wanted));
  return jsonResponse(200, zones.map(printHead));
}

function printHead(zone: ZoneState): Fields {
  return {
    account: zone.account,
    catalog: '',
    dnssec: zone.keys.length > 0,
    edited_serial: serialOf(zone),
    id: zone.name,
    kind: zone.kind,
    last_check: 0,
    masters: [],
    name: zone.name,
    notified_serial: 0,
    serial: serialOf(zone),
    url: `/api/v1/servers/localhost/zones/${zone.name}`,
  };
}

function printZone(zone: ZoneState, shows: 'rrsets' | 'head'): Fields {
  const rrsets = [...zone.sets.values()].map(set => ({ comments: [], ...set }));
  return {
    ...printHead(zone),
    api_rectify: zone.apiRectify,
    nsec3narrow: false,
    nsec3param: '',
    soa_edit: '',
    soa_edit_api: zone.soaEditApi,
    ...(shows === 'rrsets' ? { rrsets } : {}),
  };
}

/** The zone of a path; its identifier is its name. */
export function zoneAt(state: ServerState, id: string): ZoneState {
  const zone = state.zones.get(nameOf(id.endsWith('.') ? id : `${id}.`));
  if (zone === undefined) throw notFound();
  return zone;
}

/** GET /zones/ID. */
export function getZone(state: ServerState, id: string, shows: 'rrsets' | 'head'): HttpResponse {
  return jsonResponse(200, printZone(zoneAt(state, id), shows));
}

/** POST /zones: a zone with all its records at once. */
export function createZone(state: ServerState, request: HttpRequest, shows: 'rrsets' | 'head'): HttpResponse {
  const body = fieldsOf(request);
  const name = nameOf(textIn(body, 'name'));
  if (state.zones.has(name)) throw new PowerdnsFault(409, 'Conflict', 'text');
  const kind = textIn(body, 'kind');
  if (!['Native', 'Master', 'Slave', 'Primary', 'Secondary'].includes(kind)) throw refused(`Invalid kind`);
  const given = listIn(body, 'rrsets').map(item => newSet(name, item));
  const sets = new Map(given.map(set => [keyOf(set.name, set.type), set]));
  for (const set of apexSets(state, name, body, sets)) sets.set(keyOf(set.name, set.type), set);
  const zone: ZoneState = {
    name,
    kind,
    account: typeof body['account'] === 'string' ? body['account'] : '',
    soaEditApi: typeof body['soa_edit_api'] === 'string' ? body['soa_edit_api'] : 'DEFAULT',
    apiRectify: body['api_rectify'] === true,
    sets,
    keys: [],
    metadata: new Map(),
  };
  countSerial(state, zone);
  state.zones.set(name, zone);
  publish(state, zone);
  return jsonResponse(201, printZone(zone, shows));
}

/** SOA and NS of a new zone, as far as its RRsets do not give them. */
function apexSets(
  state: ServerState,
  name: Name,
  body: Fields,
  sets: ReadonlyMap<string, PowerdnsSet>,
): readonly PowerdnsSet[] {
  const servers = listIn(body, 'nameservers').map(server => {
    if (typeof server !== 'string') throw refused('Nameservers must be strings');
    if (!server.endsWith('.')) throw refused(`Nameserver is not canonical: '${server}'`);
    return nameOf(server);
  });
  if (servers.length > 0 && sets.has(keyOf(name, 'NS'))) {
    throw refused('Nameservers list MUST NOT be mixed with zone-level NS in rrsets');
  }
  const soa = state.defaultSoa.replaceAll('@', name.slice(0, -1));
  const content = soa.replace(/^(\S+?)\.? (\S+?)\.? /, '$1. $2. ');
  const ttl = state.defaultTtl;
  return [
    ...(sets.has(keyOf(name, 'SOA'))
      ? []
      : [{ name, type: 'SOA', ttl, records: [{ content, disabled: false }] }]),
    ...(servers.length === 0
      ? []
      : [{ name, type: 'NS', ttl, records: servers.map(server => ({ content: server, disabled: false })) }]),
  ];
}

/** PATCH /zones/ID: all changes or none. */
export function patchZone(state: ServerState, id: string, request: HttpRequest): HttpResponse {
  const zone = zoneAt(state, id);
  const changes = fieldsOf(request)['rrsets'];
  if (!Array.isArray(changes)) throw refused('No rrsets given in update request');
  const sets = patched(zone, changes);
  const soaBefore = zone.sets.get(keyOf(zone.name, 'SOA'));
  zone.sets = sets;
  if (sets.get(keyOf(zone.name, 'SOA')) === soaBefore) countSerial(state, zone);
  publish(state, zone);
  return emptyResponse();
}

/** PUT /zones/ID: what is said of the zone; `dnssec` makes a key or takes all away. */
export function putZone(state: ServerState, id: string, request: HttpRequest): HttpResponse {
  const zone = zoneAt(state, id);
  const body = fieldsOf(request);
  const { account, soa_edit_api: soaEditApi, kind, dnssec, api_rectify: apiRectify } = body;
  if (typeof account === 'string') zone.account = account;
  if (typeof soaEditApi === 'string') zone.soaEditApi = soaEditApi;
  if (typeof kind === 'string') zone.kind = kind;
  if (typeof apiRectify === 'boolean') zone.apiRectify = apiRectify;
  if (dnssec === false) zone.keys = [];
  if (dnssec === true && zone.keys.length === 0) {
    state.lastKeyId += 1;
    zone.keys = [{ id: state.lastKeyId, key: newSigningKey(state.deps.random, true) }];
  }
  countSerial(state, zone);
  publish(state, zone);
  return emptyResponse();
}

/** DELETE /zones/ID. */
export function deleteZone(state: ServerState, id: string): HttpResponse {
  withdraw(state, zoneAt(state, id));
  return emptyResponse();
}

/** GET /zones/ID/cryptokeys. */
export function getKeys(state: ServerState, id: string): HttpResponse {
  const zone = zoneAt(state, id);
  return jsonResponse(
    200,
    zone.keys.map(({ id: number, key }) => ({
      active: true,
      algorithm: 'ECDSAP256SHA256',
      bits: 256,
      dnskey: key.dnskey,
      ds: [1, 2, 4].map(digest => dsOfKey(zone.name, key.dnskey, digest)),
      flags: 257,
      id: number,
      keytype: 'csk',
      published: true,
      type: 'Cryptokey',
    })),
  );
}

/** GET /zones/ID/metadata. */
export function getMetadata(state: ServerState, id: string): HttpResponse {
  const zone = zoneAt(state, id);
  const kinds = [['SOA-EDIT-API', [zone.soaEditApi]] as const, ...zone.metadata];
  return jsonResponse(
    200,
    kinds.map(([kind, metadata]) => ({ kind, metadata, type: 'Metadata' })),
  );
}

/** PUT /zones/ID/metadata/KIND. */
export function putMetadata(
  state: ServerState,
  id: string,
  kind: string,
  request: HttpRequest,
): HttpResponse {
  const zone = zoneAt(state, id);
  const metadata = listIn(fieldsOf(request), 'metadata').filter(value => typeof value === 'string');
  zone.metadata.set(kind, metadata);
  publish(state, zone);
  return jsonResponse(200, { kind, metadata, type: 'Metadata' });
}

/** DELETE /zones/ID/metadata/KIND. */
export function deleteMetadata(state: ServerState, id: string, kind: string): HttpResponse {
  const zone = zoneAt(state, id);
  zone.metadata.delete(kind);
  publish(state, zone);
  return emptyResponse();
}

function textIn(body: Fields, key: string): string {
  const value = body[key];
  if (typeof value !== 'string') throw refused(`Key '${key}' not present or not a String`);
  return value;
}

function listIn(body: Fields, key: string): readonly unknown[] {
  const value = body[key];
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw refused(`Key '${key}' is not an array`);
  return value.filter(item => isFields(item) || typeof item === 'string');
}
