import type { Name } from '../../dns/name.ts';
import { type DynRecord, isSameData, newRecord, subtree, type ZoneState } from './account.ts';
import { notFound, refused } from './fault.ts';
import { asFields, type Fields, isYes, type Json } from './json.ts';
import { readData, recordTypes } from './rdata.ts';
import {
  type Done,
  type DynRequest,
  done,
  nodeOf,
  optionOf,
  recordsOf,
  stage,
  writableZoneOf,
  zoneOf,
} from './request.ts';
import { textOf } from './zones.ts';

/** The type of a resource such as `NSRecord`; null for one that is none. */
export function typeOfResource(resource: string): string | null {
  return recordTypes.find(type => resource === `${type}Record`) ?? null;
}

/** GET /AllRecord/zone/[fqdn/]: every record at and below; `detail=Y` gives them whole, by type. */
export function getAllRecords(request: DynRequest): Done {
  const zone = zoneOf(request);
  const records = subtree(recordsOf(request, zone), nodeOf(request, zone));
  if (records.length === 0) {
    throw notFound('node: Node is not in the zone', 'get_tree: Node name not found within the zone');
  }
  if (!isYes(optionOf(request, 'detail'))) {
    return done(
      records.map(record => uriOf(zone, record)),
      'get_tree: Here is your zone tree',
    );
  }
  const byType: Record<string, Json[]> = {};
  for (const record of records) {
    const key = `${record.type.toLowerCase()}_records`;
    byType[key] = [...(byType[key] ?? []), printRecord(zone, record)];
  }
  return done(byType, 'get_tree: Here is your zone tree');
}

function uriOf(zone: ZoneState, record: DynRecord): string {
  return `/REST/${record.type}Record/${textOf(zone.name)}/${textOf(record.fqdn)}/${record.id}`;
}

function printRecord(zone: ZoneState, record: DynRecord, id: number = record.id): Json {
  return {
    zone: textOf(zone.name),
    ...(record.type === 'NS' ? { service_class: record.fqdn === zone.name ? 'Primary' : '' } : {}),
    ttl: record.ttl,
    fqdn: textOf(record.fqdn),
    record_type: record.type,
    rdata: record.data,
    record_id: id,
    ...(record.type === 'SOA' ? { serial_style: zone.serialStyle } : {}),
  };
}

/** GET /TYPERecord/zone/fqdn/[id/]. */
export function getRecords(request: DynRequest, type: string): Done {
  const zone = zoneOf(request);
  if (request.path[2] !== undefined) {
    return done(printRecord(zone, recordOfId(request, zone, type)), 'get: Found the record', 'API-B');
  }
  const records = atNode(request, zone, type, nodeOf(request, zone));
  const data = isYes(optionOf(request, 'detail'))
    ? records.map(record => printRecord(zone, record))
    : records.map(record => uriOf(zone, record));
  return done(data, `detail: Found ${records.length} record${records.length === 1 ? '' : 's'}`);
}

/** The records of a type at a node. Throws NOT_FOUND when nothing at all is there. */
function atNode(request: DynRequest, zone: ZoneState, type: string, node: Name): readonly DynRecord[] {
  const there = subtree(recordsOf(request, zone), node);
  if (there.length === 0) {
    throw notFound('node: Node is not in the zone', 'get: Node name not found within the zone');
  }
  return there.filter(record => record.fqdn === node && record.type === type);
}

function recordOfId(request: DynRequest, zone: ZoneState, type: string): DynRecord {
  const node = nodeOf(request, zone);
  const found = recordsOf(request, zone).find(
    record => record.fqdn === node && record.type === type && String(record.id) === request.path[2],
  );
  if (found === undefined) {
    throw notFound('record: No such record', 'get: Record not found');
  }
  return found;
}

/** POST /TYPERecord/zone/fqdn/: stages one more record. */
export function addRecord(request: DynRequest, type: string): Done {
  const zone = writableZoneOf(request);
  const node = nodeOf(request, zone);
  refuseProtected(zone, type, node);
  const made = readRecord(request, zone, node, type, request.body, `add: Could not create ${type} record`);
  refuseConflict(recordsOf(request, zone), made, 'add: Record not added');
  stage(request, zone, 'add', made);
  return done(printRecord(zone, made, 0), 'add: Record added');
}

function readRecord(
  request: DynRequest,
  zone: ZoneState,
  node: Name,
  type: string,
  fields: Fields,
  consequence: string,
): DynRecord {
  const data = readData(type, fields.fields('rdata'), consequence);
  const ttl = fields.text('ttl') ?? '0';
  if (!/^\d{1,9}$/.test(ttl)) {
    throw refused('INVALID_DATA', 'ttl: Not a valid number', consequence);
  }
  return newRecord(request.account, {
    fqdn: node,
    type,
    ttl: ttl === '0' ? zone.defaultTtl : Number(ttl),
    data,
  });
}

function refuseProtected(zone: ZoneState, type: string, node: Name): void {
  if (type === 'SOA') {
    throw refused(
      'ILLEGAL_OPERATION',
      'SOA: A zone has exactly one SOA record',
      'update: Record not changed',
    );
  }
  if (node === zone.name && type === 'CNAME') {
    throw refused('INVALID_DATA', 'node: CNAME not allowed at the root of a zone', 'add: Record not added');
  }
}

/** A CNAME stands alone (RFC 1034 section 3.6.2), and no record is there twice. */
function refuseConflict(records: readonly DynRecord[], made: DynRecord, consequence: string): void {
  if (records.some(record => isSameData(record, made))) {
    throw refused('TARGET_EXISTS', 'make: Cannot duplicate existing record data', consequence);
  }
  const others = records.filter(record => record.fqdn === made.fqdn);
  if (
    (made.type === 'CNAME' && others.length > 0) ||
    (made.type !== 'CNAME' && others.some(record => record.type === 'CNAME'))
  ) {
    throw refused('ILLEGAL_OPERATION', 'make: CNAME cannot be at a node with other records', consequence);
  }
}

/** PUT /TYPERecord/zone/fqdn/ with `TYPERecords`: replaces the set; with an identifier and `rdata`: one record. */
export function replaceRecords(request: DynRequest, type: string): Done {
  const zone = writableZoneOf(request);
  const node = nodeOf(request, zone);
  if (type === 'SOA') {
    return replaceSoa(request, zone);
  }
  refuseProtected(zone, type, node);
  const consequence = `update: Could not update ${type} record`;
  const list = request.body.get(`${type}Records`);
  if (request.path[2] !== undefined || list === undefined) {
    return replaceOne(request, zone, node, type, consequence);
  }
  const items = Array.isArray(list) ? list.map(asFields) : [];
  const made = items.map(item => {
    if (item === null) {
      throw refused('INVALID_DATA', `${type}Records: Not a list of records`, consequence);
    }
    return readRecord(request, zone, node, type, item, consequence);
  });
  if (made.length === 0) {
    throw refused('MISSING_DATA', `${type}Records: Required field is missing`, consequence);
  }
  const now = recordsOf(request, zone);
  const old = now.filter(record => record.fqdn === node && record.type === type);
  refuseCoreServers(request, zone, old, made);
  let rest = now.filter(record => !old.includes(record));
  for (const record of made) {
    refuseConflict(rest, record, consequence);
    rest = [...rest, record];
  }
  stageReplacement(request, zone, old, made);
  return done(
    made.map(record => printRecord(zone, record, 0)),
    'update: Record(s) updated',
  );
}

function stageReplacement(
  request: DynRequest,
  zone: ZoneState,
  old: readonly DynRecord[],
  made: readonly DynRecord[],
): void {
  for (const record of old) {
    stage(request, zone, 'remove', record);
  }
  for (const record of made) {
    stage(request, zone, 'add', record);
  }
}

function replaceOne(
  request: DynRequest,
  zone: ZoneState,
  node: Name,
  type: string,
  consequence: string,
): Done {
  const there = recordsOf(request, zone).filter(record => record.fqdn === node && record.type === type);
  const old = request.path[2] === undefined ? there[0] : recordOfId(request, zone, type);
  if (old === undefined || (request.path[2] === undefined && there.length > 1)) {
    throw notFound('record: No such record', consequence);
  }
  const made = readRecord(request, zone, node, type, request.body, consequence);
  refuseCoreServers(request, zone, [old], [made]);
  refuseConflict(
    recordsOf(request, zone).filter(record => record !== old),
    made,
    consequence,
  );
  stageReplacement(request, zone, [old], [made]);
  return done(printRecord(zone, made, 0), 'update: Record updated');
}

/** The SOA's mailbox, MINIMUM and TTL can be changed, nothing else. */
function replaceSoa(request: DynRequest, zone: ZoneState): Done {
  const old = recordsOf(request, zone).find(record => record.type === 'SOA');
  if (old === undefined) {
    throw notFound('record: No such record', 'update: Could not update SOA record');
  }
  const rdata = request.body.fields('rdata');
  const { minimum: oldMinimum, rname: oldMailbox } = old.data;
  const minimum = rdata?.text('minimum') ?? String(oldMinimum);
  const ttl = request.body.text('ttl') ?? String(old.ttl);
  if (!/^\d{1,9}$/.test(minimum) || !/^\d{1,9}$/.test(ttl)) {
    throw refused('INVALID_DATA', 'minimum: Not a valid number', 'update: Could not update SOA record');
  }
  const made = newRecord(request.account, {
    ...old,
    ttl: Number(ttl),
    data: { ...old.data, rname: rdata?.text('rname') ?? oldMailbox ?? '', minimum: Number(minimum) },
  });
  stageReplacement(request, zone, [old], [made]);
  return done(printRecord(zone, made, 0), 'update: Record updated');
}

/** The service's own name servers stay at the apex. */
function refuseCoreServers(
  request: DynRequest,
  zone: ZoneState,
  old: readonly DynRecord[],
  made: readonly DynRecord[],
): void {
  const lost = old.filter(record => {
    const { nsdname } = record.data;
    const isCore = request.account.servers.some(server => server === nsdname);
    return (
      record.type === 'NS' &&
      record.fqdn === zone.name &&
      isCore &&
      !made.some(kept => isSameData(kept, record))
    );
  });
  if (lost.length > 0) {
    throw refused(
      'ILLEGAL_OPERATION',
      'NS: The core name servers of a zone cannot be changed',
      'remove: Record not removed',
    );
  }
}

/** DELETE /TYPERecord/zone/fqdn/[id/]: stages the removal of one record, or of all of the type at the node. */
export function deleteRecords(request: DynRequest, type: string): Done {
  const zone = writableZoneOf(request);
  const node = nodeOf(request, zone);
  refuseProtected(zone, type, node);
  const records =
    request.path[2] === undefined ? atNode(request, zone, type, node) : [recordOfId(request, zone, type)];
  if (records.length === 0) {
    throw notFound('record: No such record', 'delete: Record not found');
  }
  refuseCoreServers(request, zone, records, []);
  stageReplacement(request, zone, records, []);
  return done({}, 'delete: Record(s) deleted');
}
