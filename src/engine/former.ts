import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Name, parseName } from '../dns/name.ts';
import type { RRset } from '../dns/rrset.ts';
import { waitSecondsOf } from '../plan/bound.ts';
import type { NsSet, NsSource, Plan } from '../plan/plan.ts';
import type { FormerServer } from '../survey/former.ts';
import { type RunRecord, readRun } from './journal-file.ts';

/**
 * The servers that `cut` was delegated to before runs of this state folder moved it or took it away, the latest first, each once.
 *
 * A journal that cannot be read is passed over. The world may have changed since: whoever asks leaves out those that serve the cut today.
 */
export async function formerServers(stateFolder: string, cut: Name): Promise<readonly FormerServer[]> {
  const runs = await runsAbout(stateFolder, cut);
  const settled = new Set<Name>();
  return runs.flatMap(record => {
    const { left, stays } = changeOf(record);
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

/** The servers that a run moved its cut away from, and those that it left it with. */
function changeOf(record: RunRecord): {
  readonly left: readonly FormerServer[];
  readonly stays: readonly Name[];
} {
  const { plan } = record.state;
  const changes = plan.steps.flatMap(({ id, action }, at) =>
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
  const untilMs = untilOf(record, last.id, last.at, last.action.from?.ttl ?? 0);
  const left = [...were]
    .filter(name => !stays.includes(name))
    .map(name => ({ name, addresses: addressesIn(plan, name), run: record.run, untilMs }));
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
 * the TTL that the delegation had, from the change on.
 */
function untilOf(
  { state, events }: RunRecord,
  change: string,
  at: number,
  ttlSeconds: number,
): number | null {
  const wait = state.plan.steps.slice(at).find(({ action }) => action.do === 'wait-out');
  const begun = wait === undefined ? undefined : state.deadlines.get(wait.id);
  if (begun !== undefined) {
    return begun;
  }
  const finished = events.find(event => event.kind === 'step-finished' && event.step === change);
  if (finished === undefined) {
    return null;
  }
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
