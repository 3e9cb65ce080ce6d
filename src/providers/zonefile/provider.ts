import { type Name, parseName } from '../../dns/name.ts';
import { isType, type RRset, type RRType } from '../../dns/rrset.ts';
import { parseZoneFile } from '../../dns/zonefile.ts';
import { isZonecutError, ZonecutError } from '../../error.ts';
import type { World } from '../../world/world.ts';
import { checkChanges, differences, inCanonicalOrder, rrsetsAfter, standingOf } from '../change-set.ts';
import { digestOf } from '../digest.ts';
import { type Settings, variable } from '../driver.ts';
import type { HostedZone, Provider, RRsetChange, ZoneSnapshot } from '../provider.ts';
import { createQueue } from '../queue.ts';
import { zonefileCapabilities } from './capabilities.ts';
import { editedZoneFile } from './edit.ts';
import { fileOf, locked, replaceFile, textOf, zonesIn } from './files.ts';

/** What a signer makes. */
const signatures: ReadonlySet<RRType> = new Set(['RRSIG', 'NSEC', 'NSEC3', 'NSEC3PARAM']);

/** Opens a folder of zone files. Throws ZC_CREDENTIALS when none is named. */
export async function openZonefile(world: World, settings: Settings): Promise<Provider> {
  const folder = variable(settings, 'ZONECUT_ZONEFILES');
  if (folder === null) {
    throw new ZonecutError('ZC_CREDENTIALS', 'ZONECUT_ZONEFILES is not set', {
      hint: 'Set it to the folder of the zone files.',
    });
  }
  const queue = createQueue();
  const refuse = async (apex: Name): Promise<never> => {
    throw fault(
      'ZC_PROVIDER_REFUSED',
      `${apex} is not created or deleted: the name server has to be told of zones too`,
      zonefileCapabilities.zoneByHand.join('\n').replaceAll('ZONE', apex.slice(0, -1)),
    );
  };
  return {
    id: 'zonefile',
    label: `zone files in ${folder}`,
    capabilities: zonefileCapabilities,
    whoAmI: async () => {
      await zonesIn(folder);
      return { account: folder, source: 'environment (ZONECUT_ZONEFILES)' };
    },
    rights: async zone => ({
      readZones: 'yes',
      createZones: 'no',
      writeRecords: zone === null || (await fileOf(folder, zone.apex)) !== null ? 'yes' : 'no',
    }),
    listZones: async function* () {
      for (const text of await zonesIn(folder)) yield* await findZones(folder, nameOrNull(text));
    },
    findZones: apex => findZones(folder, apex),
    createZone: refuse,
    deleteZone: zone => refuse(zone.apex),
    readZone: async zone => (await readFileOf(folder, zone)).snapshot,
    changeZone: (zone, changes) => queue.run(zone.apex, () => changeFile(world, folder, zone, changes)),
  };
}

function fault(code: ZonecutError['code'], sentence: string, hint: string): ZonecutError {
  return new ZonecutError(code, `zone files: ${sentence}`, { hint });
}

function nameOrNull(text: string): Name | null {
  try {
    return parseName(text);
  } catch (error) {
    if (isZonecutError(error)) return null;
    throw error;
  }
}

async function findZones(folder: string, apex: Name | null): Promise<readonly HostedZone[]> {
  if (apex === null || (await fileOf(folder, apex)) === null) return [];
  const zone = { provider: 'zonefile', id: apex.slice(0, -1), apex, nameServers: [], reference: null };
  const { snapshot } = await readFileOf(folder, zone);
  const ns = snapshot.rrsets.find(set => set.owner === apex && set.type === 'NS');
  return [{ ...zone, nameServers: ns !== undefined && isType(ns, 'NS') ? ns.data : [] }];
}

interface FileContent {
  readonly file: string;
  readonly text: string;
  readonly snapshot: ZoneSnapshot;
  /** Why the file is not written; null when it may be. */
  readonly readOnly: string | null;
}

async function readFileOf(folder: string, zone: HostedZone): Promise<FileContent> {
  const file = await fileOf(folder, zone.apex);
  const text = file === null ? null : await textOf(file);
  if (file === null || text === null) {
    throw fault(
      'ZC_ZONE_NOT_FOUND',
      `${folder} has no readable file of ${zone.apex}`,
      `It would be called ${zone.id}.zone.`,
    );
  }
  const all = setsIn(file, text, zone.apex);
  const rrsets = inCanonicalOrder(all.filter(set => !signatures.has(set.type)));
  const readOnly = /^\s*\$(INCLUDE|GENERATE)\b/im.test(text)
    ? 'it brings in records by $INCLUDE or $GENERATE'
    : rrsets.length < all.length
      ? 'it holds signatures, which would not hold any more'
      : null;
  return { file, text, readOnly, snapshot: { zone, rrsets, otherRows: [], digest: digestOf([text]) } };
}

/** Throws ZC_PROVIDER_RESPONSE for a file with errors: half of a zone is none. */
function setsIn(file: string, text: string, apex: Name): readonly RRset[] {
  const { rrsets, problems } = parseZoneFile(text, { origin: apex });
  const [first] = problems.filter(problem => problem.severity === 'error');
  if (first !== undefined) {
    throw fault(
      'ZC_PROVIDER_RESPONSE',
      `${file}, line ${first.line}: ${first.message}`,
      first.hint ?? 'Mend the file.',
    );
  }
  return rrsets;
}

async function changeFile(
  world: World,
  folder: string,
  zone: HostedZone,
  changes: readonly RRsetChange[],
): Promise<void> {
  checkChanges(zone, changes);
  const { file } = await readFileOf(folder, zone);
  await locked(file, async () => {
    const now = await readFileOf(folder, zone);
    const standing = standingOf(changes, now.snapshot.rrsets);
    if (standing.kind === 'done') return;
    if (standing.kind === 'conflict') {
      throw fault(
        'ZC_PROVIDER_CONFLICT',
        standing.problem,
        'Somebody else changed the file; make the plan again.',
      );
    }
    if (now.readOnly !== null) {
      throw fault('ZC_PROVIDER_REFUSED', `${file} is not written: ${now.readOnly}`, 'Change it by hand.');
    }
    const next = textAfter(world, now, zone, changes);
    if ((await textOf(file)) !== now.text) {
      throw fault('ZC_PROVIDER_CONFLICT', `${file} changed at this moment`, 'Make the plan again.');
    }
    await replaceFile(file, next);
  });
}

/** The new text. Throws ZC_PROVIDER_REFUSED unless it reads as the old one with the changes and nothing else. */
function textAfter(
  world: World,
  now: FileContent,
  zone: HostedZone,
  changes: readonly RRsetChange[],
): string {
  const today = new Date(world.clock.now()).toISOString().slice(0, 10).replaceAll('-', '');
  const next = editedZoneFile(now.text, zone.apex, changes, today);
  const expected = rrsetsAfter(now.snapshot.rrsets, changes);
  const actual = setsIn(now.file, next, zone.apex);
  const serials = [now.snapshot.rrsets, actual].map(
    sets => sets.find(set => set.owner === zone.apex && set.type === 'SOA')?.data[0],
  );
  const lines = differences(zone.apex, expected, actual);
  if (lines.length === 0 && serials[0] !== serials[1]) return next;
  throw fault(
    'ZC_PROVIDER_REFUSED',
    `${now.file} is written in a way that cannot be edited safely: ${lines[0] ?? 'its serial was not found'}`,
    'Change it by hand; nothing was written.',
  );
}
