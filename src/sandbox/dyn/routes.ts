import {
  addRecord,
  deleteRecords,
  getAllRecords,
  getRecords,
  replaceRecords,
  typeOfResource,
} from './records.ts';
import type { Done, DynRequest } from './request.ts';
import {
  createZone,
  deleteNode,
  deleteZone,
  discardChanges,
  getChanges,
  getNodes,
  getTask,
  getZones,
  updateZone,
} from './zones.ts';

/** Carries a request out. Throws DynFault. */
export type Action = (request: DynRequest) => Done;

interface Row {
  /** Parts of the path after the resource: fewest and most. */
  readonly parts: readonly [number, number];
  readonly action: Action;
}

const rows: Readonly<Record<string, Row>> = {
  'GET Zone': { parts: [0, 1], action: getZones },
  'POST Zone': { parts: [1, 1], action: createZone },
  'PUT Zone': { parts: [1, 1], action: updateZone },
  'DELETE Zone': { parts: [1, 1], action: deleteZone },
  'GET ZoneChanges': { parts: [1, 1], action: getChanges },
  'DELETE ZoneChanges': { parts: [1, 1], action: discardChanges },
  'GET AllRecord': { parts: [1, 2], action: getAllRecords },
  'GET NodeList': { parts: [1, 2], action: getNodes },
  'DELETE Node': { parts: [2, 2], action: deleteNode },
  'GET Task': { parts: [1, 1], action: getTask },
};

const typedRows: Readonly<
  Record<
    string,
    { readonly parts: Row['parts']; readonly action: (request: DynRequest, type: string) => Done }
  >
> = {
  GET: { parts: [2, 3], action: getRecords },
  POST: { parts: [2, 2], action: addRecord },
  PUT: { parts: [2, 3], action: replaceRecords },
  DELETE: { parts: [2, 3], action: deleteRecords },
};

/** What a method does to a resource with that many parts in its path; null when the API has nothing there. */
export function actionOf(method: string, resource: string, parts: number): Action | null {
  const type = typeOfResource(resource);
  if (type !== null) {
    const typed = typedRows[method];
    return typed !== undefined && isWithin(parts, typed.parts)
      ? request => typed.action(request, type)
      : null;
  }
  const row = rows[`${method} ${resource}`];
  return row !== undefined && isWithin(parts, row.parts) ? row.action : null;
}

function isWithin(count: number, [fewest, most]: Row['parts']): boolean {
  return count >= fewest && count <= most;
}
