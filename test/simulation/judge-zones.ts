import { isAtOrBelow } from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { textOf } from './answers.ts';
import type { Case } from './case.ts';
import { newProbesOf } from './judge-names.ts';
import { exampleApex, type HostId, ownerOf } from './owner.ts';
import type { JobEnd, Story } from './story.ts';
import type { Violation } from './violation.ts';

/** Whether every job ended: done, or refused with everything as it was. */
export function judgeEnds(story: Story): readonly Violation[] {
  return story.jobs.flatMap(({ job, end, problem, processes }): readonly Violation[] =>
    end === 'unfinished' || end === 'broken'
      ? [{ kind: 'end', text: `${job} is ${end} after ${processes} processes: ${problem}` }]
      : [],
  );
}

/** Whether the zones are at the end what they shall be: nothing of the user's lost, nothing else changed. */
export function judgeZones(story: Story): readonly Violation[] {
  const { told, internet } = story;
  const ended = stateAfter(story);
  const parent = zoneLines(ownerOf(internet, told.parent, exampleApex[told.parent]).rrsets());
  const host = story.jobs.findLast(({ end }) => end === 'finished')?.child ?? told.child;
  const child = zoneLines(ownerOf(internet, host, told.cut).rrsets());
  return [
    ...judgeParent(story, ended, parent, child),
    ...judgeLeft(story),
    ...(ended.delegated ? judgeChild(story, child) : judgeGone(story, ended, child)),
  ];
}

/** What the jobs that were done leave: a cut or none, with a DS or none. */
interface Ended {
  readonly delegated: boolean;
  readonly secure: boolean;
  /** Whether the cut was there and went, for good or until it came again. */
  readonly back: boolean;
  /** Whether all was taken back, as if nothing had been. */
  readonly undone: boolean;
}

function stateAfter({ jobs, told }: Story): Ended {
  const done = jobs.filter(({ job, end }) => end === 'finished' && job !== 'adopt').map(({ job }) => job);
  const undone = done.at(-1) === 'undo' && told.undo?.job === 'delegate';
  const delegated =
    (done.includes('delegate') || done.includes('undo')) && done.at(-1) !== 'undelegate' && !undone;
  const back = done.includes('undelegate');
  return { delegated, secure: told.sign && done.at(-1) === 'delegate', back, undone };
}

type Lines = ReadonlyMap<string, string>;

function judgeParent(story: Story, ended: Ended, parent: Lines, child: Lines): readonly Violation[] {
  const { cut, hiddenRows } = story.told;
  const edited = editedInChild(story);
  // What was edited in the child is in the parent once the child came back, also where a new cut hides it again.
  const wanted = new Map([...wantedAtParent(story), ...(ended.back ? edited : [])]);
  const below = belowCut(story);
  const mayBeGone = (key: string): boolean => ended.delegated && hiddenRows === 'remove' && below.has(key);
  const lost = [...wanted].filter(
    ([key, data]) =>
      parent.get(key) !== data && !(mayBeGone(key) && child.get(key) === (edited.get(key) ?? data)),
  );
  const ofCut = [...(ended.delegated ? [`${cut} NS`] : []), ...(ended.secure ? [`${cut} DS`] : [])];
  // What a wildcard gave stands under the names themselves when it comes back from the child.
  const mayCome = (key: string): boolean => ofCut.includes(key) || (ended.back && key.includes(cut));
  const foreign = [...parent].filter(([key]) => !wanted.has(key) && !mayCome(key));
  return [
    ...lost.map(([key, data]) => lostLine(key, 'at the parent', parent.get(key), data)),
    ...foreign.map(
      ([key, data]): Violation => ({ kind: 'foreign', text: `${key} ${data} was not at the parent before` }),
    ),
    ...ofCut
      .filter(key => key.endsWith(' NS') && parent.get(key) !== child.get(key))
      .map(
        (key): Violation => ({
          kind: 'end',
          text: `${key} is ${parent.get(key)} at the parent, ${child.get(key)} in the child`,
        }),
      ),
  ];
}

function judgeChild(story: Story, child: Lines): readonly Violation[] {
  return [...wantedAtChild(story)]
    .filter(([key, data]) => child.get(key) !== data)
    .map(([key, data]) => lostLine(key, 'which the cut hides, in the child', child.get(key), data));
}

/** The zone that a child left is gone. */
function judgeLeft({ told, internet, jobs }: Story): readonly Violation[] {
  const left = hostLeft(
    told,
    jobs.filter(({ end }) => end === 'finished'),
  );
  return left !== null && ownerOf(internet, left, told.cut).rrsets().length > 0
    ? [{ kind: 'end', text: `the zone ${told.cut} is still at ${left}` }]
    : [];
}

/** The host that the last of `done` took the child away from, for good; null for none. */
function hostLeft({ child, moveTo, undo }: Case, done: readonly JobEnd[]): HostId | null {
  const at = done.findLastIndex(({ job }) => !['adopt', 'unsign', 'undelegate'].includes(job));
  switch (done[at]?.job) {
    case 'move':
      return child;
    case 'undo':
      return undo?.job === 'move' ? moveTo : null;
    case 'delegate':
      return done.slice(0, at).findLast(({ job }) => job === 'undelegate')?.child ?? null;
    default:
      return null;
  }
}

function judgeGone(story: Story, { back, undone }: Ended, child: Lines): readonly Violation[] {
  // A plan that was made anew, since something had changed, found the zone of the plan before it, and leaves it as it was.
  const isOwn = story.jobs[0]?.plan?.steps.some(({ action }) => action.do === 'create-zone') ?? false;
  return (back || (undone && isOwn)) && child.size > 0
    ? [{ kind: 'end', text: `the zone ${story.told.cut} is still there` }]
    : [];
}

function lostLine(key: string, where: string, found: string | undefined, wanted: string): Violation {
  return { kind: 'lost', text: `${key}, ${where}, is ${found ?? 'not there'} and not ${wanted}` };
}

/** Whether a secret is in anything that was said or written down. */
export function judgeSecrets({ words, internet }: Story): readonly Violation[] {
  return internet.secrets.flatMap((secret): readonly Violation[] => {
    const line = words.find(text => text.includes(secret));
    return line === undefined
      ? []
      : [{ kind: 'secret', text: `a secret is in: ${line.replaceAll(secret, '<secret>')}` }];
  });
}

/** What the owner had at first and what was edited since, as `zoneLines`. */
function wantedAtParent({ before, internet }: Story): ReadonlyMap<string, string> {
  return new Map([...zoneLines(before), ...zoneLines(internet.people.made.map(made => made.rrset))]);
}

/** The keys of what the owner has at and below the cut, also of what came of the child's edits when it was carried back. */
function belowCut({ before, told, internet: { people } }: Story): ReadonlySet<string> {
  const all = [...before, ...[...people.made, ...people.childEdits].map(({ rrset }) => rrset)];
  return new Set(zoneLines(all.filter(rrset => isAtOrBelow(rrset.owner, told.cut))).keys());
}

/** What the cut hides and had users: what was there at first, and what was added and seen before the cut was. */
function wantedAtChild(story: Story): ReadonlyMap<string, string> {
  const { before, told, internet } = story;
  const added = newProbesOf(story);
  const isSeen = ({ owner, type }: RRset): boolean =>
    added.some(probe => probe.name === owner && probe.type === type);
  const made = internet.people.made.map(({ rrset }) => rrset).filter(isSeen);
  const hidden = before.filter(rrset => isAtOrBelow(rrset.owner, told.cut));
  return new Map([...zoneLines([...hidden, ...made]), ...editedInChild(story)]);
}

/** What people made of the child while it moved, as `zoneLines`. */
function editedInChild({ internet }: Story): Lines {
  return zoneLines(internet.people.childEdits.map(({ rrset }) => rrset));
}

/** Data by owner and type; the SOA's serial is the host's. */
function zoneLines(rrsets: readonly RRset[]): ReadonlyMap<string, string> {
  return new Map(
    rrsets
      .filter(rrset => rrset.type !== 'SOA')
      .map(rrset => [`${rrset.owner} ${rrset.type}`, textOf(rrset.data)]),
  );
}
