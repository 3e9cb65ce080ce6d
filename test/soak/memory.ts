import { readdirSync, readFileSync } from 'node:fs';

/** A process at one moment. */
export interface Sample {
  /** Seconds since the first sample. */
  readonly atSeconds: number;
  readonly residentOctets: number;
  readonly openFiles: number;
}

/** The process as it is now; null when it is gone. */
export function sampleOf(pid: number, atSeconds: number): Sample | null {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    const residentOctets = 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? Number.NaN);
    if (Number.isNaN(residentOctets)) return null;
    return { atSeconds, residentOctets, openFiles: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return null;
  }
}

/** How memory went after the warm-up, by a straight line through the samples (least squares). */
export interface Trend {
  readonly meanOctets: number;
  readonly octetsPerMinute: number;
  /** What the line gains over the whole time judged, as a share of the mean. */
  readonly gained: number;
  readonly maxOctets: number;
}

/** The trend of the samples from `fromSeconds` on. */
export function trendOf(samples: readonly Sample[], fromSeconds: number): Trend {
  const judged = samples.filter(({ atSeconds }) => atSeconds >= fromSeconds);
  const mean = (of: (sample: Sample) => number): number =>
    judged.reduce((sum, sample) => sum + of(sample), 0) / judged.length;
  const meanAt = mean(sample => sample.atSeconds);
  const meanOctets = mean(sample => sample.residentOctets);
  let above = 0;
  let below = 0;
  for (const { atSeconds, residentOctets } of judged) {
    above += (atSeconds - meanAt) * (residentOctets - meanOctets);
    below += (atSeconds - meanAt) ** 2;
  }
  const perSecond = below === 0 ? 0 : above / below;
  const seconds = (judged.at(-1)?.atSeconds ?? 0) - (judged[0]?.atSeconds ?? 0);
  return {
    meanOctets,
    octetsPerMinute: 60 * perSecond,
    gained: (perSecond * seconds) / meanOctets,
    maxOctets: Math.max(...judged.map(({ residentOctets }) => residentOctets)),
  };
}
