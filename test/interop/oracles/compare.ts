import { octetsOfRdata, parseRdata } from '../../../src/dns/rdata.ts';
import { messageOf } from '../../../src/error.ts';
import { type KnownDifference, knownDifferences } from './differences.ts';
import { type Reading, refusal, type Sample } from './samples.ts';

/** What came of comparing samples with the readings of one program. */
export interface Comparison {
  /** Readings that agree: two for each sample at most. */
  readonly agreed: number;
  /** How often each known difference was met. */
  readonly explained: ReadonlyMap<KnownDifference, number>;
  readonly unexplained: readonly string[];
}

/** Compares what zonecut and `program` make of each sample, from our text and from its octets. */
export function compare(
  program: KnownDifference['program'],
  samples: readonly Sample[],
  readings: ReadonlyMap<number, Reading>,
): Comparison {
  let agreed = 0;
  const explained = new Map<KnownDifference, number>();
  const unexplained: string[] = [];
  for (const sample of samples) {
    const wanted = Buffer.from(sample.octets).toString('hex');
    const reading = readings.get(sample.id) ?? { octets: refusal, text: refusal };
    const answers = [
      { way: 'reads', theirs: reading.octets, got: reading.octets },
      { way: 'writes', theirs: reading.text, got: octetsOf(sample, reading.text) },
    ] as const;
    for (const { way, theirs, got } of answers) {
      if (got === wanted) {
        agreed += 1;
        continue;
      }
      const known = knownDifferences.find(entry => covers(entry, program, way, sample, theirs));
      if (known === undefined) {
        unexplained.push(
          `${program} ${way} ${sample.type}\n ours ${sample.text}\n theirs ${theirs}\n want ${wanted}\n got  ${got}`,
        );
      } else explained.set(known, (explained.get(known) ?? 0) + 1);
    }
  }
  return { agreed, explained, unexplained };
}

function octetsOf(sample: Sample, text: string): string {
  if (text.startsWith(refusal)) return text;
  try {
    return Buffer.from(octetsOfRdata(sample.type, parseRdata(sample.type, text))).toString('hex');
  } catch (error) {
    return `${refusal}${messageOf(error)}`;
  }
}

function covers(
  entry: KnownDifference,
  program: string,
  way: 'reads' | 'writes',
  sample: Sample,
  theirs: string,
): boolean {
  return (
    entry.program === program &&
    (entry.way === 'both' || entry.way === way) &&
    (entry.types.includes('*') || entry.types.includes(sample.type)) &&
    (entry.ours?.test(sample.text) ?? true) &&
    (entry.theirs?.test(theirs) ?? true)
  );
}

/** Whether the program is known to refuse or misread our text of `sample`. */
export function isKnownToDiffer(program: KnownDifference['program'], sample: Sample): boolean {
  return knownDifferences.some(
    entry =>
      entry.program === program &&
      entry.way !== 'writes' &&
      entry.types.includes(sample.type) &&
      (entry.ours?.test(sample.text) ?? true),
  );
}

/** The samples that `program` should take, and by type those that it is known to refuse: one could spoil a whole zone. */
export function apart(
  program: KnownDifference['program'],
  samples: readonly Sample[],
): readonly (readonly Sample[])[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = isKnownToDiffer(program, sample) ? sample.type : '';
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [sample]);
    else group.push(sample);
  }
  return [...groups.values()];
}

/** The figures of a comparison, a line each, for the log of the run. */
export function figuresOf(program: string, samples: number, comparison: Comparison): string {
  const { agreed, explained, unexplained } = comparison;
  const known = [...explained].map(
    ([entry, count]) => `  ${count} ${entry.way} ${entry.types.join(' ')}: ${entry.why} (${entry.rfc})`,
  );
  return [
    `${program}: ${samples} records, ${agreed} readings agree, ${unexplained.length} differ without a reason; known:`,
    ...known,
  ].join('\n');
}
