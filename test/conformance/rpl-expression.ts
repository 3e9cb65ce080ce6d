/** What an expression may read beside the variables. */
export interface Readings {
  /** Seconds since 1970. */
  readonly time: number;
  /** Seconds that the query sent last is waited for; 0 when none is. */
  readonly timeout: number;
}

/**
 * The text with its macros `${...}` replaced, the innermost first: `$variable`, `time`, `timeout`, `ctime n`,
 * `range low value high`, and `+ - * /` strictly from left to right. Throws an Error when one cannot be read.
 */
export function expanded(text: string, variables: ReadonlyMap<string, string>, readings: Readings): string {
  let left = text;
  for (let rounds = 0; rounds < 100; rounds += 1) {
    const macro = /\$\{([^${}]*(?:\$\w+[^${}]*)*)\}/.exec(left);
    if (macro === null) {
      return withVariables(left, variables);
    }
    const value = macroValue(withVariables(macro[1] ?? '', variables).trim(), readings);
    left = left.slice(0, macro.index) + value + left.slice(macro.index + macro[0].length);
  }
  throw new Error(`the macros of "${text}" do not end`);
}

function withVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\w+)/g, (_, name: string) => {
    const value = variables.get(name);
    if (value === undefined) throw new Error(`the variable ${name} has no value`);
    return value;
  });
}

function macroValue(text: string, { time, timeout }: Readings): string {
  const [word = '', ...rest] = text.split(/\s+/);
  switch (word) {
    case 'time':
      return rest.length === 0
        ? String(time)
        : macroValue([String(time), ...rest].join(' '), { time, timeout });
    case 'timeout':
      return String(timeout);
    case 'ctime':
      return new Date(1000 * Number(rest[0])).toUTCString();
    case 'range': {
      const [low = Number.NaN, value = Number.NaN, high = Number.NaN] = rest.map(Number);
      if (!(low <= value && value <= high)) throw new Error(`${value} is not between ${low} and ${high}`);
      return String(value);
    }
    default:
      return text === '' ? '' : String(calculated(text));
  }
}

function calculated(text: string): number {
  const words = text.match(/\d+(?:\.\d+)?|[-+*/]/g) ?? [];
  const [first = '', ...rest] = words;
  let sum = Number(first);
  for (let at = 0; at < rest.length; at += 2) {
    const by = Number(rest[at + 1]);
    if (rest[at] === '+') sum += by;
    else if (rest[at] === '-') sum -= by;
    else if (rest[at] === '*') sum *= by;
    else sum /= by;
  }
  if (Number.isNaN(sum)) throw new Error(`the driver cannot calculate "${text}"`);
  return sum;
}
