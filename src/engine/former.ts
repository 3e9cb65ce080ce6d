import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Name, parseName } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { waitSecondsOf } from '../plan/bound.ts';
import type { ActionOf, NsSet, NsSource, Plan } from '../plan/plan.ts';
import type { FormerServer } from '../survey/former.ts';
import { type RunRecord, readRun } from './journal-file.ts';

/**
 * The servers that `cut` was delegated to before a move or an undelegate of this state folder, the latest first, each once.
 *
 * A journal that cannot be read is passed over. The world may have changed since: whoever asks leaves out those that serve the cut today.
 */
export async function formerServers(
  stateFolder: string,
  cut: Name,
  nowMs: number,
): Promise<readonly FormerServer[]> {
  const runs = await runsAbout(stateFolder, cut);
  const settled = new Set<Name>();
  return runs.flatMap(record => {
    const { left, stays } = changeOf(record, nowMs);
    const former = left.filter(({ name }) => !settled.has(name));
    for (const name of [...stays, ...former.map(server => server.name)]) {
      settled.add(name);
    }
    return former;
  });
}

/** The runs whose plan is about `cut`, the latest first. */
async function runsAbout(stateFolder: string, cut: Name): Promise<readonly RunRecord[]> {
  const folder = path.join(stateFolder, 'runs');
  const files = (await readdir(folder).catch(() => [])).filter(file => file.endsWith('.ndjson'));
  const records = await Promise.all(
    files.map(async file => {
      // Most journals are about other cuts, and need no reading of their events.
      const text = await readFile(path.join(folder, file), 'utf8').catch(() => '');
      return text.includes(`"${cut}"`)
        ? await readRun(stateFolder, file.slice(0, -'.ndjson'.length)).catch(() => null)
        : null;
    }),
  );
  const startedAt = ({ events }: RunRecord): string => events[0]?.at ?? '';
  return records
    .filter(record => record !== null)
    .filter(({ state }) => state.plan.intent.cut === cut)
    .toSorted((a, b) => startedAt(b).localeCompare(startedAt(a)));
}

/** A change of the delegation that a run made, and where it stands in its plan. */
interface Change {
  readonly id: string;
  readonly at: number;
  readonly action: ActionOf<'change-delegation'>;
}

/** The servers that a run moved its cut away from, and those that it left it with. */
function changeOf(
  record: RunRecord,
  nowMs: number,
): {
  readonly left: readonly FormerServer[];
  readonly stays: readonly Name[];
} {
  const { plan } = record.state;
  const changes = plan.steps.flatMap(({ id, action }, at): readonly Change[] =>
    action.do === 'change-delegation' && record.state.results.has(id) ? [{ id, at, action }] : [],
  );
  const last = changes.at(-1);
  if (last === undefined) {
    return { left: [], stays: [] };
  }
  const stays = namesOf(record, last.action.to);
  const were = new Set(
    changes.flatMap(({ action: { from, to } }) => [...namesOf(record, from), ...namesOf(record, to)]),
  );
  const untilMs = untilOf(record, last, nowMs);
  // What replaces or takes away a broken delegation leaves servers that nobody has to miss.
  const { kind } = plan.intent;
  const held = (kind === 'move' ? plan.observed.oldZone : plan.observed.childZone) !== null;
  const left =
    kind !== 'move' && kind !== 'undelegate'
      ? []
      : [...were]
          .filter(name => !stays.includes(name))
          .map(name => ({ name, addresses: addressesIn(plan, name), run: record.run, held, untilMs }));
  return { left, stays };
}

function namesOf(record: RunRecord, ns: RRset | NsSet | null): readonly Name[] {
  if (ns === null) {
    return [];
  }
  return 'data' in ns ? ns.data.map(parseName) : serversOf(record, ns.ns);
}

function serversOf(record: RunRecord, source: NsSource): readonly Name[] {
  switch (source.kind) {
    case 'known':
      return source.servers;
    case 'of-zone':
      return record.state.results.get(source.step)?.ns ?? [];
    case 'union':
      return source.of.flatMap(one => serversOf(record, one));
  }
}

/**
 * When no cache can lead to the servers any more: the deadline of the wait that follows the change, where it has begun; else its bound, or
 * the TTL that the delegation had, from the change on. A wait that is over is not after `nowMs`, whatever clock the run had.
 */
function untilOf({ state, events }: RunRecord, change: Change, nowMs: number): number | null {
  const wait = state.plan.steps.slice(change.at).find(({ action }) => action.do === 'wait-out');
  const begun = wait === undefined ? undefined : state.deadlines.get(wait.id);
  if (wait !== undefined && begun !== undefined) {
    return state.results.has(wait.id) ? Math.min(begun, nowMs) : begun;
  }
  const finished = events.find(event => event.kind === 'step-finished' && event.step === change.id);
  if (finished === undefined) {
    return null;
  }
  const ttlSeconds = change.action.from?.ttl ?? 0;
  const seconds = wait?.action.do === 'wait-out' ? waitSecondsOf(wait.action.bounds) : ttlSeconds;
  return Date.parse(finished.at) + 1000 * seconds;
}

/** The addresses that a plan knows of a server: glue that it wrote or took away. */
function addressesIn(plan: Plan, name: Name): readonly string[] {
  const changes = plan.steps.flatMap(({ action }) =>
    action.do === 'change-delegation' ? action.beside : action.do === 'change-rrsets' ? action.changes : [],
  );
  const found = changes
    .filter(({ owner, type }) => owner === name && (type === 'A' || type === 'AAAA'))
    .flatMap(({ from, to }) => [...(from?.data ?? []), ...(to?.data ?? [])]);
  return [...new Set<string>(found)];
}
