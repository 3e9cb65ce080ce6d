import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AuditProgress } from '../../src/audit/audit.ts';
import { noOutcomes, type Summary } from '../../src/audit/summary.ts';
import { auditProgressText, auditSummaryText } from '../../src/report/audit-text.ts';
import { plainPaint } from '../../src/report/paint.ts';

// UPDATE_GOLDENS=1 npx vitest run test/report/audit-text.test.ts writes all of them anew, to be read in review.
const rewrites = process.env['UPDATE_GOLDENS'] === '1';
const folder = path.join(import.meta.dirname, 'goldens');

const nothing: Summary = { ...noOutcomes, duplicates: 0, notNames: 0, parents: 'each' };

function namesOf(kind: string, count: number): readonly string[] {
  return Array.from({ length: Math.min(5, count) }, (_, at) => `${kind}-${at + 1}.example.`);
}

/** Ten thousand delegations of an operator, a few per cent of them rotten. */
const many: Summary = {
  ...nothing,
  names: 10_000,
  healthy: 9_628,
  faulty: 361,
  critical: 13,
  unconfirmed: 8,
  unknown: 3,
  duplicates: 12,
  notNames: 1,
  findings: 412,
  bySeverity: { critical: 13, error: 282, warning: 117 },
  byId: {},
  checks: [
    { id: 'dangling-zone', severity: 'critical', names: 9, first: namesOf('gone', 9) },
    { id: 'delegation-dead', severity: 'critical', names: 4, first: namesOf('dead', 4) },
    { id: 'lame-rcode', severity: 'error', names: 1_214, first: namesOf('refused', 214) },
    { id: 'ns-single', severity: 'error', names: 68, first: namesOf('single', 68) },
    { id: 'ns-set-mismatch', severity: 'warning', names: 117, first: namesOf('renamed', 117) },
  ],
  servers: [
    { address: '192.0.2.7', name: 'ns2.old-provider.example.', names: 188 },
    { address: '2001:db8::53', name: null, names: 26 },
    { address: '192.0.2.9', name: 'ns9.single.example.', names: 1 },
  ],
};

const wide = { columns: 100, output: 'findings.ndjson', source: 'list' } as const;

const texts: Readonly<Record<string, () => string>> = {
  'audit-many': () => auditSummaryText(many, 10_000, 200, wide, plainPaint),
  'audit-narrow': () => auditSummaryText(many, 10_000, 200, { ...wide, columns: 60 }, plainPaint),
  'audit-to-standard-output': () =>
    auditSummaryText({ ...many, parents: 'one' }, 4_000, 5_400, { ...wide, output: null }, plainPaint),
  'audit-healthy': () => auditSummaryText({ ...nothing, names: 1, healthy: 1 }, 1, 0.2, wide, plainPaint),
  'audit-empty': () => auditSummaryText({ ...nothing, notNames: 2 }, 0, 0.01, wide, plainPaint),
};

describe('the summary of an audit reads as it was reviewed', () => {
  test.each(Object.keys(texts))('%s', name => {
    const text = texts[name]?.() ?? '';
    const file = path.join(folder, `${name}.txt`);
    if (rewrites) writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  test('names that a shell would take apart are quoted', () => {
    const checks = [
      { id: 'ns-single', severity: 'error', names: 1, first: ['*.it\\039s.example.'] },
    ] as const;
    const text = auditSummaryText({ ...nothing, names: 1, faulty: 1, checks }, 1, 1, wide, plainPaint);
    expect(text).toContain("zonecut check '*.it\\039s.example.' --fix");
    const option = [{ id: 'ns-single', severity: 'error', names: 1, first: ['--force.'] }] as const;
    const other = auditSummaryText({ ...nothing, names: 1, checks: option }, 1, 1, wide, plainPaint);
    expect(other).toContain('zonecut check --fix -- --force.');
  });
});

describe('the progress of an audit', () => {
  const progress: AuditProgress = {
    summary: many,
    ended: 1_234,
    faulty: 31,
    critical: 13,
    underWay: 120,
    engine: { packets: 0, strays: 0, surveyed: 0, paced: 0 },
  };

  test('is names, time left, rate and what was found so far', () => {
    expect(auditProgressText(progress, { names: 1_234, ratePerSecond: 50, total: 10_000 })).toBe(
      '1,234 of 10,000 (12 %) names, 2 min 56 s left, 50/s, 31 faulty (13 critical), 120 under way',
    );
  });

  test('guesses nothing where nobody knows how much is left, and says what is waited for', () => {
    const paced = {
      ...progress,
      faulty: 0,
      critical: 0,
      engine: { ...progress.engine, paced: 650 },
    };
    expect(auditProgressText(paced, { names: 1, ratePerSecond: 0, total: null })).toBe(
      '1 name, 0/s, none faulty, 120 under way, 650 queries wait for the pace of their servers',
    );
  });

  test('does not guess when only slow names are left', () => {
    const late = { ...progress, underWay: 20 };
    expect(auditProgressText(late, { names: 9_980, ratePerSecond: 50, total: 10_000 })).toBe(
      '9,980 of 10,000 (99 %) names, the last are slow, 50/s, 31 faulty (13 critical), 20 under way',
    );
  });

  test('is 100 % only when all is done', () => {
    expect(auditProgressText(progress, { names: 9_999, ratePerSecond: 50, total: 10_000 })).toContain(
      '(99 %)',
    );
  });
});
