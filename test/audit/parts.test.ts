import { describe, expect, test } from 'vitest';
import { auditLimits } from '../../src/audit/limits.ts';
import { NamesSeen } from '../../src/audit/names-seen.ts';
import { InOrder } from '../../src/audit/order.ts';
import { SameAnswer } from '../../src/audit/same-answer.ts';
import { Pace } from '../../src/audit/servers.ts';
import { noOutcomes } from '../../src/audit/summary.ts';
import { Tally } from '../../src/audit/tally.ts';
import type { CutFinding, CutSeverity } from '../../src/checks/cut/finding.ts';
import { parseName } from '../../src/dns/name.ts';

const nameOf = (at: number): Uint8Array => new TextEncoder().encode(`name-${at}.example`);

describe('names that come again', () => {
  test('are known, and no other is', () => {
    const seen = new NamesSeen(100_000, [123, 456]);
    const isNew = (at: number): boolean => seen.isNew(nameOf(at), nameOf(at).length);
    const news = (): number => Array.from({ length: 50_000 }, (_, at) => isNew(at)).filter(Boolean).length;
    expect([news(), news()]).toEqual([50_000, 0]);
  });

  test('are known for as many names as are remembered, and not for ever', () => {
    const seen = new NamesSeen(1_000, [7, 8]);
    const isNew = (at: number): boolean => seen.isNew(nameOf(at), nameOf(at).length);
    for (let at = 0; at < 2_999; at += 1) isNew(at);
    expect(isNew(1_999)).toBe(false);
    expect(isNew(0)).toBe(true);
  });
});

describe('a response that was as it should be', () => {
  const response = (length: number, id = 7): Uint8Array =>
    Uint8Array.from({ length }, (_, at) => (at === 1 ? id : at & 0xff));
  const changed = (length: number, at: number): Uint8Array => {
    const octets = response(length);
    octets[at] = 1 + (octets[at] ?? 0);
    return octets;
  };

  test('is known again by its octets, whatever its ID, and no other is taken for it', () => {
    const good = new SameAnswer();
    expect(good.is(response(90))).toBe(false);
    good.keep(response(90));
    expect([good.is(response(90)), good.is(response(90, 8))]).toEqual([true, true]);
    expect([good.is(response(89)), good.is(response(91)), good.is(new Uint8Array(0))]).toEqual([
      false,
      false,
      false,
    ]);
    const others = Array.from({ length: 88 }, (_, at) => good.is(changed(90, at + 2)));
    expect(others.filter(Boolean)).toEqual([]);
  });

  test('is forgotten with its stage, and not kept when it is long', () => {
    const good = new SameAnswer();
    good.keep(response(512));
    expect(good.is(response(512))).toBe(true);
    good.forget();
    expect(good.is(response(512))).toBe(false);
    good.keep(response(90));
    good.keep(response(513));
    expect([good.is(response(513)), good.is(response(90))]).toEqual([false, false]);
  });
});

describe('results that end in any order', () => {
  test('come out in that of the input', () => {
    const out: string[] = [];
    const order = new InOrder<{ readonly text: string }>(5, 4, result => out.push(result?.text ?? '-'));
    order.done(7, { text: 'seven' });
    order.done(6, null);
    expect(out).toEqual([]);
    expect([order.hasRoom(8), order.hasRoom(9)]).toEqual([true, false]);
    order.done(5, { text: 'five' });
    expect(out).toEqual(['five', '-', 'seven']);
    expect([order.finished, order.hasRoom(11), order.hasRoom(12)]).toEqual([8, true, false]);
  });
});

describe('the pace of a public address', () => {
  const limits = { ...auditLimits, ratePerServer: 50, burstPerServer: 10 };

  test('is a few queries at once, and then so many a second', () => {
    const pace = new Pace(limits);
    const taken = (ms: number): number =>
      Array.from({ length: 100 }, () => pace.take(ms)).filter(Boolean).length;
    expect([taken(0), taken(0), taken(100), taken(120), taken(10_000)]).toEqual([10, 0, 5, 1, 10]);
  });

  test('is halved by each silence down to one a second, and comes back answer by answer', () => {
    const pace = new Pace(limits);
    for (let silence = 0; silence < 10; silence += 1) pace.silent();
    expect(pace.rate).toBe(1);
    for (let answer = 0; answer < 100; answer += 1) pace.answered();
    expect(pace.rate).toBe(50);
  });
});

describe('what is counted', () => {
  const remedy = { text: '', parent: [], child: [], registrar: [] };
  const finding = (id: string, severity: CutSeverity, ...servers: CutFinding['servers']): CutFinding => {
    const cut = parseName('a.example');
    return { id, severity, variant: null, cut, subject: cut, text: '', servers, evidence: [], remedy };
  };
  const [one, other] = ['ns.one', 'ns.other'].map(name => ({ name: parseName(name), address: '192.0.2.1' }));
  const add = (tally: Tally, name: string, ...findings: readonly CutFinding[]): void =>
    tally.add({ name, kind: 'faulty', findings, reason: null });
  const from = (tally: Tally, first: number): void => {
    for (let at = first; at < first + 4; at += 1) {
      const servers = [one, one, other].slice(at % 3, (at % 3) + 1).flatMap(server => server ?? []);
      add(tally, `a${at}.`, finding('lame-rcode', 'error', ...servers), finding('ns-single', 'error'));
    }
    add(tally, `b${first}.`, finding('delegation-dead', 'critical'), finding('ns-single', 'warning'));
  };

  test('is names by check, the worst first, with the first of them, and servers by address', () => {
    const tally = new Tally(noOutcomes);
    from(tally, 0);
    add(tally, 'c.', finding('lame-rcode', 'error'), finding('lame-rcode', 'error'));
    const { checks, servers, critical, byId } = tally.counts();
    expect(checks.map(({ id, severity, names }) => `${severity} ${id} ${names}`)).toEqual([
      'critical delegation-dead 1',
      'error lame-rcode 5',
      'error ns-single 4',
      'warning ns-single 1',
    ]);
    expect(checks[1]?.first).toEqual(['a0.', 'a1.', 'a2.', 'a3.', 'c.']);
    expect(servers).toEqual([{ address: '192.0.2.1', name: null, names: 4 }]);
    expect([critical, byId['lame-rcode']]).toEqual([1, 6]);
  });

  test('is the same when it is counted in two parts, the first kept as a state', () => {
    const [whole, first] = [new Tally(noOutcomes), new Tally(noOutcomes)];
    for (const at of [0, 10, 20]) from(whole, at);
    from(first, 0);
    const second = new Tally(JSON.parse(JSON.stringify(first.counts())));
    for (const at of [10, 20]) from(second, at);
    expect(second.counts()).toEqual(whole.counts());
    expect(whole.counts().checks[1]?.first).toHaveLength(5);
  });
});
