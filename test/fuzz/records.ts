import { octetsOfRdata, parseRdata, rdataFromOctets } from '../../src/dns/rdata.ts';
import type { Rdata } from '../../src/dns/rrset.ts';
import { isZonecutError } from '../../src/error.ts';
import { Dice } from '../dns/generate.ts';
import { generatedTypes, randomData } from '../dns/generate-rdata.ts';
import { mutatedOctets, mutatedText } from './mutate.ts';
import { measure, Tally } from './tally.ts';

const recordLimitMs = 5;

/** Mutates the data of `count` records, of every type in turn: octets and text of each. */
export function fuzzRecords(count: number, seed: number): Tally {
  const tally = new Tally('rdata');
  const dice = new Dice(seed);
  for (let at = 0; at < count; at += 1) {
    const type = generatedTypes[(at >> 1) % generatedTypes.length] ?? 'A';
    const { octets } = randomData(dice, type);
    const other = randomData(dice, dice.oneIn(2) ? type : dice.pick(generatedTypes)).octets;
    if (at % 2 === 0) {
      const mutated = mutatedOctets(dice, octets, other);
      tryRecord(tally, at, `${type} ${Buffer.from(mutated).toString('hex')}`, type, () =>
        rdataFromOctets(type, mutated),
      );
    } else {
      const mutated = mutatedText(dice, rdataFromOctets(type, octets), `${other.length} ${other.join(' ')}`);
      tryRecord(tally, at, `${type} ${JSON.stringify(mutated)}`, type, () => parseRdata(type, mutated));
    }
  }
  return tally;
}

/** One value: ZC_RDATA or ZC_NAME, in time, or data that gives itself back by way of text and of octets. */
function tryRecord(tally: Tally, at: number, input: string, type: string, read: () => Rdata): void {
  let data: Rdata | null = null;
  let thrown: unknown = null;
  const milliseconds = measure(tally, recordLimitMs, () => {
    try {
      data = read();
    } catch (error) {
      thrown = error;
    }
  });
  tally.cases += 1;
  tally.octets += input.length >> 1;
  tally.took(milliseconds, () => input);
  if (milliseconds > recordLimitMs) tally.fail(at, `took ${milliseconds.toFixed(2)} ms`, input);
  if (thrown !== null && !isZonecutError(thrown, 'ZC_RDATA', 'ZC_NAME')) {
    tally.fail(at, `threw ${String(thrown instanceof Error ? thrown.stack : thrown)}`, input);
  }
  if (data === null) return;
  tally.values += 1;
  const fault = wayBackFault(type, data);
  if (fault !== null) tally.fail(at, fault, input);
}

function wayBackFault(type: string, data: Rdata): string | null {
  try {
    const byText = parseRdata(type, data);
    if (byText !== data) return `${data} reads as ${byText}`;
    const byOctets = rdataFromOctets(type, octetsOfRdata(type, data));
    return byOctets === data ? null : `${data} comes back from octets as ${byOctets}`;
  } catch (error) {
    return `the way back threw ${String(error instanceof Error ? error.stack : error)}`;
  }
}
