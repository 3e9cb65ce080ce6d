import { ZonecutError } from '../error.ts';
import type { FindingLine } from './summary.ts';

/** Findings of the earlier audit that are held while the later one is read. */
export const maxFindingsCompared = 1_000_000;

/** One finding that only one of two audits has. */
export interface FindingChange {
  readonly change: 'new' | 'gone';
  readonly finding: FindingLine;
}

/** What is different between two audits. */
export interface AuditDifference {
  readonly changes: readonly FindingChange[];
  /** Findings of both. */
  readonly same: number;
  /** Which of the two have no summary at their end: an audit that was broken off is no whole one. */
  readonly unfinished: readonly ('before' | 'after')[];
}

/**
 * Compares the outputs of two audits, each as lines: findings are one when name, check, variant and subject are, whatever else
 * they say.
 *
 * New ones come first, in the order of `after`, then those that are gone, in the order of `before`. Throws ZC_USAGE for a line
 * that is none of an audit's, ZC_LIMIT for more than `maxFindingsCompared` in `before`.
 */
export async function differenceOf(
  before: AsyncIterable<string>,
  after: AsyncIterable<string>,
): Promise<AuditDifference> {
  const known = new Map<string, string>();
  const unfinished = new Set(['before', 'after'] as const);
  for await (const line of before) {
    if (isSummary(line)) unfinished.delete('before');
    const finding = findingOf(line);
    if (finding === null) continue;
    if (known.size === maxFindingsCompared) {
      throw new ZonecutError('ZC_LIMIT', `the earlier audit has more than ${maxFindingsCompared} findings`, {
        hint: 'Compare parts: grep both files for one check first.',
      });
    }
    known.set(keyOf(finding), line);
  }
  const changes: FindingChange[] = [];
  const both = new Set<string>();
  for await (const line of after) {
    if (isSummary(line)) unfinished.delete('after');
    const finding = findingOf(line);
    if (finding === null) continue;
    const key = keyOf(finding);
    if (known.delete(key)) both.add(key);
    else if (!both.has(key)) changes.push({ change: 'new', finding });
  }
  for (const line of known.values()) {
    const finding = findingOf(line);
    if (finding !== null) changes.push({ change: 'gone', finding });
  }
  return { changes, same: both.size, unfinished: [...unfinished] };
}

function isSummary(line: string): boolean {
  return line.startsWith('{"kind":"summary"');
}

function keyOf({ name, id, variant, subject }: FindingLine): string {
  return `${name} ${id} ${variant ?? ''} ${subject}`;
}

/** The finding of a line of output; null for its other lines. */
function findingOf(line: string): FindingLine | null {
  if (line.trim() === '') return null;
  let parsed: Partial<FindingLine> | null = null;
  try {
    parsed = JSON.parse(line) as Partial<FindingLine> | null;
  } catch {
    // Told below.
  }
  if (typeof parsed !== 'object' || parsed === null || typeof parsed.kind !== 'string') {
    throw new ZonecutError('ZC_USAGE', `no line of an audit: ${line.slice(0, 60)}`, {
      hint: 'Give two files that `zonecut audit` wrote.',
    });
  }
  const { kind, name, id, severity, variant = null, subject, text, servers = [], remedy } = parsed;
  if (kind !== 'finding' || name === undefined || id === undefined || severity === undefined) return null;
  const nothing = { text: '', parent: [], child: [], registrar: [] };
  return {
    kind,
    name,
    id,
    severity,
    variant,
    subject: subject ?? name,
    text: text ?? '',
    servers,
    remedy: remedy ?? nothing,
  };
}
