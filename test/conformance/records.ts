import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseType, typeNumber } from '../../src/dns/iana.ts';
import { octetsOfName, parseName, rootName } from '../../src/dns/name.ts';
import { octetsOfRdata, parseRdata, rdataFromOctets, rdataFromTokens } from '../../src/dns/rdata.ts';
import { TokenReader, zoneTextOf } from '../../src/dns/text.ts';
import { type Entry, entriesOf } from '../../src/dns/zonefile-entries.ts';
import { isZonecutError } from '../../src/error.ts';
import { hexOf, type Json, objectsOf, octetsOfHex, type Suite, textAt } from './suite.ts';

/** The hexadecimal octets of data given as text. */
function hexOfText(type: string, text: string): string {
  return hexOf(octetsOfRdata(type, parseRdata(type, text)));
}

function different(what: string, got: string, wanted: string): string | null {
  return got.toLowerCase() === wanted.toLowerCase() ? null : `${what}: ${got}, not ${wanted}`;
}

/** rr-vectors.json: text, octets and the form of RFC 3597 give one another. */
export function checkRecordVectors(folder: string, suite: Suite): void {
  const file = join(folder, 'rr-vectors.json');
  if (!existsSync(file)) return;
  for (const vector of objectsOf(readFileSync(file, 'utf8'))) {
    const text = textAt(vector, 'text');
    const type = parseType(textAt(vector, 'type'));
    suite.check(`rr-vectors ${type} ${text.slice(0, 60)}`, () => recordVector(vector, type, text));
  }
}

function recordVector(vector: Json, type: string, text: string): string | null {
  const hex = textAt(vector, 'rdata');
  const rdata = rdataFromOctets(type, octetsOfHex(hex));
  const bind = textAt(vector, 'bindText').replace(/^\S+\t\S+\t/, '');
  return (
    different(
      'owner',
      hexOf(octetsOfName(parseName(textAt(vector, 'owner')))),
      textAt(vector, 'ownerWire'),
    ) ??
    different('number', String(typeNumber(type)), String(vector['typeNum'])) ??
    different('octets of the text', hexOfText(type, text), hex) ??
    different('octets of the octets', hexOf(octetsOfRdata(type, rdata)), hex) ??
    different('octets of our text', hexOfText(type, rdata), hex) ??
    different('text of our text', parseRdata(type, rdata), rdata) ??
    different('octets of RFC 3597', hexOfText(type, textAt(vector, 'generic')), hex) ??
    (bind === '' ? null : different('octets of the text of BIND', hexOfText(type, bind), hex))
  );
}

/** bind-rdata-cases.json: what is legal data and what is not. */
export function checkRdataCases(folder: string, suite: Suite): void {
  const file = join(folder, 'bind-rdata-cases.json');
  if (!existsSync(file)) return;
  const groups: unknown = JSON.parse(readFileSync(file, 'utf8'));
  for (const [name, group] of Object.entries(groups ?? {})) {
    const type = name.split('/')[0] ?? '';
    const cases: unknown = group['cases'];
    if (!Array.isArray(cases)) throw new Error(`${name} has no cases`);
    for (const item of objectsOf(JSON.stringify(cases))) {
      const value = textAt(item, item['kind'] === 'text' ? 'text' : 'hex');
      suite.check(`bind-rdata-cases ${name} ${item['kind']} ${value.slice(0, 200)}`, () =>
        rdataCase(type, item, value),
      );
    }
  }
}

function rdataCase(type: string, item: Json, value: string): string | null {
  const isText = item['kind'] === 'text';
  const read = (): string => (isText ? parseRdata(type, value) : rdataFromOctets(type, octetsOfHex(value)));
  if (item['valid'] !== true) {
    try {
      return `taken as ${read()}`;
    } catch (error) {
      return isZonecutError(error, 'ZC_RDATA', 'ZC_NAME') ? null : `threw ${String(error)}`;
    }
  }
  const rdata = read();
  const octets = hexOf(
    octetsOfRdata(type, rdataFromOctets(type, octetsOfRdata(type, parseRdata(type, rdata)))),
  );
  if (!isText) return different('octets', octets, value);
  // The canonical text of BIND is one spelling of several; its octets are what counts.
  return different('octets', octets, hexOfText(type, textAt(item, 'canonical') || '\\# 0'));
}

/** unbound/test_ldnsrr.N and .cN: lines of a zone, each with its octets and its text. */
export function checkLdnsRecords(folder: string, suite: Suite): void {
  for (let at = 1; existsSync(join(folder, 'unbound', `test_ldnsrr.c${at}`)) || at <= 5; at += 1) {
    const pairs = join(folder, 'unbound', `test_ldnsrr.c${at}`);
    if (!existsSync(pairs)) continue;
    const lines = zoneTextOf(readFileSync(pairs)).split('\n');
    const source = join(folder, 'unbound', `test_ldnsrr.${at}`);
    const inputs = existsSync(source) ? recordLines(zoneTextOf(readFileSync(source))) : [];
    for (let line = 0; line + 1 < lines.length; line += 2) {
      const [hex, text] = [lines[line] ?? '', lines[line + 1] ?? ''];
      suite.check(`test_ldnsrr.c${at} line ${line + 1} ${text.slice(0, 50)}`, () => ldnsRecord(hex, text));
      const input = inputs[line / 2];
      if (input !== undefined)
        suite.check(`test_ldnsrr.${at} record ${line / 2 + 1}`, () => ldnsRecord(hex, input));
    }
  }
}

function recordLines(text: string): readonly string[] {
  return text.split('\n').filter(line => line.trim() !== '' && !line.startsWith(';'));
}

function ldnsRecord(hex: string, text: string): string | null {
  const octets = octetsOfHex(hex);
  let at = 0;
  while ((octets[at] ?? 0) !== 0) at += (octets[at] ?? 0) + 1;
  const view = new DataView(octets.buffer, at + 1);
  const entry = entriesOf(text).next();
  if (entry === null || 'message' in entry) return 'the line is no record';
  const [owner, ttl, , type, ...rest] = entry.tokens;
  if (owner === undefined || type === undefined) return 'the line is no record';
  const known = parseType(type.text);
  const data = hexOf(octets.subarray(at + 11));
  const rdata = rdataFromTokens(known, new TokenReader(rest, rootName));
  const fromOctets = rdataFromOctets(known, octets.subarray(at + 11));
  return (
    different('owner', hexOf(octetsOfName(parseName(owner.text))), hexOf(octets.subarray(0, at + 1))) ??
    different('type', String(typeNumber(known)), String(view.getUint16(0))) ??
    different('TTL', String(ttl?.text), String(view.getUint32(4))) ??
    different('length', String(octets.length - at - 11), String(view.getUint16(8))) ??
    lowerNames(hexOf(octetsOfRdata(known, rdata)), data) ??
    different('text of the octets', fromOctets, rdata)
  );
}

/** Octets that differ in the case of letters only are alike here: names fold (RFC 4343). */
function lowerNames(got: string, wanted: string): string | null {
  const fold = (hex: string): string =>
    octetsOfHex(hex)
      .map(o => (o >= 0x41 && o <= 0x5a ? o + 32 : o))
      .join();
  return got === wanted.toLowerCase() || fold(got) === fold(wanted) ? null : `octets: ${got}, not ${wanted}`;
}

/** dnspython/svcb_test_vectors: the pairs of RFC 9460 appendix D. */
export function checkServiceVectors(folder: string, suite: Suite): void {
  const text = join(folder, 'dnspython', 'svcb_test_vectors.text');
  const generic = join(folder, 'dnspython', 'svcb_test_vectors.generic');
  if (!existsSync(text) || !existsSync(generic)) return;
  const texts = entryListOf(readFileSync(text, 'utf8'));
  const generics = entryListOf(readFileSync(generic, 'utf8'));
  for (const [at, entry] of texts.entries()) {
    suite.check(`svcb_test_vectors ${at + 1}`, () => {
      const other = generics[at];
      if (other === undefined) return 'no generic form';
      const skip = entry.tokens[0]?.text.toUpperCase() === 'SVCB' ? 1 : 0;
      const got = rdataFromTokens('SVCB', new TokenReader(entry.tokens.slice(skip), rootName));
      return different('data', got, rdataFromTokens('SVCB', new TokenReader(other.tokens, rootName)));
    });
  }
}

function entryListOf(text: string): readonly Entry[] {
  const reader = entriesOf(text);
  const entries: Entry[] = [];
  for (let entry = reader.next(); entry !== null; entry = reader.next()) {
    if ('message' in entry) throw new Error(entry.message);
    entries.push(entry);
  }
  return entries;
}
