import { labelCount, type Name } from '../../dns/name.ts';
import { addZone, publishZone, removeZone, serialStyles, subtree, type ZoneState } from './account.ts';
import { notFound, refused } from './fault.ts';
import { isYes, type Json } from './json.ts';
import {
  type Done,
  type DynRequest,
  done,
  nameIn,
  nodeOf,
  recordsOf,
  stage,
  stagedOf,
  writableZoneOf,
  zoneOf,
} from './request.ts';

/** GET /Zone/: all zones; GET /Zone/name/: one. */
export function getZones(request: DynRequest): Done {
  if (request.path.length > 0) {
    const zone = zoneOf(request);
    return done(printZone(zone), `get: Your zone, ${textOf(zone.name)}`);
  }
  const uris = [...request.account.zones.keys()].map(name => `/REST/Zone/${textOf(name)}/`);
  return done(uris, `get: Your ${uris.length} zones`);
}

/** A name as the API writes it: without final dot. */
export function textOf(name: Name): string {
  return name.slice(0, -1);
}

function printZone(zone: ZoneState): { readonly [key: string]: Json } {
  return {
    zone_type: 'Primary',
    serial_style: zone.serialStyle,
    serial: zone.serial,
    zone: textOf(zone.name),
  };
}

/** POST /Zone/name/: a new zone, which is on no server before it is published. */
export function createZone(request: DynRequest): Done {
  const consequence = 'create: Zone not created';
  const name = nameIn(request.path[0] ?? '');
  if (labelCount(name) < 2) {
    throw refused('INVALID_DATA', 'name: Not a valid zone name', consequence);
  }
  if (request.account.zones.has(name)) {
    throw refused('TARGET_EXISTS', 'name: Name already exists', 'create: You already have this zone.');
  }
  const mailbox = request.body.text('rname');
  const ttl = request.body.text('ttl');
  if (mailbox === null || ttl === null) {
    throw refused(
      'MISSING_DATA',
      `${mailbox === null ? 'rname' : 'ttl'}: Required field is missing`,
      consequence,
    );
  }
  if (!/^[^@\s]+@[^@\s]+$|^[^@\s]+\.[^@\s]+$/.test(mailbox)) {
    throw refused('INVALID_DATA', 'rname: Not a valid mailbox', consequence);
  }
  if (!/^\d{1,9}$/.test(ttl) || Number(ttl) < 1) {
    throw refused('INVALID_DATA', 'ttl: Not a valid number', consequence);
  }
  const asked = request.body.text('serial_style') ?? 'increment';
  const serialStyle = serialStyles.find(style => style === asked);
  if (serialStyle === undefined) {
    throw refused('INVALID_DATA', 'serial_style: Not a valid style', consequence);
  }
  const zone = addZone(request.account, {
    name,
    mailbox: `${mailbox.replace(/\.$/, '')}.`,
    defaultTtl: Number(ttl),
    serialStyle,
  });
  return {
    data: printZone(zone),
    messages: [
      {
        info: 'setup: If you plan to provide your own secondary DNS for the zone, allow notify requests from these IP addresses on your nameserver: 208.78.68.66, 2600:2003:0:1::66',
      },
      { info: `create: New zone ${textOf(name)} created.  Publish it to put it on our server.` },
    ],
  };
}

/** PUT /Zone/name/: publishes what the session has staged, freezes or thaws. */
export function updateZone(request: DynRequest): Done {
  const zone = zoneOf(request);
  const name = textOf(zone.name);
  if (isYes(request.body.get('publish'))) {
    writableZoneOf(request);
    const task = publishZone(request.account, zone, recordsOf(request, zone));
    request.session.staged.delete(zone.name);
    const data = {
      zone_type: 'Primary',
      task_id: String(task.id),
      serial: zone.serial,
      serial_style: zone.serialStyle,
      zone: name,
    };
    return done(data, `publish: ${name} published`);
  }
  if (isYes(request.body.get('freeze'))) {
    zone.frozen = true;
    return done({}, 'freeze: Your zone is now frozen');
  }
  if (isYes(request.body.get('thaw'))) {
    zone.frozen = false;
    return done({}, 'thaw: Your zone is now thawed');
  }
  throw refused('MISSING_DATA', 'publish: Required field is missing', 'update: Nothing to do');
}

/** DELETE /Zone/name/: at once, without a publication. */
export function deleteZone(request: DynRequest): Done {
  const zone = writableZoneOf(request);
  removeZone(request.account, zone);
  request.session.staged.delete(zone.name);
  return done({}, 'remove: Zone removed');
}

/** GET /ZoneChanges/name/: what this session has staged. */
export function getChanges(request: DynRequest): Done {
  const zone = zoneOf(request);
  const changes = stagedOf(request, zone).map(({ id, kind, record }) => ({
    id,
    zone: textOf(zone.name),
    fqdn: textOf(record.fqdn),
    type: record.type,
    ttl: record.ttl,
    action: kind,
    user_id: 1,
    serial: zone.serial,
    rdata: { [`rdata_${record.type.toLowerCase()}`]: record.data },
  }));
  return done(changes, `get: ${changes.length} change(s) pending`);
}

/** DELETE /ZoneChanges/name/: forgets what this session has staged. */
export function discardChanges(request: DynRequest): Done {
  request.session.staged.delete(zoneOf(request).name);
  return done({}, 'remove: Changes discarded');
}

/** DELETE /Node/zone/fqdn/: stages the removal of all records at and below it. */
export function deleteNode(request: DynRequest): Done {
  const zone = writableZoneOf(request);
  const node = nodeOf(request, zone);
  const records = subtree(recordsOf(request, zone), node);
  if (records.length === 0) {
    throw notFound('node: Node is not in the zone', 'remove: Node name not found within the zone');
  }
  if (node === zone.name) {
    throw refused(
      'ILLEGAL_OPERATION',
      'node: The root node of a zone cannot be removed',
      'remove: Node not removed',
    );
  }
  for (const record of records) {
    stage(request, zone, 'remove', record);
  }
  return done({}, 'remove: Node removed from zone. All records also removed.');
}

/** GET /NodeList/zone/[fqdn/]: the names that hold records. */
export function getNodes(request: DynRequest): Done {
  const zone = zoneOf(request);
  const records = subtree(recordsOf(request, zone), nodeOf(request, zone));
  const names = [...new Set(records.map(record => textOf(record.fqdn)))].sort();
  return done(names, 'get: Here are your nodes');
}

/** GET /Task/id/. */
export function getTask(request: DynRequest): Done {
  const task = request.account.tasks.get(Number(request.path[0]));
  if (task === undefined) {
    throw notFound('task: No such task', 'get: No such task in your account');
  }
  const data = {
    task_id: String(task.id),
    name: 'ProvisionZone',
    zone_name: textOf(task.zone),
    status: task.done ? 'complete' : 'running',
    blocking: task.done ? 'N' : 'Y',
    step_count: task.done ? 1 : 0,
    total_steps: 1,
    message: null,
  };
  return done(data, 'get: Your task');
}
