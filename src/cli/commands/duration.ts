import { ZonecutError } from '../../error.ts';

const secondsIn: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400 };

/** Seconds of `90`, `90s`, `15m`, `2h` or `1d`. Throws ZC_USAGE. */
export function parseDuration(text: string): number {
  const parts = /^(\d{1,9})([smhd]?)$/.exec(text);
  const unit = secondsIn[parts?.[2] === '' ? 's' : (parts?.[2] ?? '')];
  if (parts === null || unit === undefined) {
    throw new ZonecutError('ZC_USAGE', `"${text}" is no duration`, {
      hint: 'Give a number with s, m, h or d, such as 90s or 48h.',
    });
  }
  return Number(parts[1]) * unit;
}
