import { isClassText, isTypeText, parseType } from '../../src/dns/iana.ts';
import { type Name, parseName, rootName, spellName } from '../../src/dns/name.ts';
import { octetsOfRdata, parseRdata } from '../../src/dns/rdata.ts';
import type { RRType } from '../../src/dns/rrset.ts';
import { messageOf } from '../../src/error.ts';
import type { Entry, Range, Scenario, ScriptedRecord, Setting, Step } from './rpl-scenario.ts';

/** The scenario in `text`. Throws an Error that names the line. */
export function parseScenario(text: string): Scenario {
  return new Parser(text).scenario();
}

/** The entries of a file that holds nothing else (testns). Throws an Error that names the line. */
export function parseEntries(text: string): readonly Entry[] {
  return new Parser(text).entries();
}

const flagWords: ReadonlySet<string> = new Set(['QR', 'AA', 'TC', 'RD', 'RA', 'AD', 'CD', 'DO', 'CO']);
const opcodeWords: ReadonlySet<string> = new Set(['QUERY', 'IQUERY', 'STATUS', 'NOTIFY', 'UPDATE']);
const sectionNames = ['answer', 'authority', 'additional'] as const;
type SectionName = (typeof sectionNames)[number];

/** The words that begin a line of their own; a line may go on behind one without a blank, as testbound reads them. */
const keywords = [
  ...['CONFIG_END', 'SCENARIO_BEGIN', 'SCENARIO_END', 'RANGE_BEGIN', 'RANGE_END', 'ENTRY_BEGIN', 'ENTRY_END'],
  ...['STEP', 'ADDRESS', 'MATCH', 'ADJUST', 'REPLY', 'FLAGS', 'SECTION', 'EXTRA_PACKET', 'MANDATORY', 'TSIG'],
  ...['HEX_ANSWER_BEGIN', 'HEX_ANSWER_END', 'HEX_EDNSDATA_BEGIN', 'HEX_EDNSDATA_END', 'RAW'],
];

/** The words of a line with its keyword apart from what stands directly behind it. */
function keyed(words: readonly string[]): readonly string[] {
  const [first = '', ...rest] = words;
  const keyword = keywords.find(word => first.startsWith(word));
  if (keyword === undefined || keyword === first || first.includes('.')) return words;
  return [keyword, first.slice(keyword.length), ...rest];
}

interface Draft {
  readonly line: number;
  readonly match: Set<string>;
  readonly adjust: Set<string>;
  readonly flags: Set<string>;
  sleepMs: number;
  opcode: string;
  rcode: string;
  question: Entry['question'];
  readonly sections: Record<SectionName, ScriptedRecord[]>;
  raw: Uint8Array | null;
  ednsData: Uint8Array | null;
  /** Records of further packets belong to none that is looked at. */
  extra: boolean;
}

class Parser {
  readonly #lines: readonly string[];
  #at = 0;
  #origin: Name = rootName;
  #ttl = 3600;
  #owner = '.';

  constructor(text: string) {
    this.#lines = text.split(/\r?\n/);
  }

  scenario(): Scenario {
    const settings = this.#settings();
    const ranges: Range[] = [];
    const steps: Step[] = [];
    let title = '';
    for (let words = this.#next(); words !== null; words = this.#next()) {
      const [first = ''] = words;
      if (first === 'SCENARIO_BEGIN') {
        title = words.slice(1).join(' ');
      } else if (first === 'SCENARIO_END') {
        break;
      } else if (first === 'RANGE_BEGIN') {
        ranges.push(this.#range(words));
      } else if (first === 'STEP') {
        steps.push(this.#step(words));
      } else {
        this.#directive(words);
      }
    }
    if (steps.length === 0) throw new Error('the file has no STEP');
    const flavour = settings.some(isSection) ? 'unbound' : 'deckard';
    return { flavour, title, settings, ranges, steps };
  }

  entries(): readonly Entry[] {
    const found: Entry[] = [];
    for (let words = this.#next(); words !== null; words = this.#next()) {
      if (words[0] === 'ENTRY_BEGIN') found.push(this.#entry());
      else this.#directive(words);
    }
    return found;
  }

  /** The words of the next line that is not blank. */
  #next(): readonly string[] | null {
    while (this.#at < this.#lines.length) {
      const words = keyed(wordsOf(this.#lines[this.#at] ?? '', false));
      this.#at += 1;
      if (words.length > 0) return words;
    }
    return null;
  }

  #peek(): readonly string[] | null {
    const before = this.#at;
    const words = this.#next();
    this.#at = before;
    return words;
  }

  #directive([first, second]: readonly string[]): void {
    if (first === '$ORIGIN' && second !== undefined) this.#origin = parseName(second);
    else if (first === '$TTL' && second !== undefined) this.#ttl = secondsOf(second) ?? this.#ttl;
    // Other lines are stray ones, which testbound skips.
  }

  #settings(): readonly Setting[] {
    const found: Setting[] = [];
    let hidden = false;
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at] ?? '';
      this.#at += 1;
      const words = keyed(wordsOf(line, true));
      const [first = ''] = words;
      if (first === 'CONFIG_END') return found;
      if (/^(AUTOTRUST_FILE|TEMPFILE_CONTENTS)$/.test(first)) hidden = true;
      if (hidden) {
        if (/^(AUTOTRUST_END|TEMPFILE_END)$/.test(first)) hidden = false;
        found.push({ key: first, value: words.slice(1).join(' ') });
        continue;
      }
      const match = /^\s*([a-zA-Z0-9_-]+):\s*(.*)$/.exec(line);
      if (match !== null && first !== '') {
        found.push({ key: match[1] ?? '', value: settingText(match[2] ?? '') });
      }
    }
    throw new Error('the file has no CONFIG_END');
  }

  #range(words: readonly string[]): Range {
    const [, from = '', to = '', address] = words;
    const addresses = address === undefined ? [] : [address];
    const entries: Entry[] = [];
    for (let line = this.#next(); line !== null && line[0] !== 'RANGE_END'; line = this.#next()) {
      if (line[0] === 'ADDRESS') addresses.push(...line.slice(1, 2));
      else if (line[0] === 'ENTRY_BEGIN') entries.push(this.#entry());
      else this.#directive(line);
    }
    return { from: Number(from), to: Number(to), addresses, entries };
  }

  #step(words: readonly string[]): Step {
    const line = this.#at;
    const [, id = '', kind = '', ...args] = words;
    let entry: Entry | null = null;
    for (let ahead = this.#peek(); ahead !== null; ahead = this.#peek()) {
      const [first = ''] = ahead;
      if (/^(STEP|SCENARIO_END|RANGE_BEGIN)$/.test(first) || entry !== null) break;
      this.#next();
      if (first === 'ENTRY_BEGIN') entry = this.#entry();
      else if (first === 'ADDRESS') args.push(...ahead);
      else this.#directive(ahead);
    }
    return { line, id: Number(id), kind, args, entry };
  }

  #entry(): Entry {
    const draft = emptyDraft(this.#at);
    let section: SectionName | 'question' | null = null;
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at] ?? '';
      this.#at += 1;
      const words = keyed(wordsOf(line, false));
      const [first = ''] = words;
      if (first === 'ENTRY_END') return finished(draft);
      try {
        section = this.#entryLine(draft, section, words, line);
      } catch (error) {
        throw new Error(`line ${this.#at}: ${messageOf(error)}`);
      }
    }
    throw new Error(`the entry of line ${draft.line} has no end`);
  }

  /** Takes one line of an entry; gives the section that the next one is in. */
  #entryLine(
    draft: Draft,
    section: SectionName | 'question' | null,
    words: readonly string[],
    line: string,
  ): SectionName | 'question' | null {
    const [first = '', second = ''] = words;
    switch (first) {
      case '':
      case 'MANDATORY':
      case 'TSIG':
        return section;
      case 'MATCH':
        for (const word of words.slice(1)) draft.match.add(word.toLowerCase());
        return section;
      case 'ADJUST':
        for (const word of words.slice(1)) adjust(draft, word);
        return section;
      case 'REPLY':
      case 'FLAGS':
        for (const word of words.slice(1)) flag(draft, word);
        return section;
      case 'SECTION':
        return sectionOf(second);
      case 'EXTRA_PACKET':
        draft.extra = true;
        return null;
      case 'HEX_ANSWER_BEGIN':
        draft.raw = this.#hex('HEX_ANSWER_END');
        return section;
      case 'HEX_EDNSDATA_BEGIN':
        draft.ednsData = this.#hex('HEX_EDNSDATA_END');
        return section;
      case 'RAW':
        draft.raw = hexOctets(wordsOf(this.#lines[this.#at] ?? '', false).join(''));
        this.#at += 1;
        return section;
    }
    if (/^\$(ORIGIN|TTL)$/.test(first)) this.#directive(words);
    else if (section === 'question') draft.question = this.#question(words);
    else if (section !== null) {
      const record = this.#record(words, /^\s/.test(line));
      if (!draft.extra) draft.sections[section].push(record);
    }
    return section;
  }

  #hex(end: string): Uint8Array {
    let text = '';
    for (let words = this.#next(); words !== null && words[0] !== end; words = this.#next()) {
      text += words.join('');
    }
    return hexOctets(text);
  }

  #question(words: readonly string[]): Entry['question'] {
    const [owner = '', ...rest] = words;
    const [first = '', second] = rest;
    const [questionClass, type] = second === undefined ? ['IN', first] : [first, second];
    const spelling = spellName(owner, this.#origin);
    return { name: parseName(spelling), spelling, type: parseType(type), class: questionClass.toUpperCase() };
  }

  /** One record; a line that is indented and begins with a TTL, class or type belongs to the owner before. */
  #record(words: readonly string[], indented: boolean): ScriptedRecord {
    const rest = [...words];
    if (!(indented && continues(words))) this.#owner = spellName(rest.shift() ?? '', this.#origin);
    let ttl = this.#ttl;
    let recordClass = 'IN';
    for (;;) {
      const [word = ''] = rest;
      const seconds = secondsOf(word);
      if (seconds !== null) ttl = seconds;
      else if (isClassText(word) && !(word.toUpperCase() === 'ANY' && rest.length === 1))
        recordClass = word.toUpperCase();
      else break;
      rest.shift();
    }
    const type = parseType(rest.shift() ?? '');
    return { owner: this.#owner, type, class: recordClass, ttl, octets: this.#data(type, rest) };
  }

  #data(type: RRType, words: readonly string[]): Uint8Array {
    if (words[0] === '\\#') return hexOctets(words.slice(2).join(''));
    return octetsOfRdata(type, parseRdata(type, words.join(' '), this.#origin));
  }
}

function emptyDraft(line: number): Draft {
  return {
    line,
    match: new Set(),
    adjust: new Set(),
    flags: new Set(),
    sleepMs: 0,
    opcode: 'QUERY',
    rcode: 'NOERROR',
    question: null,
    sections: { answer: [], authority: [], additional: [] },
    raw: null,
    ednsData: null,
    extra: false,
  };
}

function finished({ extra, ...entry }: Draft): Entry {
  return entry;
}

function adjust(draft: Draft, word: string): void {
  const sleep = /^(?:packet_)?sleep=(\d+)$/.exec(word.toLowerCase());
  if (sleep !== null) draft.sleepMs = Number(sleep[1]) * 1000;
  else draft.adjust.add(word.toLowerCase());
}

function flag(draft: Draft, word: string): void {
  const upper = word.toUpperCase();
  if (flagWords.has(upper)) draft.flags.add(upper);
  else if (opcodeWords.has(upper)) draft.opcode = upper;
  else draft.rcode = upper === 'NOTIMPL' ? 'NOTIMP' : upper;
}

function sectionOf(word: string): SectionName | 'question' | null {
  const lower = word.toLowerCase();
  if (lower === 'question') return 'question';
  return sectionNames.find(name => name === lower) ?? null;
}

/** The words of a line without its comment; quotes hold blanks and `;` together. */
function wordsOf(line: string, hashComments: boolean): readonly string[] {
  const words: string[] = [];
  const pattern = /"(?:[^"\\]|\\.)*"|\\.|[^\s"\\]/gy;
  let word = '';
  const push = (): void => {
    if (word !== '') words.push(word);
    word = '';
  };
  for (let at = 0; at < line.length; ) {
    const character = line[at] ?? '';
    if (character === ';' || (hashComments && character === '#')) break;
    if (/\s/.test(character)) {
      push();
      at += 1;
      continue;
    }
    pattern.lastIndex = at;
    const taken = pattern.exec(line)?.[0] ?? character;
    word += taken;
    at += taken.length;
  }
  push();
  return words;
}

const sectionWords: ReadonlySet<string> = new Set(
  'server stub-zone forward-zone auth-zone remote-control view rpz python dynlib dnstap cachedb ipset dnscrypt'.split(
    ' ',
  ),
);

/** Whether a setting opens a section of unbound.conf, which the other form of configuration has not. */
function isSection({ key, value }: Setting): boolean {
  return value === '' && sectionWords.has(key);
}

/** The value of a setting: what is in quotes, or the text up to a comment. */
function settingText(text: string): string {
  const quoted = /^"([^"]*)"/.exec(text);
  return (quoted?.[1] ?? text.replace(/\s*[#;].*$/, '')).trim();
}

function continues(words: readonly string[]): boolean {
  const [first = '', second = ''] = words;
  const isHead = (word: string): boolean => isClassText(word) || isTypeText(word);
  return isHead(first) || (secondsOf(first) !== null && isHead(second));
}

/** The seconds of a TTL such as `3600` or `1h30m`; null when it is none. */
function secondsOf(text: string): number | null {
  if (/^\d+$/.test(text)) return Number(text);
  if (!/^(\d+[smhdw])+$/i.test(text)) return null;
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/gi)) {
    sum += Number(count) * (units[(unit ?? '').toLowerCase()] ?? 0);
  }
  return sum;
}

function hexOctets(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/[^0-9a-fA-F]/g, ''), 'hex'));
}
