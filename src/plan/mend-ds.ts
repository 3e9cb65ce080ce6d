import type { CutFinding } from '../checks/cut/finding.ts';
import { allKeys, dsOfCut, keysFor } from '../checks/cut/keyed.ts';
import { relativeTo } from '../dns/name.ts';
import { parseRdata } from '../dns/rdata.ts';
import type { Rdata, RRset } from '../dns/rrset.ts';
import { ttlBound } from './bound.ts';
import { isSigned } from './child-zone.ts';
import { dsRemovalSteps } from './ds-removal.ts';
import type { MendGround } from './mend-ground.ts';
import type { MendTarget } from './mend-target.ts';
import type { Bound, DsSource, Step } from './plan.ts';
import { dsAtParent, manualDs, publishing } from './sign.ts';

/** What becomes of the DS records of the cut. */
export interface DsMending {
  /** What validators refuse today is set right before anything else. */
  readonly early: readonly Step[];
  /** DS of a zone that had none come when all the rest is proven. */
  readonly late: readonly Step[];
  /** How long caches hold the DS records of before. */
  readonly bounds: readonly Bound[];
  mends(finding: CutFinding): boolean;
}

/** Checks whose lines say which DS records are to be there. */
const lineChecks: ReadonlySet<string> = new Set([
  'ds-no-match',
  'dnskey-not-signed-by-ds',
  'ds-algorithm-unsigned',
  'ds-digest-deprecated',
  'ds-digest-invalid',
  'ds-digest-no-sha256',
]);

/** Checks that show keys or wishes of the child which no parent can go by (RFC 7344 section 4.1, RFC 8078 section 3). */
const untrusted: ReadonlySet<string> = new Set([
  'cds-inconsistent',
  'cds-invalid',
  'cds-untrusted',
  'cds-delete',
  'child-signing-inconsistent',
  'dnskey-unavailable',
  'rrsig-expired',
]);

/**
 * DS records that stand for no key of the zone go, those of its keys come: never before every server serves the keys and
 * signatures that they stand for.
 */
export function mendDs(ground: MendGround, target: MendTarget): DsMending {
  const { survey, options } = ground;
  const has = (id: string): boolean => options.findings.some(finding => finding.id === id);
  const none = { early: [], late: [], bounds: [], mends: () => false };
  const from = dsAtParent(survey);
  if (has('ds-unsigned-zone') && from !== null) {
    return {
      ...none,
      early: dsRemovalSteps(survey, options, 'old-keys').filter(({ action }) => action.do !== 'wait-out'),
      bounds: [ttlBound(from, survey.parent.snapshot.zone.apex)],
      mends: ({ id }) => id === 'ds-unsigned-zone',
    };
  }
  if (options.findings.some(({ id }) => untrusted.has(id))) {
    return none;
  }
  if (from !== null && (options.findings.some(({ id }) => lineChecks.has(id)) || has('cds-update-pending'))) {
    return {
      ...none,
      early: replacing(ground, target, from),
      bounds: [ttlBound(from, survey.parent.snapshot.zone.apex)],
      mends: ({ id }) => lineChecks.has(id) || id === 'cds-update-pending',
    };
  }
  return from === null && has('signed-no-ds') && isAskedFor(ground)
    ? {
        ...none,
        late: adding(ground, target),
        mends: ({ id }) => ['signed-no-ds', 'cds-update-pending'].includes(id),
      }
    : none;
}

/** Whether DS records of a zone that has none are for this account to publish: below a secure zone, for a zone of one's own accounts. */
function isAskedFor({ survey, childZone }: MendGround): boolean {
  const { security } = survey;
  return (
    (security.parent === null || security.parent.kind === 'secure') &&
    childZone !== null &&
    (isSigned(survey, childZone) || survey.child.zones.length > 0)
  );
}

function proveKeys({ survey, childZone }: MendGround, { names }: MendTarget): Step {
  return {
    id: 'prove-keys',
    title: `ask every name server of ${survey.cut} for its keys and check its signatures`,
    why: 'one server without them is one that validating resolvers refuse',
    action: {
      do: 'prove-signed',
      cut: survey.cut,
      zone: childZone === null ? null : { kind: 'known', zone: childZone },
      ns: { kind: 'known', servers: names },
    },
  };
}

function replacing(ground: MendGround, target: MendTarget, from: RRset): readonly Step[] {
  const { survey, options } = ground;
  const { cut, parent } = survey;
  const { zone } = parent.snapshot;
  const ds = wanted(ground, from);
  const ttl = from.ttl;
  const write: Step = options.parent.capabilities.writesDs
    ? {
        id: 'replace-ds',
        title: `write the DS records of the keys in use of ${relativeTo(cut, zone.apex)} into ${zone.apex} at ${options.parent.label}`,
        why: 'a validating resolver refuses a zone whose keys no DS record stands for',
        action: { do: 'change-ds', zone, cut, from, to: { ttl, ds } },
      }
    : byHand(ground, ttl, ds);
  return [
    proveKeys(ground, target),
    write,
    {
      id: 'prove-ds',
      title: `ask every name server of ${zone.apex} for the DS records`,
      why: 'a host takes a while to show a change at all of its servers',
      action: { do: 'prove-ds', cut, zone, ds },
    },
  ];
}

function byHand({ survey, options }: MendGround, ttl: number, ds: DsSource): Step {
  const step = manualDs(survey, options, ttl, ds);
  const host = relativeTo(survey.cut, survey.parent.snapshot.zone.apex);
  return step.action.do === 'manual'
    ? {
        ...step,
        action: {
          ...step.action,
          instructions: [...step.action.instructions, `Remove every other DS record of the name "${host}".`],
        },
      }
    : step;
}

/** What the lines of the findings leave of the DS records that are there, where one of them stands for a key in use; else those of the keys. */
function wanted({ survey, options }: MendGround, from: RRset): DsSource {
  const { facts, findings } = options;
  const lines = findings
    .filter(({ id }) => lineChecks.has(id))
    .flatMap(({ remedy }) => remedy.parent)
    .flatMap(({ change, line }) => {
      const data = / IN DS (.+)$/.exec(line)?.[1];
      return data === undefined ? [] : [{ change, data: parseRdata('DS', data) }];
    });
  const gone = lines.filter(({ change }) => change === 'remove').map(({ data }) => data);
  const come = lines.filter(({ change }) => change === 'add').map(({ data }) => data);
  const left: readonly Rdata[] = [...new Set([...from.data.filter(data => !gone.includes(data)), ...come])];
  const stands = dsOfCut(facts).some(data => (keysFor(facts, data, allKeys(facts)) ?? []).length > 0);
  const isAsked = findings.some(({ id }) => id === 'cds-update-pending');
  return stands && left.length > 0 && !isAsked && survey.cut === facts.cut
    ? { kind: 'known', data: left }
    : { kind: 'of-keys', step: 'prove-keys' };
}

function adding(ground: MendGround, { names }: MendTarget): readonly Step[] {
  const { survey, options, childZone } = ground;
  const ns = { kind: 'known', servers: names } as const;
  const zone = childZone === null ? null : ({ kind: 'known', zone: childZone } as const);
  return [
    ...publishing(survey, { parent: options.parent, nsTtl: null }, zone, ns),
    {
      id: 'prove-chain',
      title: `validate ${survey.cut} from the root down`,
      why: 'it is secure when a validator that knows nothing yet says so',
      action: { do: 'prove-chain', cut: survey.cut, expected: 'secure' },
    },
  ];
}
