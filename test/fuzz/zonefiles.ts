import { parseName } from '../../src/dns/name.ts';
import type { RRset } from '../../src/dns/rrset.ts';
import { type ParsedZoneFile, parseZoneFile, printRRset } from '../../src/dns/zonefile.ts';
import { ZoneFileReader } from '../../src/dns/zonefile-stream.ts';
import { Dice } from '../dns/generate.ts';
import { randomZoneText } from '../dns/generate-zone.ts';
import { mutatedText } from './mutate.ts';
import { zoneVectors } from './seeds.ts';
import { measure, Tally } from './tally.ts';

/** No zone file takes longer, in milliseconds, on a busy machine too: one `$GENERATE` can make 65,536 records. */
const fileLimitMs = 10_000;

const poolSize = 128;
const poolAge = 16;
const origin = parseName('example.');

/** Mutates `count` zone files. */
export function fuzzZoneFiles(count: number, seed: number): Tally {
  const tally = new Tally('zonefile');
  const dice = new Dice(seed);
  const vectors = zoneVectors();
  const pool = Array.from({ length: poolSize }, () => randomZoneText(dice));
  for (let at = 0; at < count; at += 1) {
    if (at % poolAge === 0) pool[dice.below(poolSize)] = randomZoneText(dice);
    const from = vectors.length > 0 && dice.oneIn(16) ? dice.pick(vectors) : dice.pick(pool);
    tryZoneFile(tally, dice, at, mutatedText(dice, from, dice.pick(pool)));
  }
  return tally;
}

/** One file: records and problems with their places, no throw; what it prints reads as the same without a problem. */
function tryZoneFile(tally: Tally, dice: Dice, at: number, text: string): void {
  const input = (): string => JSON.stringify(text);
  let parsed: ParsedZoneFile | null = null;
  let thrown: unknown = null;
  const milliseconds = measure(tally, fileLimitMs, () => {
    try {
      parsed = parseZoneFile(text, {
        origin,
        include: file => (file === 'file.db' ? 'a 60 A 192.0.2.1\n' : null),
      });
    } catch (error) {
      thrown = error;
    }
  });
  tally.cases += 1;
  tally.octets += text.length;
  tally.took(milliseconds, input);
  if (milliseconds > fileLimitMs) tally.fail(at, `took ${milliseconds.toFixed(0)} ms`, input());
  if (thrown !== null)
    tally.fail(at, `threw ${String(thrown instanceof Error ? thrown.stack : thrown)}`, input());
  if (parsed === null) return;
  const { rrsets, problems }: ParsedZoneFile = parsed;
  if (problems.length === 0) tally.values += 1;
  const lines = text.split('\n').length;
  const lost = problems.find(problem => problem.line < 1 || problem.line > lines || problem.column < 1);
  if (lost !== undefined) tally.fail(at, `a problem without a place: ${JSON.stringify(lost)}`, input());
  const fault = wayBackFault(rrsets) ?? (dice.oneIn(8) ? piecesFault(dice, text) : null);
  if (fault !== null) tally.fail(at, fault, input());
}

function wayBackFault(rrsets: readonly RRset[]): string | null {
  const text = rrsets.map(printRRset).join('');
  try {
    const again = parseZoneFile(text, { origin });
    const [problem] = again.problems;
    if (problem !== undefined) return `what it prints has a problem: ${JSON.stringify(problem)}`;
    return again.rrsets.map(printRRset).join('') === text ? null : 'what it prints reads as something else';
  } catch (error) {
    return `reading what it prints threw ${String(error)}`;
  }
}

/** Text that comes in pieces gives the same records and problems as the whole. */
function piecesFault(dice: Dice, text: string): string | null {
  const whole = itemsOf([text]);
  const pieces: string[] = [];
  const size = dice.pick([3, 20, 100, 400]);
  for (let from = 0; from < text.length; ) {
    const to = from + dice.between(1, size);
    pieces.push(text.slice(from, to));
    from = to;
  }
  return itemsOf(pieces) === whole
    ? null
    : `another result in pieces: ${JSON.stringify(pieces.map(piece => piece.length))}`;
}

function itemsOf(pieces: readonly string[]): string {
  const reader = new ZoneFileReader({ origin });
  const items = pieces.flatMap(piece => [...reader.push(piece)]);
  return JSON.stringify([...items, ...reader.end()]);
}
