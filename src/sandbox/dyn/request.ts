import { isAtOrBelow, type Name, parseName } from '../../dns/name.ts';
import { isZonecutError } from '../../error.ts';
import { type Account, type DynRecord, recordsWith, type StagedChange, type ZoneState } from './account.ts';
import { DynFault, notFound, refused } from './fault.ts';
import type { Fields, Json, Message } from './json.ts';
import type { SessionState } from './sessions.ts';

/** One request of a session, taken apart. */
export interface DynRequest {
  readonly account: Account;
  readonly session: SessionState;
  readonly method: string;
  /** `Zone`, `NSRecord`, ... */
  readonly resource: string;
  /** What stands after the resource in the path. */
  readonly path: readonly string[];
  readonly body: Fields;
  readonly query: URLSearchParams;
}

/** What a request gives. */
export interface Done {
  readonly data: Json;
  readonly messages: readonly Message[];
}

/** An answer with one message that is no error. */
export function done(data: Json, info: string, source?: string): Done {
  return { data, messages: [source === undefined ? { info } : { info, source }] };
}

/** A field of the body, or of the query when the body has none. */
export function optionOf(request: DynRequest, name: string): unknown {
  return request.body.get(name) ?? request.query.get(name) ?? undefined;
}

/** The zone that the path names first. Throws NOT_FOUND. */
export function zoneOf(request: DynRequest): ZoneState {
  const zone = request.account.zones.get(nameIn(request.path[0] ?? ''));
  if (zone === undefined) {
    throw notFound('zone: No such zone', `${request.method.toLowerCase()}: No such zone in your account`);
  }
  return zone;
}

/** As `zoneOf`, of a zone that may be changed now. Throws ILLEGAL_OPERATION while it is frozen or a task runs. */
export function writableZoneOf(request: DynRequest): ZoneState {
  const zone = zoneOf(request);
  if (zone.frozen) {
    throw refused('ILLEGAL_OPERATION', 'zone: Zone is frozen', 'update: Thaw the zone first');
  }
  refuseDuringTask(request.account, zone);
  return zone;
}

/** Throws ILLEGAL_OPERATION while a task puts the zone on the servers, if the account is so strict. */
function refuseDuringTask(account: Account, zone: ZoneState): void {
  if (account.blocksDuringTasks && zone.task !== null) {
    throw new DynFault(400, [
      { info: 'zone: Operation blocked by current task', code: 'ILLEGAL_OPERATION' },
      { info: 'task_name: ProvisionZone' },
      { info: `task_id: ${zone.task.id}` },
    ]);
  }
}

/** The name in the path after the zone's. Throws INVALID_DATA when it is not in the zone. */
export function nodeOf(request: DynRequest, zone: ZoneState): Name {
  const name = nameIn(request.path[1] ?? zone.name);
  if (!isAtOrBelow(name, zone.name)) {
    throw refused('INVALID_DATA', 'fqdn: Node is not in the zone', 'make: Name is outside the zone');
  }
  return name;
}

/** A name of a path or body. Throws INVALID_DATA. */
export function nameIn(text: string): Name {
  try {
    return parseName(text);
  } catch (error) {
    if (!isZonecutError(error)) {
      throw error;
    }
    throw refused('INVALID_DATA', 'name: Not a valid domain name', 'get: Name could not be read');
  }
}

/** The records of a zone as this session sees them. */
export function recordsOf(request: DynRequest, zone: ZoneState): readonly DynRecord[] {
  return recordsWith(zone, stagedOf(request, zone));
}

/** What the session has staged in a zone. */
export function stagedOf(request: DynRequest, zone: ZoneState): readonly StagedChange[] {
  return request.session.staged.get(zone.name) ?? [];
}

/** Stages a change in the session. */
export function stage(
  request: DynRequest,
  zone: ZoneState,
  kind: StagedChange['kind'],
  record: DynRecord,
): void {
  request.account.lastChangeId += 1;
  const change: StagedChange = { id: request.account.lastChangeId, kind, record };
  request.session.staged.set(zone.name, [...stagedOf(request, zone), change]);
}
