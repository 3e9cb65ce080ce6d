import type { CutFinding } from '../checks/cut/finding.ts';
import { childWord } from '../checks/cut/said.ts';
import { delegationNames, zoneNames } from '../checks/cut/sets.ts';
import { lameness } from '../checks/judge.ts';
import { type Name, parseName } from '../dns/name.ts';
import type { CutFacts } from '../survey/facts.ts';
import type { View } from '../survey/view.ts';

/** Checks that find a name which must not be named, whatever its server answers. */
const wrongNames: ReadonlySet<string> = new Set([
  'ns-missing-dot',
  'ns-is-alias',
  'ns-name-invalid',
  'ns-sacrificial',
  'ns-domain-unregistered',
]);

/** Checks that know which name was meant in the place of a wrong one. */
const meantNames: ReadonlySet<string> = new Set(['ns-missing-dot', 'ns-is-alias']);

/** What both sides should name, and what of it works. */
export interface AgreedNames {
  /** In canonical order; empty when no server that could be named works. */
  readonly names: readonly Name[];
  /** Those of `names` that are to answer before anything is written. */
  readonly working: readonly Name[];
  /** Names that one side has alone and whose servers could not be asked from here: then nothing can be said. */
  readonly unsure: readonly Name[];
  /** Names that both sides lose and whose servers serve the cut today. */
  readonly goingThoughWorking: readonly Name[];
  /** Whether nothing that is named works, and the zone of the account is somewhere else. */
  readonly isElsewhere: boolean;
}

/** What is known before names are agreed on. */
export interface NamesGround {
  readonly facts: CutFacts;
  readonly findings: readonly CutFinding[];
  /** Servers of a host that lets nobody write the zone's own NS: the zone goes on naming them, so they stay. */
  readonly assigned: readonly Name[];
  /** The servers of the zone that an account holds; empty for none. */
  readonly ofAccount: readonly Name[];
  /** `cut SOA` of every server of the cut, asked once more since the facts were taken. */
  readonly again: readonly View[];
}

/**
 * The NS set that both sides should have: all that serve the cut and that one side names, those that were meant in the place of wrong
 * ones, and nothing that does not serve it. Where the sides have nothing in common it is what the zone itself names.
 */
export function agreedNames(ground: NamesGround): AgreedNames {
  const { facts, findings, assigned } = ground;
  const [above, own] = [delegationNames(facts) ?? [], zoneNames(facts) ?? []];
  const wrong = new Set(findings.filter(({ id }) => wrongNames.has(id)).map(({ subject }) => subject));
  const stays = (name: Name): boolean =>
    !wrong.has(name) && (assigned.includes(name) || !isLost(ground, name));
  const isDisjoint = own.length > 0 && !above.some(name => own.includes(name));
  const ofZone = own.filter(stays);
  const kept = isDisjoint && ofZone.length > 0 ? ofZone : [...above, ...own].filter(stays);
  const isElsewhere = !kept.some(name => serves(facts, name)) && meantBy(findings).length === 0;
  const names = [...new Set(isElsewhere ? ground.ofAccount : [...kept, ...meantBy(findings)])].sort();
  const all = [...new Set([...above, ...own])];
  return {
    names,
    working: names.filter(name => !assigned.includes(name) || !isLost(ground, name)),
    unsure: all.filter(name => above.includes(name) !== own.includes(name) && isUnknown(facts, name)),
    isElsewhere: isElsewhere && names.length > 0,
    goingThoughWorking: all.filter(name => !names.includes(name) && serves(facts, name)),
  };
}

function meantBy(findings: readonly CutFinding[]): readonly Name[] {
  return findings
    .filter(({ id }) => meantNames.has(id))
    .flatMap(({ remedy }) => [...remedy.parent, ...remedy.child])
    .filter(({ change }) => change === 'add')
    .flatMap(({ line }) => / IN NS (\S+)$/.exec(line)?.[1] ?? [])
    .map(parseName);
}

/** Whether nothing at the addresses of `name` serves the cut, now and a moment ago, or it has none. */
function isLost({ facts, findings, again }: NamesGround, name: Name): boolean {
  const here = facts.children.filter(({ names }) => names.includes(name));
  const isBack = again.some(view => view.server.name === name && lameness(view, facts.cut) === null);
  return here.length === 0
    ? findings.some(({ id, subject }) => id === 'ns-unresolvable' && subject === name)
    : !isBack && here.every(child => !['authoritative', 'unknown'].includes(childWord(child, facts).word));
}

function isUnknown(facts: CutFacts, name: Name): boolean {
  const here = facts.children.filter(({ names }) => names.includes(name));
  return here.length > 0 && here.every(child => childWord(child, facts).word === 'unknown');
}

function serves(facts: CutFacts, name: Name): boolean {
  return facts.children.some(
    child => child.names.includes(name) && childWord(child, facts).word === 'authoritative',
  );
}
