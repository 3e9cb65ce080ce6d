import type { CutFacts } from '../../survey/facts.ts';
import {
  type Check,
  type CutFinding,
  type CutSeverity,
  cutSeverities,
  type Hit,
  type Profile,
} from './finding.ts';
import { defaultProfile } from './profile.ts';
import { checks as allChecks } from './registry.ts';

/** How facts are judged. */
export interface JudgeOptions {
  /** All unless given. */
  readonly checks?: readonly Check[];
  /** What is said here counts before the default profile. */
  readonly profile?: Profile;
}

/** What is wrong with the cut that `facts` shows, the worst first; within a severity in the order of the checks. */
export function judgeCut(facts: CutFacts, options: JudgeOptions = {}): readonly CutFinding[] {
  const profile = { ...defaultProfile, ...options.profile };
  const found = (options.checks ?? allChecks).flatMap(check =>
    check.find(facts).map(hit => findingOf(check, hit, facts, profile)),
  );
  return cutSeverities.flatMap(severity => found.filter(finding => finding.severity === severity));
}

function findingOf({ id }: Check, hit: Hit, { cut }: CutFacts, profile: Profile): CutFinding {
  const { variant = null, subject = cut, ...rest } = hit;
  return { id, severity: severityOf(id, variant, profile), variant, cut, subject, ...rest };
}

/** What `profile` says of a check and one of its variants; `warning` where it says nothing. */
export function severityOf(id: string, variant: string | null, profile: Profile): CutSeverity {
  return (variant === null ? undefined : profile[`${id}/${variant}`]) ?? profile[id] ?? 'warning';
}

/** Whether `severity` is `threshold` or worse. */
export function isAtLeast(severity: CutSeverity, threshold: CutSeverity): boolean {
  return cutSeverities.indexOf(severity) <= cutSeverities.indexOf(threshold);
}
