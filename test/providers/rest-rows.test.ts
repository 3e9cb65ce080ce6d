import { describe, expect, it } from 'vitest';
import { parseRdata } from '../../src/dns/rdata.ts';
import { type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import type { HostedZone, RRsetChange } from '../../src/providers/provider.ts';
import { isBetweenRows, rowWrites } from '../../src/providers/rest/row-writes.ts';
import { type HostRow, type RestZone, zoneOfRows } from '../../src/providers/rest/rows.ts';
import { plainText, quotedStrings, wordsOf } from '../../src/providers/strings.ts';
import { name } from './rig.ts';

const owner = name('dev.example.com.');
const zone: HostedZone = {
  provider: 'x',
  id: '1',
  apex: name('example.com.'),
  nameServers: [],
  reference: null,
};

/** A zone whose rows are numbered; `NS a. 300` and the like. */
function zoneWith(...rows: readonly string[]): RestZone {
  const made = rows.map((text, at): HostRow => {
    const [type = '', data = '', ttl = ''] = text.split(' ');
    return {
      owner,
      type,
      ttl: Number(ttl),
      data: parseRdata(type, data),
      text,
      id: String(at),
      beside: null,
    };
  });
  return zoneOfRows(zone, made, () => false);
}

const ns = (ttl: number, ...data: readonly string[]): RRset => rrsetOf(owner, 'NS', ttl, ...data);
const change = (from: RRset | null, to: RRset | null): RRsetChange => ({
  owner,
  type: (to ?? from)?.type ?? '',
  from,
  to,
});

function stepsOf(now: RestZone, to: RRset | null, type = 'NS'): readonly string[] {
  const api = {
    add: (row: { data: string; ttl: number }) => ({
      method: 'POST' as const,
      path: `${row.data} ${row.ttl}`,
      body: null,
    }),
    update: (row: HostRow, next: { data: string; ttl: number }) => ({
      method: 'PUT' as const,
      path: `${row.id} ${next.data} ${next.ttl}`,
      body: null,
    }),
    remove: (row: HostRow) => ({ method: 'DELETE' as const, path: row.id ?? '', body: null }),
  };
  return rowWrites(api, [{ owner, type, from: null, to }], now).map(
    ({ method, path }) => `${method} ${path}`,
  );
}

describe('row by row', () => {
  it('adds what is new before it removes what is old', () =>
    expect(stepsOf(zoneWith('NS a. 300', 'NS b. 300'), ns(600, 'b.', 'c.'))).toEqual([
      'POST c. 600',
      'PUT 1 b. 600',
      'DELETE 0',
    ]));

  it('touches no row that stays as it is, and no other type', () =>
    expect(stepsOf(zoneWith('NS a. 300', 'A 192.0.2.1 300'), ns(300, 'a.', 'b.'))).toEqual(['POST b. 300']));

  it('removes the second of two equal rows', () =>
    expect(stepsOf(zoneWith('NS a. 300', 'NS a. 300', 'NS b. 300'), ns(300, 'a.'))).toHaveLength(2));

  it('changes a CNAME in its place, since there is no room for a second one', () =>
    expect(stepsOf(zoneWith('CNAME a. 300'), rrsetOf(owner, 'CNAME', 600, 'b.'), 'CNAME')).toEqual([
      'PUT 0 b. 600',
    ]));

  const from = ns(300, 'a.', 'b.');
  const to = ns(600, 'b.', 'c.');
  const cases: readonly (readonly [rows: readonly string[], change: RRsetChange, between: boolean])[] = [
    [['NS a. 300', 'NS b. 300', 'NS c. 600'], change(from, to), true],
    [['NS a. 300', 'NS b. 600', 'NS c. 600'], change(from, to), true],
    [['NS b. 600', 'NS c. 600'], change(from, to), true],
    [['NS a. 300', 'NS c. 600'], change(from, to), false],
    [['NS b. 600'], change(from, to), false],
    [[], change(from, to), false],
    [['NS a. 300', 'NS b. 300', 'NS d. 600'], change(from, to), false],
    [['NS a. 600', 'NS b. 300', 'NS c. 600'], change(from, to), false],
    [['NS b. 600'], change(null, to), true],
    [['NS b. 300'], change(null, to), false],
    [['NS b. 300'], change(from, null), true],
    [['NS c. 300'], change(from, null), false],
  ];
  for (const [rows, asked, between] of cases) {
    it(`${rows.join(', ') || 'nothing'} is ${between ? '' : 'not '}a step from ${asked.from?.data.join(' ') ?? 'nothing'} to ${asked.to?.data.join(' ') ?? 'nothing'}`, () =>
      expect(isBetweenRows(asked, zoneWith(...rows))).toBe(between));
  }
});

describe('strings', () => {
  const long = `${'x'.repeat(255)}ü"\\`;
  for (const text of ['', 'plain', 'semi;colon "quoted" \\ back', '\ufeffmark', long]) {
    it(`${JSON.stringify(text).slice(0, 30)} comes back`, () =>
      expect(plainText(quotedStrings(text))).toBe(text));
  }

  it('that are split elsewhere, or are no UTF-8, are no plain text', () => {
    expect(plainText('"a" "b"')).toBeNull();
    expect(plainText('"\\255"')).toBeNull();
  });

  it('are words without quotes and escapes', () =>
    expect(wordsOf('0 issue "letsencrypt.org; x=\\"1\\""')).toEqual([
      '0',
      'issue',
      'letsencrypt.org; x="1"',
    ]));
});
