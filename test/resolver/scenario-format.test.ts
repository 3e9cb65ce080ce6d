import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportRpl, runRpl } from '../conformance/rpl.ts';
import { expanded } from '../conformance/rpl-expression.ts';
import { parseEntries, parseScenario } from '../conformance/rpl-parse.ts';
import { runScenario } from '../conformance/rpl-run.ts';

/** How a scenario for Unbound begins; the other form has no sections. */
const unbound = `server:
  qname-minimisation: no
stub-zone:
  name: "."
  stub-addr: 192.0.2.1
`;
const deckard = `  stub-addr: 192.0.2.1   # K
query-minimization: off
`;

interface Parts {
  readonly config?: string;
  readonly ranges: string;
  readonly steps: string;
}

function fileOf({ config = unbound, ranges, steps }: Parts): string {
  return `${config}CONFIG_END\nSCENARIO_BEGIN title of it\n${ranges}\n${steps}\nSCENARIO_END\n`;
}

/** A range whose entry answers a.test. A with `address`. */
function range(address: string, { steps = '0 100', at = '192.0.2.1', adjust = '', ttl = 60 } = {}): string {
  return `RANGE_BEGIN ${steps}
  ADDRESS ${at}
ENTRY_BEGIN
  MATCH qname qtype
  ADJUST copy_id ${adjust}
  REPLY QR AA NOERROR
  SECTION QUESTION
    a.test. IN A
  SECTION ANSWER
    a.test. ${ttl} IN A ${address}
ENTRY_END
RANGE_END`;
}

const query = `ENTRY_BEGIN
REPLY RD
SECTION QUESTION
a.test. IN A
ENTRY_END`;

function wants(address: string, match = 'all'): string {
  return `ENTRY_BEGIN
MATCH ${match}
REPLY QR RD RA NOERROR
SECTION QUESTION
a.test. IN A
SECTION ANSWER
a.test. IN A ${address}
ENTRY_END`;
}

function asks(address: string): string {
  return `STEP 1 QUERY\n${query}\nSTEP 10 CHECK_ANSWER\n${wants(address)}`;
}

async function run(parts: Parts): Promise<string | null> {
  return await runScenario(parseScenario(fileOf(parts)));
}

describe('parseScenario', () => {
  it('keeps $ORIGIN and $TTL, inside and outside of entries, and takes keywords that something follows', () => {
    const [entry, other] = parseEntries(`
$ORIGIN example.
$TTL 1h
ENTRY_BEGIN ; a comment
MATCH opcode
MATCH qname ttl
REPLY qr AA NOTIMPL
SECTION QUESTION
www IN A
SECTION ANSWER
$ORIGIN sub.example.
www A 192.0.2.1
    IN A 192.0.2.2 ; the same owner
www 5 TXT "a;b" c\\;d
SECTION AUTHORITY
@ CH TYPE65280 \\# 3 01 02 03
ENTRY_ENDING
a stray line
ENTRY_BEGIN
SECTION ANSWER
www A \\# 3 010203
EXTRA_PACKET
SECTION ANSWER
www A 192.0.2.9
ENTRY_END`);
    expect(entry).toMatchObject({ rcode: 'NOTIMP', question: { name: 'www.example.', type: 'A' } });
    expect([...(entry?.match ?? [])]).toEqual(['opcode', 'qname', 'ttl']);
    expect([...(entry?.flags ?? [])]).toEqual(['QR', 'AA']);
    expect(entry?.sections.answer).toMatchObject([
      { owner: 'www.sub.example.', ttl: 3600, octets: Uint8Array.of(192, 0, 2, 1) },
      { owner: 'www.sub.example.', ttl: 3600, octets: Uint8Array.of(192, 0, 2, 2) },
      { ttl: 5, type: 'TXT', octets: Uint8Array.from(Buffer.from('\x03a;b\x03c;d')) },
    ]);
    expect(entry?.sections.authority).toMatchObject([
      { owner: 'sub.example.', class: 'CH', octets: Uint8Array.of(1, 2, 3) },
    ]);
    // Data that is too short for its type is sent as it is; a further packet is not of the first.
    expect(other?.sections.answer).toMatchObject([
      { owner: 'www.sub.example.', octets: Uint8Array.of(1, 2, 3) },
    ]);
  });

  it('reads ADJUST, HEX and RAW', () => {
    const [entry, raw] = parseEntries(`ENTRY_BEGIN
ADJUST copy_id copy_query sleep=2
HEX_EDNSDATA_BEGIN
00 0f 0002 ; an error
0000
HEX_EDNSDATA_END
HEX_ANSWER_BEGIN
0000 8400
HEX_ANSWER_END
ENTRY_END
ENTRY_BEGIN
ADJUST raw_id do_not_answer
RAW
be ef01
ENTRY_END`);
    expect(entry).toMatchObject({
      sleepMs: 2000,
      ednsData: Uint8Array.of(0, 15, 0, 2, 0, 0),
      raw: Uint8Array.of(0, 0, 0x84, 0),
    });
    expect(raw?.raw).toEqual(Uint8Array.of(0xbe, 0xef, 1));
    expect(raw?.adjust).toEqual(new Set(['raw_id', 'do_not_answer']));
  });

  it('tells the two forms of configuration apart, and skips stray lines', () => {
    const parts = { ranges: `${range('198.51.100.1')}\nRANGE_END\nwhatever`, steps: asks('198.51.100.1') };
    expect(parseScenario(fileOf(parts))).toMatchObject({ flavour: 'unbound', title: 'title of it' });
    const scenario = parseScenario(fileOf({ ...parts, config: deckard }));
    expect(scenario.flavour).toBe('deckard');
    expect(scenario.settings).toContainEqual({ key: 'stub-addr', value: '192.0.2.1' });
    expect(scenario.steps.map(({ id, kind }) => [id, kind])).toEqual([
      [1, 'QUERY'],
      [10, 'CHECK_ANSWER'],
    ]);
  });

  it('names the line that it cannot read', () => {
    expect(() => parseEntries('\nENTRY_BEGIN\nSECTION ANSWER\nx. IN A nonsense\nENTRY_END')).toThrow(
      /line 4/,
    );
    expect(() => parseScenario('server:\n')).toThrow('CONFIG_END');
  });
});

describe('runScenario', () => {
  const two = `${range('198.51.100.1')}\n${range('198.51.100.2')}`;
  it('asks the last range first for Unbound, the first for Deckard', async () => {
    expect(await run({ ranges: two, steps: asks('198.51.100.2') })).toBeNull();
    expect(await run({ ranges: two, steps: asks('198.51.100.1') })).toMatch(/^step 10 .*ANSWER/);
    expect(await run({ config: deckard, ranges: two, steps: asks('198.51.100.1') })).toBeNull();
  });

  it('leaves a range whose steps or address do not fit', async () => {
    const ranges = `${range('198.51.100.1')}\n${range('198.51.100.2', { steps: '11 20' })}\n${range('198.51.100.3', { at: '192.0.2.9' })}`;
    expect(await run({ ranges, steps: asks('198.51.100.1') })).toBeNull();
  });

  it('falls through to the next range for Unbound; for Deckard what no entry matches is SERVFAIL', async () => {
    const other = range('198.51.100.9').replaceAll('a.test.', 'b.test.');
    expect(
      await run({ ranges: `${range('198.51.100.1')}\n${other}`, steps: asks('198.51.100.1') }),
    ).toBeNull();
    expect(
      await run({
        config: deckard,
        ranges: `${other}\n${range('198.51.100.1')}`,
        steps: asks('198.51.100.1'),
      }),
    ).toMatch(/given SERVFAIL/);
  });

  it('passes time by ELAPSE and by expressions, and starts at val-override-date', async () => {
    const config = `${unbound}server:\n  val-override-date: "20200102030405"\n  cache-max-ttl: 50\n`;
    const steps = `${asks('198.51.100.1')}
STEP 11 ASSIGN t0 = \${time}
STEP 20 TIME_PASSES EVAL \${$t0 + 20 - 1577934245}
STEP 30 QUERY
${query}
STEP 40 CHECK_ANSWER
${wants('198.51.100.1', 'all ttl').replace('IN A 198', '30 IN A 198')}
STEP 41 FLUSH_MESSAGE a.test. IN A
STEP 50 TIME_PASSES ELAPSE 1
STEP 60 QUERY
${query}
STEP 70 CHECK_ANSWER
${wants('198.51.100.2')}`;
    const ranges = `${range('198.51.100.1')}\n${range('198.51.100.2', { steps: '50 100' })}`;
    expect(await run({ config, ranges, steps })).toBeNull();
  });

  it('answers by STEP REPLY, and ends waits by TIMEOUT and ERROR', async () => {
    const reply = wants('198.51.100.1', 'opcode').replace('REPLY QR RD RA', 'ADJUST copy_id\nREPLY QR AA');
    for (const kind of ['TIMEOUT', 'ERROR']) {
      const steps = `STEP 1 QUERY\n${query}\nSTEP 2 ${kind}\nSTEP 3 CHECK_OUT_QUERY\n${wants('', 'qname').replace('a.test. IN A \n', '')}
STEP 4 REPLY\n${reply}\nSTEP 5 CHECK_ANSWER\n${wants('198.51.100.1')}`;
      const ranges = range('198.51.100.9', { steps: '90 100' });
      expect(await run({ ranges, steps })).toBeNull();
    }
  });

  it.each([
    ['all', 'a.test. IN MX 1 b.test.', /ANSWER/],
    ['serial=7', '', /serial: given nothing, expected 7/],
    ['ede=any', '', /EDE: given none/],
    ['authority', 'SECTION AUTHORITY\ntest. IN NS ns.test.', /AUTHORITY/],
    ['additional', 'SECTION ADDITIONAL\ntest. IN A 192.0.2.1', /ADDITIONAL/],
    ['noedns', '', /OPT/],
  ])('compares by MATCH %s', async (match, more, why) => {
    const dnssec = query.replace('REPLY RD', 'REPLY RD DO');
    const check = wants('198.51.100.1', match).replace('ENTRY_END', `${more}\nENTRY_END`);
    const steps = `STEP 1 QUERY\n${dnssec}\nSTEP 10 CHECK_ANSWER\n${check}`;
    expect(await run({ ranges: range('198.51.100.1'), steps })).toMatch(why);
  });

  it('leaves servers on this machine alone unless do-not-query-localhost says otherwise', async () => {
    const config = unbound.replace('192.0.2.1', '127.0.0.9');
    const parts = { ranges: range('198.51.100.1', { at: '127.0.0.9' }), steps: asks('198.51.100.1') };
    expect(await run({ ...parts, config })).toMatch(/SERVFAIL/);
    const open = `${config}server:\n do-not-query-localhost: no\n`;
    expect(await run({ ...parts, config: open })).toBeNull();
  });

  it('takes thousands of raw queries for what they are, and no step for a loop because of them', async () => {
    const raw = Array.from(
      { length: 5100 },
      (_, at) => `STEP ${at} QUERY\nENTRY_BEGIN\nRAW\n${at.toString(16).padStart(24, '0')}\nENTRY_END`,
    );
    const steps = `${raw.join('\n')}\n${asks('198.51.100.1').replace('STEP 1 ', 'STEP 6000 ').replace('STEP 10', 'STEP 6010')}`;
    const ranges = range('198.51.100.1', { steps: '0 7000' });
    expect(await run({ config: deckard, ranges, steps })).toBeNull();
  });

  it('says what the scenario wants and zonecut has not', async () => {
    const config = `${unbound}server:\n  serve-expired: yes\n`;
    expect(await run({ config, ranges: '', steps: asks('198.51.100.1') })).toMatch(/wants serve-expired/);
    const steps = 'STEP 1 DANCE\nSTEP 2 NOTHING';
    expect(await run({ ranges: '', steps })).toMatch(/does not know the step DANCE/);
  });
});

describe('expanded', () => {
  it('calculates strictly from left to right, with variables', () => {
    const variables = new Map([['x', '7']]);
    const readings = { time: 100, timeout: 3 };
    const macro = (text: string): string => `${'$'}{${text}}`;
    const of = (text: string): string => expanded(text, variables, readings);
    expect(of(macro('1 + 2 * 3'))).toBe('9');
    expect(of(macro('$x - 2'))).toBe('5');
    expect(of(`${macro('time')} ${macro('timeout')}`)).toBe('100 3');
    expect(of(macro(`range 1 ${macro('$x + 1')} 9`))).toBe('8');
    expect(() => of(macro(`range 1 ${macro('$x + 9')} 9`))).toThrow('between');
    expect(() => of(macro('$y'))).toThrow('y has no value');
  });
});

describe('runRpl', () => {
  it('takes any folder of the layout, with tiers where an index has them, and counts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zonecut-rpl-'));
    try {
      mkdirSync(join(folder, 'scenarios', 'deeper'), { recursive: true });
      const good = fileOf({ ranges: range('198.51.100.1'), steps: asks('198.51.100.1') });
      writeFileSync(join(folder, 'scenarios', 'good.rpl'), good);
      writeFileSync(join(folder, 'scenarios', 'deeper', 'bad.rpl'), good.replace('RD RA', 'RD RA TC'));
      writeFileSync(join(folder, 'scenarios', 'broken.rpl'), 'nothing of use');
      writeFileSync(join(folder, 'scenarios', 'INDEX.json'), '[{"file": "good.rpl", "tier": 1}]');
      const lines: string[] = [];
      expect(reportRpl(await runRpl(folder), line => lines.push(line))).toBe(false);
      expect(lines.join('\n')).toContain('failed: bad.rpl (tier ?)');
      expect(lines).toContain('tier 1: 1 of 1 passed (100 %), 0 expected failures, 0 failed');
      expect(lines.at(-1)).toBe('1 passed, 2 failed');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
