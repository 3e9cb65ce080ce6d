import { describe, expect, test } from 'vitest';
import { stateOf } from '../../src/checks/grid.ts';
import { parseName } from '../../src/dns/name.ts';
import { isType, rrsetOf } from '../../src/dns/rrset.ts';
import { gridKey, gridLines, gridSummary } from '../../src/report/grid-text.ts';
import { plainPaint } from '../../src/report/paint.ts';
import type { ResolverCell } from '../../src/survey/grid.ts';
import type { Answer } from '../../src/survey/view.ts';
import { cut, soaWith, viewOf } from '../plan/surveys.ts';

const wanted = ['ns1.a.child.org.', 'ns2.a.child.org.'].map(parseName);
const resolver = { address: '192.0.2.53', port: 53 };

function nsAnswer(ttl: number, ...names: readonly string[]): Answer {
  const rrset = rrsetOf(cut, 'NS', ttl, ...names);
  return isType(rrset, 'NS') ? { kind: 'answer', rrset, authoritative: false } : fresh;
}

const fresh: Answer = {
  kind: 'answer',
  rrset: rrsetOf(cut, 'NS', 300, ...wanted),
  authoritative: false,
};
const soa: Answer = { kind: 'answer', rrset: { ...soaWith(900, 300), owner: cut }, authoritative: false };
const absent = (ttl: number): Answer => ({ kind: 'nxdomain', soa: soaWith(ttl, 1801), authoritative: false });
const silent: Answer = { kind: 'silent', why: 'no answer in 5.0 s' };

/** A resolver whose samples say that of NS; of SOA what goes with it. */
function cellOf(...answers: readonly Answer[]): ResolverCell {
  return {
    resolver,
    samples: answers.map(answer => ({
      ns: viewOf(answer),
      soa: viewOf(answer.kind === 'answer' ? soa : answer),
    })),
  };
}

describe('a resolver is', () => {
  const rows: readonly [string, ResolverCell, unknown, string][] = [
    ['new when all of it says so', cellOf(fresh, fresh, fresh), { kind: 'new' }, 'new'],
    [
      'mixed when some of a fleet do, and lets go with the last of them',
      cellOf(fresh, absent(200), absent(214)),
      { kind: 'mixed', fresh: 1, of: 3, letsGo: { seconds: 214 } },
      'mixed: 1 of 3 new, for 3 min 34 s at most: the SOA in its NXDOMAIN has that TTL left (RFC 2308 section 5)',
    ],
    [
      'old when none does',
      cellOf(absent(30), absent(12)),
      { kind: 'old', letsGo: { seconds: 30 } },
      'old, for 30 s at most: the SOA in its NXDOMAIN has that TTL left (RFC 2308 section 5)',
    ],
    [
      'old while it has other name servers',
      cellOf(nsAnswer(41, 'ns9.old.org.')),
      { kind: 'old', letsGo: { seconds: 41 } },
      'old, for 41 s at most: its NS records have that TTL left',
    ],
    ['new though a sample is lost', cellOf(fresh, silent), { kind: 'new' }, 'new'],
    ['silent when nothing comes', cellOf(silent), { kind: 'silent' }, 'no answer in 5.0 s'],
  ];
  test.each(rows)('%s', (_what, cell, state, text) => {
    const found = stateOf(cell, cut, wanted);
    expect(found).toMatchObject(state as object);
    expect(gridLines([{ resolver, state: found }], plainPaint)).toEqual([`192.0.2.53       ${text}`]);
  });
});

test('the summary counts the new, and a countdown alone is no news', () => {
  const grid = [cellOf(fresh), cellOf(absent(30))].map(cell => ({
    resolver,
    state: stateOf(cell, cut, wanted),
  }));
  const later = [cellOf(fresh), cellOf(absent(29))].map(cell => ({
    resolver,
    state: stateOf(cell, cut, wanted),
  }));
  expect(gridSummary(grid)).toBe('1 of 2 resolvers new');
  expect(gridKey(grid)).toBe(gridKey(later));
});
