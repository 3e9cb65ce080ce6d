import { judgeKeys, wantedDs } from '../checks/keys.ts';
import { relativeTo } from '../dns/name.ts';
import { makeRRset, type RRset } from '../dns/rrset.ts';
import { dsShown } from '../survey/security.ts';
import { type CutSurvey, snapshotOf } from '../survey/survey.ts';
import { negativeBound, ttlBound } from './bound.ts';
import { isSigned } from './child-zone.ts';
import { type DelegateOptions, refuse } from './delegate-options.ts';
import { ttlAt } from './fit.ts';
import { lockSteps } from './locks.ts';
import type { Bound, DsSet, DsSource, NsSource, Remark, Step, ZoneSource } from './plan.ts';

/** The steps that make a cut secure, in the places of a delegation where they belong. */
export interface SigningSteps {
  /** After the child zone has its records and before anybody is sent to it. */
  readonly early: readonly Step[];
  /** The DS RRset that the cut has from its first instant; null where it comes later, or is there. */
  readonly withCut: DsSet | null;
  /** After the parent's servers give the referral. */
  readonly proof: readonly Step[];
  /** After no cache holds what was before the cut. */
  readonly late: readonly Step[];
}

/** The DS RRset at the parent, as its account shows it or, where that shows none, as its servers give it; null for none. */
export function dsAtParent({ cut, parent, security }: CutSurvey): RRset | null {
  const own = parent.snapshot.rrsets.find(rrset => rrset.owner === cut && rrset.type === 'DS');
  if (own !== undefined) {
    return own;
  }
  const served = security.ds.find(view => (dsShown(view) ?? []).length > 0);
  return served?.answer.kind === 'answer' ? served.answer.rrset : null;
}

/**
 * What stands against a DS RRset that the parent has for the cut already: a sentence, or null when the child's keys are what
 * it stands for, so that validators accept the child.
 */
export function dsProblem(survey: CutSurvey): string | null {
  const ds = dsAtParent(survey);
  if (ds === null) {
    return null;
  }
  const { cut, security, takenAtMs } = survey;
  const text = `${cut} has DS records at the parent (${ds.data.join(' | ')})`;
  if (security.keys.length === 0) {
    return `${text}, and no server shows keys for it: it is not delegated, or none of its servers has an address`;
  }
  const found = judgeKeys(security.keys, cut, takenAtMs / 1000);
  switch (found.kind) {
    case 'unsigned':
      return `${text}, but its servers serve no keys: every validating resolver refuses all of it (RFC 4035 section 5.2)`;
    case 'problem':
      return `${text}, and ${found.text}`;
    case 'signed':
      return ds.data.some(data => found.ds.some(own => sameKey(own, data)))
        ? null
        : `${text}, but none of the keys that its servers serve is one of those: every validating resolver refuses all of it`;
  }
}

function sameKey(a: string, b: string): boolean {
  return a.split(' ').slice(0, 2).join(' ') === b.split(' ').slice(0, 2).join(' ');
}

/** The steps that sign the child and publish its DS; none unless `options.sign`. Throws ZC_PLAN_REFUSED when that cannot be. */
export function signingSteps(
  survey: CutSurvey,
  options: DelegateOptions,
  zone: ZoneSource,
  ns: NsSource,
): SigningSteps {
  const ds = dsAtParent(survey);
  if (options.sign !== true && ds === null) {
    return { early: [], withCut: null, proof: [], late: [] };
  }
  refuseSigning(survey, options, zone);
  const { cut } = survey;
  const sign: Step = {
    id: 'sign-zone',
    title: `let ${options.child.label} sign the zone ${cut}`,
    why: 'keys and signatures come first: a DS without them would break the name for every validating resolver',
    action: { do: 'sign-zone', zone },
  };
  const proof: Step = {
    id: 'prove-signed',
    title: `ask every name server of ${cut} for its keys and check its signatures`,
    why: 'one server without them is one that validating resolvers refuse',
    action: { do: 'prove-signed', cut, zone, ns },
  };
  const unsigned = boundsOfUnsigned(survey, options, zone);
  const withCut = dsWithCut(survey, options, proof.id);
  return {
    early: [...(options.sign === true && options.child.capabilities.signs ? [sign] : []), proof],
    withCut,
    proof: withCut === null ? [] : [proveDsStep(survey, withCut.ds), ...lockSteps(survey, options, ['DS'])],
    late: [
      ...(unsigned.length === 0 ? [] : [waitForUnsigned(unsigned)]),
      ...(ds === null && withCut === null ? publishing(survey, options, zone, ns) : []),
      {
        id: 'prove-chain',
        title: `validate ${cut} from the root down`,
        why: 'it is secure when a validator that knows nothing yet says so',
        action: { do: 'prove-chain', cut, expected: 'secure' },
      },
    ],
  };
}

/**
 * The DS RRset that is written together with the NS RRset of a new cut, of the keys that step `proof` proves.
 *
 * Together is better than later. A secure parent proved until now that no cut is there, and a validator that holds such a proof
 * takes the data of a child without DS for the parent's, and refuses them; one that is told of the DS by the referral does not.
 */
function dsWithCut(survey: CutSurvey, options: DelegateOptions, proof: string): DsSet | null {
  const { capabilities } = options.parent;
  const { writesDs, atomicBatches, defaultNsTtl } = capabilities;
  const { cut, parent } = survey;
  const isNew = !parent.snapshot.rrsets.some(rrset => rrset.owner === cut && rrset.type === 'NS');
  return options.sign === true && isNew && dsAtParent(survey) === null && writesDs && atomicBatches
    ? { ttl: ttlAt(capabilities, options.nsTtl ?? defaultNsTtl), ds: { kind: 'of-keys', step: proof } }
    : null;
}

function refuseSigning(survey: CutSurvey, options: DelegateOptions, zone: ZoneSource): void {
  const { security, parent } = survey;
  if (options.sign !== true) {
    return;
  }
  // A zone that somebody has let its host sign needs nothing but its DS.
  if (!options.child.capabilities.signs && !(zone.kind === 'known' && isSigned(survey, zone.zone))) {
    refuse(
      `${options.child.label} does not sign zones by API, as it is set up here`,
      'Leave --sign out, or set up what it signs with (docs/dnssec.md), or sign the zone at its host and run `zonecut delegate` again.',
    );
  }
  if (security.parent !== null && security.parent.kind !== 'secure') {
    const why =
      security.parent.kind === 'indeterminate' ? 'no trust anchor is above it' : security.parent.reason;
    refuse(
      `a DS in ${parent.snapshot.zone.apex} would prove nothing, since that zone itself is not secure: ${why}`,
      `Sign ${parent.snapshot.zone.apex} first, or leave --sign out.`,
    );
  }
}

/**
 * Caches that may hold unsigned data of the child when it is signed while in use: a DS that comes before they let go of it
 * makes a validator behind them refuse that data. None for a zone that nobody was sent to before it was signed.
 */
function boundsOfUnsigned(survey: CutSurvey, options: DelegateOptions, zone: ZoneSource): readonly Bound[] {
  const { cut, security, takenAtMs } = survey;
  const signedBefore =
    security.keys.length > 0 && judgeKeys(security.keys, cut, takenAtMs / 1000).kind === 'signed';
  const inUse = zone.kind === 'known' ? security.keys.length > 0 : options.child.capabilities.sharesServers;
  if (!inUse || signedBefore || zone.kind !== 'known') {
    return [];
  }
  const rrsets = snapshotOf(survey.child, zone.zone)?.rrsets ?? [];
  const served = security.keys.flatMap(view => view.rrsets.map(({ rrset }) => rrset));
  const soas = [...rrsets, ...served].filter(({ type }) => type === 'SOA');
  const longest = [...rrsets, ...served].reduce<RRset | null>(
    (best, rrset) => (best === null || rrset.ttl > best.ttl ? rrset : best),
    null,
  );
  return [
    ...(soas.length === 0 ? [] : [negativeBound(soas)]),
    ...(longest === null ? [] : [ttlBound(longest, 'the unsigned child')]),
  ];
}

function waitForUnsigned(bounds: readonly Bound[]): Step {
  return {
    id: 'wait-unsigned',
    title: 'wait until no cache can hold unsigned data of the child',
    why: 'a validator that gets it from a cache after the DS is published would refuse it (RFC 6781 section 4.3.1)',
    action: { do: 'wait-out', bounds },
  };
}

/** The keys once more, then DS, then its proof and the caches that know of none. */
export function publishing(
  survey: CutSurvey,
  options: Pick<DelegateOptions, 'parent' | 'nsTtl' | 'protect'>,
  zone: ZoneSource | null,
  ns: NsSource,
): readonly Step[] {
  const { cut, parent } = survey;
  const parentZone = parent.snapshot.zone;
  const { capabilities } = options.parent;
  const ttl = ttlAt(capabilities, options.nsTtl ?? capabilities.defaultNsTtl);
  const ds: DsSource = { kind: 'of-keys', step: 'prove-keys' };
  return [
    {
      id: 'prove-keys',
      title: `ask every name server of ${cut} for its keys again, and make the DS records of them`,
      why: 'what was true before the wait has to be true now',
      action: { do: 'prove-signed', cut, zone, ns },
    },
    options.parent.capabilities.writesDs
      ? {
          id: 'publish-ds',
          title: `write the DS records of ${relativeTo(cut, parentZone.apex)} into ${parentZone.apex} at ${options.parent.label}`,
          why: 'DS comes last: from here on validating resolvers accept signed data only',
          action: { do: 'change-ds', zone: parentZone, cut, from: null, to: { ttl, ds } },
        }
      : manualDs(survey, options, ttl, ds),
    proveDsStep(survey, ds),
    ...lockSteps(survey, options, ['DS']),
    ...(parent.soas.length === 0
      ? []
      : [
          {
            id: 'wait-ds',
            title: 'wait until no cache can hold that there are no DS records',
            why: 'until then a resolver takes the child for unsigned, which breaks nothing',
            action: {
              do: 'wait-out',
              bounds: [{ ...negativeBound(parent.soas), holds: 'the answer that there are no DS records' }],
            },
          } as const,
        ]),
  ];
}

function proveDsStep({ cut, parent }: CutSurvey, ds: DsSource): Step {
  const { zone } = parent.snapshot;
  return {
    id: 'prove-ds',
    title: `ask every name server of ${zone.apex} for the DS records`,
    why: 'a host takes a while to show a change at all of its servers',
    action: { do: 'prove-ds', cut, zone, ds },
  };
}

/** DS at a host that takes none by API: somebody adds (or, with null, removes) them by hand. */
export function manualDs(
  survey: CutSurvey,
  options: Pick<DelegateOptions, 'parent'>,
  ttl: number,
  ds: DsSource | null,
): Step {
  const { cut, parent } = survey;
  const { apex } = parent.snapshot.zone;
  const host = relativeTo(cut, apex);
  const verb = ds === null ? 'remove' : 'add';
  return {
    id: ds === null ? 'remove-ds' : 'publish-ds',
    title: `by hand: ${verb} the DS records of ${host} in ${apex} at ${options.parent.label}`,
    why: `${options.parent.label} takes no DS records by API`,
    action: {
      do: 'manual',
      where: `whoever runs ${apex} at ${options.parent.label}`,
      instructions:
        ds === null
          ? [`In the console of the host, remove every DS record of the name "${host}" (${cut}).`]
          : [
              `In the console of the host, add these DS records at the name "${host}" (${cut}).`,
              'A host whose console has no DS records for names below the apex cannot make this cut secure: leave it unsigned then.',
            ],
      ttl,
      goal: { cut, zone: apex, ds },
    },
  };
}

/** What to say of signing before the user says yes. */
export function signingRemarks(survey: CutSurvey, options: DelegateOptions): readonly Remark[] {
  const { cut, parent, security } = survey;
  const apex = parent.snapshot.zone.apex;
  const remarks: Remark[] = [];
  if (security.parent?.kind === 'bogus') {
    remarks.push({
      severity: 'warning',
      text: `${apex} does not validate today: ${security.parent.reason}`,
    });
  }
  if (dsAtParent(survey) !== null) {
    remarks.push({ severity: 'note', text: `${cut} has the DS records of its keys at the parent already` });
  } else if (options.sign === true && options.parent.capabilities.writesDs) {
    remarks.push({
      severity: 'note',
      text: 'the DS records are made of the keys that the servers of the child show, and not written before every one of them does',
    });
  } else if (
    security.parent?.kind === 'secure' &&
    options.sign === undefined &&
    (options.child.capabilities.signs || survey.child.zones.some(zone => isSigned(survey, zone)))
  ) {
    remarks.push({
      severity: 'note',
      offers: 'sign',
      text: `${apex} is secure and ${options.child.label} signs zones: --sign makes ${cut} secure too`,
    });
  }
  const wanted = askedByChild(survey);
  if (wanted !== null && options.sign !== true) {
    remarks.push({ severity: 'warning', text: wanted });
  }
  return remarks;
}

/** A sentence when the child publishes CDS records that the parent's DS are not; null otherwise. */
function askedByChild(survey: CutSurvey): string | null {
  const { cut, security, takenAtMs } = survey;
  const found = judgeKeys(security.keys, cut, takenAtMs / 1000);
  if (found.kind !== 'signed' || found.cds === null) {
    return null;
  }
  const wanted = wantedDs(found, []);
  const has = dsAtParent(survey);
  if (wanted.kind === 'problem') {
    return wanted.text;
  }
  const asked = makeRRset(cut, 'DS', 0, wanted.data);
  return has !== null && [...has.data].sort().join() === [...asked.data].sort().join()
    ? null
    : `${cut} asks its parent for other DS records than it has (CDS, RFC 7344): ${wanted.data.join(' | ')}`;
}
