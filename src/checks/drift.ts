import type { Name } from '../dns/name.ts';
import type { Rdata, RRset } from '../dns/rrset.ts';
import type { HostedZone } from '../providers/provider.ts';
import type { CutSurvey } from '../survey/survey.ts';
import type { Finding, FindingCode } from './finding.ts';

/** A delegation as it was made or adopted. */
export interface Delegated {
  readonly cut: Name;
  /** The NS set at the parent, in canonical order. */
  readonly ns: readonly Name[];
  /** The DS data at the parent; empty for an unsigned child. */
  readonly ds: readonly Rdata[];
  /** Glue at the parent. */
  readonly glue: readonly RRset[];
  readonly zone: HostedZone;
}

/** What changed at the two accounts since `made` was written down: NS, DS and glue at the parent, and the zone itself. */
export function driftOf(made: Delegated, survey: CutSurvey): readonly Finding[] {
  const { cut, parent, child } = survey;
  const at = (owner: Name, type: string): RRset | null =>
    parent.snapshot.rrsets.find(rrset => rrset.owner === owner && rrset.type === type) ?? null;
  const found: Finding[] = [];
  const add = (code: FindingCode, text: string, remedy: string): void => {
    found.push({ code, severity: 'error', subject: cut, server: null, text, remedy });
  };
  const ns = at(cut, 'NS');
  if (setText(ns?.data ?? []) !== setText(made.ns)) {
    add(
      'drift-ns',
      `the parent has ${setText(ns?.data ?? []) || 'no NS records'}, and had ${setText(made.ns)}`,
      ns === null
        ? `zonecut delegate ${cut}, or zonecut drift ${cut} --forget`
        : `zonecut adopt ${cut}, which mends it or takes it as it is`,
    );
  }
  const ds = at(cut, 'DS');
  if (setText(ds?.data ?? []) !== setText(made.ds)) {
    add(
      'drift-ds',
      `the parent has ${setText(ds?.data ?? []) || 'no DS records'}, and had ${setText(made.ds) || 'none'}`,
      `zonecut verify ${cut} tells whether validators can follow`,
    );
  }
  for (const glue of made.glue) {
    const now = at(glue.owner, glue.type);
    if (setText(now?.data ?? []) !== setText(glue.data)) {
      add(
        'drift-glue',
        `the glue ${glue.owner} ${glue.type} is ${setText(now?.data ?? []) || 'gone'}, and was ${setText(glue.data)}`,
        `zonecut adopt ${cut}`,
      );
    }
  }
  if (!child.zones.some(zone => zone.id === made.zone.id)) {
    add(
      'drift-zone-gone',
      `the zone ${made.zone.id} is gone from its host: whoever is quick can claim the name there`,
      `zonecut undelegate ${cut} --no-carry-back, at once`,
    );
  }
  return found;
}

function setText(values: readonly string[]): string {
  return [...values].sort().join(' ');
}
