import type { CutFinding, CutSeverity } from '../checks/cut/finding.ts';

/** How many names have a finding of one check and severity. */
export interface CheckCount {
  readonly id: string;
  readonly severity: CutSeverity;
  readonly names: number;
  /** The first of them in the order of the input. */
  readonly first: readonly string[];
}

/** For how many names one server address did not answer as it should. */
export interface ServerCount {
  readonly address: string;
  /** Its name; null where it has several. */
  readonly name: string | null;
  readonly names: number;
}

/** What an audit has found so far, or in all. */
export interface Summary {
  /** Names that were judged, each once. */
  readonly names: number;
  readonly healthy: number;
  /** Names with a finding. */
  readonly faulty: number;
  /** Names with a critical one. */
  readonly critical: number;
  /** Names that were odd at first sight and had no finding when they were looked at again. */
  readonly unconfirmed: number;
  /** Names that could not be judged; each has a line that says why. */
  readonly unknown: number;
  /** Names that had been read before. */
  readonly duplicates: number;
  /** Lines that are no names. */
  readonly notNames: number;
  /** Whether each server of a parent was asked for each name, or one in turn: then a difference between them can be missed. */
  readonly parents: 'each' | 'one';
  readonly findings: number;
  readonly bySeverity: Readonly<Record<string, number>>;
  /** Findings by check. */
  readonly byId: Readonly<Record<string, number>>;
  /** Names by check and severity: the worst first, then those with the most names. */
  readonly checks: readonly CheckCount[];
  /** Servers that do not answer as they should, those of the most names first: of the first that were met, and a few only. */
  readonly servers: readonly ServerCount[];
}

/** What is counted as results come out in order, so that a state can be kept of it. */
export type OutcomeCounts = Omit<Summary, 'duplicates' | 'notNames' | 'parents'>;

/** Nothing yet. */
export const noOutcomes: OutcomeCounts = {
  names: 0,
  healthy: 0,
  faulty: 0,
  critical: 0,
  unconfirmed: 0,
  unknown: 0,
  findings: 0,
  bySeverity: {},
  byId: {},
  checks: [],
  servers: [],
};

/** Whether a name has a critical finding; findings stand with the worst first. */
export function isCritical({ findings }: { readonly findings: readonly CutFinding[] }): boolean {
  return findings[0]?.severity === 'critical';
}

/** One line of the output of an audit: a finding, with the name that it is about. */
export interface FindingLine {
  readonly kind: 'finding';
  readonly name: string;
  readonly id: string;
  readonly severity: CutSeverity;
  readonly variant: string | null;
  readonly subject: string;
  readonly text: string;
  readonly servers: CutFinding['servers'];
  readonly remedy: CutFinding['remedy'];
}

/** A finding as a line of NDJSON; the packets that show it are left out (`zonecut check` has them). */
export function findingLine({ cut, evidence: _, ...finding }: CutFinding): string {
  const { id, severity, variant, subject, text, servers, remedy } = finding;
  const line: FindingLine = {
    kind: 'finding',
    name: cut,
    id,
    severity,
    variant,
    subject,
    text,
    servers,
    remedy,
  };
  return `${JSON.stringify(line)}\n`;
}

/** A name that could not be judged as a line. */
export function unknownLine(name: string, reason: string): string {
  return `${JSON.stringify({ kind: 'unknown', name, reason })}\n`;
}

/** A line of the input that is no name as a line. */
export function notANameLine(line: number, text: string, why: string): string {
  return `${JSON.stringify({ kind: 'not-a-name', line, text, why })}\n`;
}

/** The last line of an audit that came to its end. */
export function summaryLine(summary: Summary): string {
  return `${JSON.stringify({ kind: 'summary', schema: 'zonecut/audit/v1', ...summary })}\n`;
}
