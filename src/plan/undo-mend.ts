import { relativeTo } from '../dns/name.ts';
import { isType, type RRset } from '../dns/rrset.ts';
import { sameOrAbsent } from '../providers/change-set.ts';
import type { Capabilities, RRsetChange } from '../providers/provider.ts';
import { type CutSurvey, snapshotOf } from '../survey/survey.ts';
import { refuse } from './delegate-options.ts';
import { rrsetsText } from './fit.ts';
import { inDomainOf } from './glue.ts';
import { planHead } from './head.ts';
import { rowsBelow } from './hidden.ts';
import { unlockSteps } from './locks.ts';
import {
  type ActionOf,
  knownServers,
  type NsSet,
  type Party,
  type Plan,
  type Remark,
  type Step,
} from './plan.ts';
import { begun, type Done, inverse } from './undo.ts';

/** What the way back is planned with; `child` is null where the run had no account of the zone. */
export interface MendBack {
  readonly run: string;
  readonly madeBy: string;
  readonly parent: Party & { readonly capabilities: Capabilities };
  readonly child: Party | null;
}

/**
 * What a run of `check --fix` changed, changed back in the reverse order, to exactly what was there: with what was wrong with it.
 *
 * Throws ZC_PLAN_REFUSED when somebody changed it since, or nothing of it is left to take back.
 */
export function planUndoMend(survey: CutSurvey, done: Done, back: MendBack): Plan {
  const { cut, parent } = survey;
  const { childZone } = done.plan.observed;
  const child = snapshotOf(survey.child, childZone);
  const steps = [
    ...hiddenBack(survey, done, back),
    ...dsBack(survey, done, back, 'late'),
    ...delegationBack(survey, done, back),
    ...apexBack(survey, done, back),
    ...copiesBack(survey, done, back),
    ...dsBack(survey, done, back, 'early'),
  ];
  if (steps.length === 0) {
    refuse(`run ${done.plan.run} left nothing that is still there`, '`zonecut runs` lists the runs.');
  }
  return {
    ...planHead(survey, back),
    intent: { kind: 'mend', cut, undoes: done.plan.run },
    parties: {
      parent: { id: back.parent.id, label: back.parent.label },
      child: back.child === null ? null : { id: back.child.id, label: back.child.label },
      old: null,
    },
    observed: {
      parentZone: parent.snapshot.zone,
      parentDigest: parent.snapshot.digest,
      parentKept: done.plan.observed.parentKept,
      childZone: child?.zone ?? null,
      childDigest: child?.digest ?? null,
      oldZone: null,
      oldDigest: null,
      occluded: rowsBelow(survey),
    },
    remarks: remarksOf(done),
    steps: [...unlockSteps(survey, back.parent), ...steps, ...relocking(survey, back)],
  };
}

function remarksOf(done: Done): readonly Remark[] {
  const byHand = begun(done, 'manual').length > 0;
  return [
    { severity: 'warning', text: 'this brings back what was wrong before' },
    ...(byHand
      ? [{ severity: 'warning', text: 'what was done by hand stays: take it back by hand' } as const]
      : []),
  ];
}

function relocking({ cut, parent }: CutSurvey, back: MendBack): readonly Step[] {
  const locked = (parent.locks ?? []).filter(
    ({ owner, type }) => owner === cut && (type === 'NS' || type === 'DS'),
  );
  return locked.length === 0
    ? []
    : [
        {
          id: 'lock',
          title: `lock the ${locked.map(({ type }) => type).join(' and ')} records of ${cut} at ${back.parent.label} again`,
          why: 'they were locked before',
          action: { do: 'protect', zone: parent.snapshot.zone, rrsets: locked },
        },
      ];
}

/** The NS RRset and the glue as they were before the first of the steps that changed them. */
function delegationBack({ cut, parent }: CutSurvey, done: Done, back: MendBack): readonly Step[] {
  const changes = begun(done, 'change-delegation');
  const first = changes[0]?.from ?? null;
  const { zone, rrsets } = parent.snapshot;
  const before = first !== null && 'data' in first && isType(first, 'NS') ? first : null;
  const now = rrsets.find(({ owner, type }) => owner === cut && type === 'NS') ?? null;
  const beside = changes.flatMap(change => change.beside).flatMap(change => inverse(change, rrsets));
  if (before === null || (sameOrAbsent(now, before) && beside.length === 0)) {
    return [];
  }
  if (!sameOrAbsent(now, before) && !changes.some(({ to }) => isMade(now, to))) {
    refuse(
      `the NS records of ${cut} in ${zone.apex} changed since`,
      `\`zonecut check ${cut}\` shows what is there now.`,
    );
  }
  const ns = { kind: 'known', servers: before.data } as const;
  const isGone = ({ owner, type }: RRset): boolean =>
    beside.some(change => change.owner === owner && change.type === type && change.to === null);
  const after = new Set(
    [...rrsets.filter(row => !isGone(row)), ...beside.flatMap(({ to }) => to ?? [])].map(
      ({ owner }) => owner,
    ),
  );
  const isFound = inDomainOf(before.data, cut).every(name => after.has(name));
  return [
    {
      id: 'delegate',
      title: `write the NS records${beside.length === 0 ? '' : ' and the glue'} of before of ${relativeTo(cut, zone.apex)} into ${zone.apex} at ${back.parent.label}`,
      why: 'they are put back as they were',
      action: { do: 'change-delegation', zone, cut, from: now, to: { ttl: before.ttl, ns }, beside },
    },
    ...(isFound
      ? [
          {
            id: 'prove-parent',
            title: `ask every name server of ${zone.apex} for the referral`,
            why: 'a host takes a while to show a change at all of its servers',
            action: { do: 'prove-parent', cut, zone, ns },
          } as const,
        ]
      : []),
  ];
}

function isMade(now: RRset | null, to: NsSet | null): boolean {
  return now === null || to === null
    ? now === to
    : now.ttl === to.ttl && [...now.data].sort().join() === [...knownServers(to.ns)].sort().join();
}

function apexBack(survey: CutSurvey, done: Done, back: MendBack): readonly Step[] {
  return begun(done, 'change-apex-ns').flatMap((action): readonly Step[] => {
    const zone = action.zone.kind === 'known' ? action.zone.zone : null;
    const now =
      snapshotOf(survey.child, zone)?.rrsets.find(
        ({ owner, type }) => owner === action.cut && type === 'NS',
      ) ?? null;
    const { from } = action;
    if (from === null || !isType(from, 'NS') || now === null || sameOrAbsent(now, from)) {
      return [];
    }
    if (!isMade(now, action)) {
      refuse(
        `the NS records of the zone ${action.cut} at ${back.child?.label} changed since`,
        `\`zonecut check ${action.cut}\` shows what is there now.`,
      );
    }
    return [
      {
        id: 'name-servers',
        title: `let the zone at ${back.child?.label} name the servers of before`,
        why: 'they are put back as they were',
        action: { ...action, from: now, ttl: from.ttl, ns: { kind: 'known', servers: from.data } },
      },
    ];
  });
}

/** DS records that were changed before everything else come back last, and those that came at the end go first. */
function dsBack(survey: CutSurvey, done: Done, back: MendBack, when: 'early' | 'late'): readonly Step[] {
  const { cut, parent } = survey;
  const { zone, rrsets } = parent.snapshot;
  const now = rrsets.find(({ owner, type }) => owner === cut && type === 'DS') ?? null;
  return begun(done, 'change-ds')
    .filter(({ from }) => (from === null) === (when === 'late'))
    .flatMap(action => dsStep(action, now, survey, back, zone));
}

function dsStep(
  { from, to, cut }: ActionOf<'change-ds'>,
  now: RRset | null,
  { parent }: CutSurvey,
  back: MendBack,
  zone: CutSurvey['parent']['snapshot']['zone'],
): readonly Step[] {
  if (sameOrAbsent(now, from)) {
    return [];
  }
  const isOther =
    to === null
      ? now !== null
      : now === null ||
        (to.ds.kind === 'known' && [...to.ds.data].sort().join() !== [...now.data].sort().join());
  if (isOther) {
    refuse(
      `the DS records of ${cut} in ${parent.snapshot.zone.apex} changed since`,
      `\`zonecut check ${cut}\` shows what is there now.`,
    );
  }
  const ds = from === null ? null : ({ kind: 'known', data: from.data } as const);
  return [
    {
      id: 'replace-ds',
      title: `${ds === null ? 'remove the' : 'write the'} DS records${ds === null ? '' : ' of before'} of ${relativeTo(cut, zone.apex)} ${ds === null ? 'from' : 'into'} ${zone.apex} at ${back.parent.label}`,
      why: 'they are put back as they were',
      action: { do: 'change-ds', zone, cut, from: now, to: ds === null ? null : { ttl: from?.ttl ?? 0, ds } },
    },
    {
      id: 'prove-ds',
      title: `ask every name server of ${zone.apex} for the DS records`,
      why: 'a host takes a while to show a change at all of its servers',
      action: { do: 'prove-ds', cut, zone, ds },
    },
  ];
}

function hiddenBack({ parent }: CutSurvey, done: Done, back: MendBack): readonly Step[] {
  const { zone, rrsets } = parent.snapshot;
  const changes = inversesOf(done, 'parent', rrsets);
  return changes.length === 0
    ? []
    : [
        {
          id: 'restore-hidden',
          title: `put ${rrsetsText(changes.length)} back into ${zone.apex} at ${back.parent.label}`,
          why: 'the cut hides them, as before',
          action: {
            do: 'change-rrsets',
            purpose: 'restore',
            side: 'parent',
            zone: { kind: 'known', zone },
            changes,
          },
        },
      ];
}

function copiesBack(survey: CutSurvey, done: Done, back: MendBack): readonly Step[] {
  const { childZone } = done.plan.observed;
  const snapshot = snapshotOf(survey.child, childZone);
  const changes = snapshot === null ? [] : inversesOf(done, 'child', snapshot.rrsets);
  return changes.length === 0 || childZone === null
    ? []
    : [
        {
          id: 'restore-child',
          title: `take ${rrsetsText(changes.length)} out of the zone ${childZone.apex} at ${back.child?.label} again`,
          why: 'the zone was there before, without them',
          action: {
            do: 'change-rrsets',
            purpose: 'restore',
            side: 'child',
            zone: { kind: 'known', zone: childZone },
            changes,
          },
        },
      ];
}

function inversesOf(done: Done, side: 'parent' | 'child', rrsets: readonly RRset[]): readonly RRsetChange[] {
  return begun(done, 'change-rrsets')
    .filter(action => action.side === side)
    .flatMap(({ changes }) => changes)
    .flatMap(change => inverse(change, rrsets));
}
