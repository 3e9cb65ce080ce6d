/** How text is set off for a terminal, or not at all. Meaning is never carried by colour alone. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  name(text: string): string;
  /** Signs for done, failed, odd, under way. */
  readonly signs: {
    readonly done: string;
    readonly failed: string;
    readonly odd: string;
    readonly busy: string;
  };
}

const same = (text: string): string => text;

/** No colour and no sign outside ASCII: for files, pipes and `TERM=dumb`. */
export const plainPaint: Paint = {
  bold: same,
  dim: same,
  good: same,
  bad: same,
  warn: same,
  name: same,
  signs: { done: 'ok', failed: 'FAIL', odd: '!', busy: '..' },
};

/** `12 s`, `4 min 05 s`, `1 h 00 min`, `2 d 00 h`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  }
  if (whole < 86400) {
    return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  }
  return `${Math.floor(whole / 86400)} d ${two(Math.floor((whole % 86400) / 3600))} h`;
}

/** `1 record`, `4 records`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Rows whose columns stand below each other; the last column is not padded. */
export function tableText(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, visibleLength(cell));
    });
  }
  const lines = rows.map(row =>
    row
      .map((cell, at) =>
        at === row.length - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - visibleLength(cell)),
      )
      .join('  '),
  );
  return lines.map(line => `${indent}${line.trimEnd()}\n`).join('');
}

/** Length without the escape sequences of colours (ECMA-48 section 8.3.117, SGR). */
function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with ESC.
  return text.replace(/\u001b\[[0-9;]*m/g, '').length;
}
