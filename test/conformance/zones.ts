import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { respond } from '../../src/authority/authority.ts';
import { makeZoneSet } from '../../src/authority/zone-set.ts';
import { isTypeText, parseType } from '../../src/dns/iana.ts';
import { type Message, makeQuery } from '../../src/dns/message.ts';
import { type Name, parseName, rootName } from '../../src/dns/name.ts';
import { parseRdata } from '../../src/dns/rdata.ts';
import { type ResourceRecord, type RRset, recordsOf } from '../../src/dns/rrset.ts';
import { zoneTextOf } from '../../src/dns/text.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { makeZone, type Zone, zoneFaults } from '../../src/dns/zone.ts';
import { zoneCheckFaults } from '../../src/dns/zone-check.ts';
import { type ParsedZoneFile, parseZoneFile, printZoneFile } from '../../src/dns/zonefile.ts';
import type { Suite } from './suite.ts';

function read(file: string): string {
  return zoneTextOf(readFileSync(file));
}

/** Everything that stands against the file being a zone. */
function faultsOf(text: string, apex: Name, include: (file: string) => string | null): readonly string[] {
  const { rrsets, problems } = parseZoneFile(text, { origin: apex, include });
  const faults = problems
    .filter(problem => problem.severity === 'error')
    .map(problem => `line ${problem.line}: ${problem.message}`);
  if (faults.length > 0) return faults;
  const set = zoneFaults(apex, rrsets);
  return set.length > 0 ? set : zoneCheckFaults({ apex, rrsets });
}

/** bind-checkzone/: good, test and warn files load, bad ones are refused. */
export function checkZoneVerdicts(folder: string, suite: Suite): void {
  const inside = join(folder, 'bind-checkzone');
  if (!existsSync(inside)) return;
  const include = (file: string): string | null => {
    const path = join(inside, basename(file));
    return existsSync(path) && basename(file) !== '.' && basename(file) !== '..' ? read(path) : null;
  };
  for (const name of readdirSync(inside)
    .filter(file => file.endsWith('.db'))
    .sort()) {
    suite.check(`bind-checkzone ${name}`, () => {
      const text = read(join(inside, name));
      const faults = faultsOf(text, apexIn(text), include);
      if (name.startsWith('bad')) return faults.length > 0 ? null : 'loads';
      return faults.length === 0 ? null : `refused: ${faults[0]}`;
    });
  }
}

/** The owner of the SOA when it is written absolute; `example.` otherwise, as the tests of BIND take it. */
function apexIn(text: string): Name {
  const owner = /^(\S+\.)\s+(?:\d+\s+)?(?:IN\s+)?SOA\b/im.exec(text)?.[1];
  return parseName(owner ?? 'example.');
}

/** dnspython/example and its renderings hold the same records. */
export function checkExampleZones(folder: string, suite: Suite): void {
  const inside = join(folder, 'dnspython');
  const file = join(inside, 'example');
  if (!existsSync(file)) return;
  const parsed = parseZoneFile(read(file), { origin: parseName('example.') });
  suite.check('dnspython/example', () => survivesPrinting(parsed));
  for (const name of readdirSync(inside)
    .filter(entry => /^example\d+\.good$/.test(entry))
    .sort()) {
    suite.check(`dnspython/${name}`, () => {
      const other = parseZoneFile(read(join(inside, name)), { origin: parseName('example.') });
      return problemOf(other) ?? sameRecords(other.rrsets, parsed.rrsets);
    });
  }
}

function problemOf(parsed: ParsedZoneFile): string | null {
  const first = parsed.problems.find(problem => problem.severity === 'error');
  return first === undefined ? null : `line ${first.line}: ${first.message}`;
}

function survivesPrinting(parsed: ParsedZoneFile): string | null {
  const text = printZoneFile({ apex: rootName, rrsets: parsed.rrsets });
  const again = parseZoneFile(text, { origin: rootName });
  return problemOf(parsed) ?? problemOf(again) ?? sameRecords(again.rrsets, parsed.rrsets);
}

function linesOf(records: readonly ResourceRecord[]): readonly string[] {
  return records.map(({ owner, ttl, type, data }) => `${owner} ${ttl} ${type} ${data}`).sort();
}

function sameRecords(got: readonly RRset[], wanted: readonly RRset[]): string | null {
  return sameLines(linesOf(got.flatMap(recordsOf)), linesOf(wanted.flatMap(recordsOf)));
}

function sameLines(got: readonly string[], wanted: readonly string[]): string | null {
  const missing = wanted.find(line => !got.includes(line));
  const extra = got.find(line => !wanted.includes(line));
  if (missing !== undefined) return `missing: ${missing}`;
  return extra === undefined ? null : `too much: ${extra}`;
}

/** domain-zonefiles/: YAML cases of records, and whole zones. */
export function checkZoneCases(folder: string, suite: Suite): void {
  const inside = join(folder, 'domain-zonefiles');
  if (!existsSync(inside)) return;
  for (const name of readdirSync(inside).sort()) {
    const text = read(join(inside, name));
    if (name.endsWith('.yaml')) suite.check(`domain-zonefiles ${name}`, () => zoneCase(text));
    else if (/\.(txt|zone)$/.test(name)) {
      suite.check(`domain-zonefiles ${name}`, () =>
        survivesPrinting(parseZoneFile(text, { origin: rootName })),
      );
    }
  }
}

function zoneCase(text: string): string | null {
  const origin = parseName(/^origin: *(\S+)/m.exec(text)?.[1] ?? '.');
  const block = /^zonefile: *\|[-+]?\n((?: {2}.*\n|\s*\n)*)/m.exec(text)?.[1] ?? '';
  const parsed = parseZoneFile(block.replace(/^ {2}/gm, ''), { origin });
  const results = text
    .slice(text.indexOf('\nresult:'))
    .split(/^ {2}- /m)
    .slice(1);
  const wanted = results.map(result => {
    const field = (key: string): string => new RegExp(`^ *${key}: *(.*)$`, 'm').exec(result)?.[1] ?? '';
    const type = /data: *!(\w+)/.exec(result)?.[1]?.toUpperCase() ?? '';
    const values = result.slice(result.indexOf('data:')).split('\n').slice(1);
    return `${parseName(field('owner'))} ${field('ttl')} ${wantedData(type, values)}`;
  });
  return problemOf(parsed) ?? sameLines(linesOf(parsed.rrsets.flatMap(recordsOf)), wanted);
}

function wantedData(type: string, lines: readonly string[]): string {
  const values = lines
    .map(line => /^ *(?:- |\w+: *)(.*)$/.exec(line)?.[1])
    .filter(value => value !== undefined);
  if (type === 'UNKNOWN') {
    const hex = values[1] ?? '';
    const known = parseType(values[0]?.toUpperCase() ?? '');
    return `${known} ${parseRdata(known, `\\# ${hex.length / 2} ${hex}`)}`;
  }
  return `${type} ${parseRdata(type, values.map(value => (type === 'TXT' ? `"${value}"` : value)).join(' '))}`;
}

/** nsd/: zones that load, texts that once crashed a parser, and questions with the answers of NSD. */
export function checkNsdCases(folder: string, suite: Suite): void {
  const inside = join(folder, 'nsd');
  if (!existsSync(inside)) return;
  for (const name of readdirSync(inside).sort()) {
    const files = readdirSync(join(inside, name)).sort();
    if (name === 'parsezone-bad') {
      for (const file of files)
        suite.check(`nsd/${name}/${file}`, () => neverThrows(read(join(inside, name, file))));
    } else if (name === 'rr-test') {
      checkRecordTest(join(inside, name), suite);
    } else {
      for (const file of files.filter(entry => /zone\d*$/.test(entry))) {
        suite.check(`nsd/${name}/${file}`, () =>
          survivesPrinting(parseZoneFile(read(join(inside, name, file)), { origin: parseName('example.') })),
        );
      }
      if (files.includes('QUERIES.txt')) checkAnswers(join(inside, name), name, suite);
    }
  }
}

function neverThrows(text: string): string | null {
  const parsed = parseZoneFile(text, { origin: parseName('example.') });
  return survivesPrinting({ rrsets: parsed.rrsets, problems: [] });
}

/** The rr-test zone as written, and as NSD prints it; a record that is refused is a vector of its own. */
function checkRecordTest(folder: string, suite: Suite): void {
  const [written, printed] = ['rr-test.zone', 'rr-test.cmp_zone'].map(name => {
    const parsed = parseZoneFile(read(join(folder, name)), { origin: parseName('blaat.nl.'), file: name });
    for (const { line, message, severity } of parsed.problems) {
      if (severity === 'error') suite.check(`nsd/rr-test ${name} line ${line}`, () => message);
    }
    return parsed;
  });
  suite.check('nsd/rr-test', () => sameRecords(written?.rrsets ?? [], printed?.rrsets ?? []));
}

function checkAnswers(folder: string, name: string, suite: Suite): void {
  const lines = read(join(folder, 'QUERIES.txt'))
    .split('\n')
    .filter(line => line.startsWith('dig '));
  for (const [at, line] of lines.entries()) {
    const expected = join(folder, `${name}.known_good_respons${at + 1}`);
    if (!existsSync(expected)) continue;
    suite.check(`nsd/${name} answer ${at + 1}`, () => answer(folder, line, read(expected)));
  }
}

function answer(folder: string, line: string, expected: string): string | null {
  const zones = readdirSync(folder)
    .filter(file => file.endsWith('.zone'))
    .map(file => zoneIn(read(join(folder, file))));
  const words = line.replace(/>.*$/, '').split(/\s+/).slice(1);
  const plain = words.filter(
    (word, at) => !/^[+@-]/.test(word) && !['-p', '-t'].includes(words[at - 1] ?? ''),
  );
  const type = words[words.indexOf('-t') + 1] ?? '';
  const typed = words.includes('-t') ? type : (plain.find(word => isTypeText(word)) ?? 'A');
  const name = plain.find(word => !isTypeText(word)) ?? '.';
  const query = makeQuery(parseName(name), parseType(typed), { dnssecOk: words.includes('+dnssec') });
  const response = decodeMessage(encodeMessage(respond(makeZoneSet(zones), query)));
  const wanted = parseZoneFile(expected, { origin: rootName });
  return (
    problemOf(wanted) ??
    sameLines(linesOf(sectionOf(response, line)), linesOf(wanted.rrsets.flatMap(recordsOf)))
  );
}

function sectionOf(response: Message, line: string): readonly ResourceRecord[] {
  return /\+answ/.test(line) ? response.answer : response.authority;
}

function zoneIn(text: string): Zone {
  const { rrsets } = parseZoneFile(text, { origin: parseName('example.nl.') });
  const soa = rrsets.find(rrset => rrset.type === 'SOA');
  if (soa === undefined) throw new Error('the zone has no SOA');
  return makeZone(soa.owner, rrsets);
}
