import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { knownTypes } from '../../src/dns/iana.ts';
import type { Message } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { OctetReader } from '../../src/dns/octets.ts';
import { octetsOfRdata, parseRdata, rdataFromOctets } from '../../src/dns/rdata.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { parseZoneFile } from '../../src/dns/zonefile.ts';
import { isZonecutError } from '../../src/error.ts';
import { objectsOf, octetsOfHex, type Suite, textAt } from './suite.ts';

/** No packet may take longer, in milliseconds; a slow one gets more tries, for the machine may be busy. */
const packetLimitMs = 5;
const tries = 5;

interface Decoded {
  readonly message: Message | null;
  /** Null when the decoder kept its promises. */
  readonly why: string | null;
}

/** Decodes: a value or ZC_WIRE, in time. */
function decode(octets: Uint8Array): Decoded {
  let message: Message | null = null;
  let fastest = Number.POSITIVE_INFINITY;
  for (let left = tries; left > 0 && fastest > packetLimitMs; left -= 1) {
    const start = performance.now();
    try {
      message = decodeMessage(octets);
    } catch (error) {
      if (!isZonecutError(error, 'ZC_WIRE')) return { message: null, why: `threw ${String(error)}` };
    }
    fastest = Math.min(fastest, performance.now() - start);
  }
  return { message, why: fastest > packetLimitMs ? `took ${fastest.toFixed(1)} ms` : null };
}

/** A message that was decoded encodes to one that decodes to the same. */
function roundTrip(message: Message): string | null {
  const octets = encodeMessage(message);
  if (octets.length > 65535) return `encodes to ${octets.length} octets`;
  return isDeepStrictEqual(decodeMessage(octets), message) ? null : 'another message after encoding';
}

/** What is expected of a packet: `either` means a value or the decoder's own error. */
type Expected = 'accept' | 'reject' | 'either';

function packet(octets: Uint8Array, expected: Expected): string | null {
  const { message, why } = decode(octets);
  if (why !== null) return why;
  if (expected === 'accept' && message === null) return `refused: ${reasonOf(octets)}`;
  if (expected === 'reject' && message !== null) return 'taken';
  return message === null || (message.truncated && octets.length > 65535) ? null : roundTrip(message);
}

function reasonOf(octets: Uint8Array): string {
  try {
    decodeMessage(octets);
    return 'nothing';
  } catch (error) {
    return String(error);
  }
}

/** malformed.json, deckard-badraw.json and fuzz-packets.json. */
export function checkPacketFiles(folder: string, suite: Suite): void {
  for (const name of ['malformed.json', 'deckard-badraw.json', 'fuzz-packets.json']) {
    const file = join(folder, name);
    if (!existsSync(file)) continue;
    for (const [at, vector] of objectsOf(readFileSync(file, 'utf8')).entries()) {
      const expect = textAt(vector, 'expect');
      const expected = expect === 'accept' || expect === 'reject' ? expect : 'either';
      const id = textAt(vector, 'id') || String(at);
      suite.check(`${name} ${id}`, () => packet(octetsOfHex(textAt(vector, 'hex')), expected));
    }
  }
}

/** unbound/test_packets.N: hexadecimal, one packet a line, or parted by comments. */
export function checkPacketTexts(folder: string, suite: Suite): void {
  const inside = join(folder, 'unbound');
  if (!existsSync(inside)) return;
  for (const name of readdirSync(inside)
    .filter(file => /^test_packets\.\d+$/.test(file))
    .sort()) {
    for (const [at, item] of packetsOf(readFileSync(join(inside, name), 'latin1')).entries()) {
      suite.check(`${name} ${at + 1}`, () => packet(octetsOfHex(item.hex), item.expected));
    }
  }
}

function packetsOf(text: string): readonly { readonly hex: string; readonly expected: Expected }[] {
  const comments = text.split('\n').some(line => line.startsWith(';'));
  if (!comments) {
    const lines = text.split('\n').filter(line => /^([0-9a-f]{2}){6,}$/i.test(line.trim()));
    return lines.map(line => ({ hex: line.trim(), expected: 'either' }));
  }
  const parts = text.split(/^;-- next packet --.*$/m);
  return parts.flatMap(part => {
    const hex = part.replace(/;.*$/gm, '').replace(/\s+/g, '');
    return hex === '' ? [] : [{ hex, expected: expectedBy(part) }];
  });
}

/** The comment before a hand-made packet says what it is. */
function expectedBy(part: string): Expected {
  if (/valid packet|correct compression/i.test(part)) return 'accept';
  return /loop to self|bad compression|double OPT/i.test(part) ? 'reject' : 'either';
}

/** fuzz-names.json: a name at offset 0, as the oracle reads it. */
export function checkNameBuffers(folder: string, suite: Suite): void {
  const file = join(folder, 'fuzz-names.json');
  if (!existsSync(file)) return;
  for (const [at, vector] of objectsOf(readFileSync(file, 'utf8')).entries()) {
    const verdict = textAt(vector, 'dnspython');
    suite.check(`fuzz-names.json ${textAt(vector, 'id') || at}`, () => {
      const taken = survives(() => new OctetReader(octetsOfHex(textAt(vector, 'hex')), 'ZC_WIRE').name());
      if (verdict === '') return null;
      return taken === verdict.startsWith('accept')
        ? null
        : `${taken ? 'taken' : 'refused'}, the oracle: ${verdict}`;
    });
  }
}

/** Whether `run` gives a value; false when it throws an error of ours, and any other error goes on. */
function survives(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (!isZonecutError(error, 'ZC_WIRE', 'ZC_RDATA', 'ZC_NAME', 'ZC_ZONEFILE')) throw error;
    return false;
  }
}

/** bind-fuzz/: seeds for readers of text and of record data, in files or folders of the harness's name. */
export function checkFuzzSeeds(folder: string, suite: Suite): void {
  const inside = join(folder, 'bind-fuzz');
  if (!existsSync(inside)) return;
  for (const file of filesIn(inside)) {
    const octets = new Uint8Array(readFileSync(file));
    suite.check(`bind-fuzz ${file.slice(inside.length + 1)}`, () => seed(file, octets));
  }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .map(name => join(folder, name))
    .flatMap(path => (statSync(path).isDirectory() ? filesIn(path) : [path]));
}

function seed(file: string, octets: Uint8Array): string | null {
  const text = Buffer.from(octets).toString('latin1');
  if (file.includes('master')) {
    parseZoneFile(text, { origin: parseName('example.') });
    parseZoneFile(Buffer.from(octets).toString('utf8'), { origin: parseName('example.') });
  } else if (file.includes('name_fromtext')) {
    for (const line of text.split('\n')) survives(() => parseName(line));
  } else if (file.includes('fromwire')) {
    return everyTypeOfOctets(octets) ?? everyTypeOfOctets(octets.subarray(4));
  } else {
    for (const type of knownTypes) survives(() => parseRdata(type, text));
    parseZoneFile(text, { origin: parseName('example.') });
  }
  if (basename(file).includes('message')) return packet(octets, 'either');
  return null;
}

/** As data of every type the octets are refused, or their text gives them back. */
function everyTypeOfOctets(octets: Uint8Array): string | null {
  for (const type of knownTypes) {
    let text = '';
    const taken = survives(() => {
      text = rdataFromOctets(type, octets);
    });
    if (!taken) continue;
    const again = rdataFromOctets(type, octetsOfRdata(type, parseRdata(type, text)));
    if (again !== text) return `${type}: ${text} becomes ${again}`;
  }
  return null;
}
