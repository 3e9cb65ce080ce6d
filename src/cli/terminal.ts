import pico from 'picocolors';
import { isZonecutError, messageOf, ZonecutError } from '../error.ts';
import { type Paint, plainPaint } from '../report/paint.ts';
import { exitCodeOf, exitCodes } from './exit-code.ts';

/** Options that every command has. */
export interface GlobalOptions {
  readonly sandbox?: boolean;
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly confirm?: string;
  readonly input?: boolean;
  readonly color?: string;
  readonly resolver?: readonly string[];
  readonly proxy?: string;
}

/** Something to choose. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint: string;
}

/** Where a command writes and asks. */
export interface Terminal {
  readonly paint: Paint;
  /** Whether results are JSON. */
  readonly json: boolean;
  /** Results, to standard output. */
  print(text: string): void;
  /** Progress and advice, to standard error; nothing when results are JSON. */
  note(text: string): void;
  /** One line that is replaced by the next; nothing where there is no terminal. */
  live(text: string): void;
  /** Whether lines can be replaced. */
  readonly isLive: boolean;
  /** Whether somebody is there to answer. */
  readonly canAsk: boolean;
  /** Asks yes or no. Throws ZC_NO_TERMINAL where nobody can answer. */
  confirm(question: string, flag: string): Promise<boolean>;
  /** Asks to choose; null when the user leaves the question. Throws ZC_NO_TERMINAL where nobody can answer. */
  choose(question: string, choices: readonly Choice[], flag: string): Promise<string | null>;
  /** Asks to type `wanted`. Throws ZC_NO_TERMINAL where nobody can answer. */
  type(question: string, wanted: string, flag: string): Promise<boolean>;
}

/** The terminal of this process, as the options and the environment want it. */
export function openTerminal(options: GlobalOptions, environment: NodeJS.ProcessEnv): Terminal {
  const json = options.json === true;
  const isLive = process.stderr.isTTY === true && !json && environment['TERM'] !== 'dumb';
  const canAsk =
    process.stderr.isTTY === true &&
    process.stdin.isTTY === true &&
    options.input !== false &&
    !refusesInput(environment);
  let lineShown = false;
  const clear = (): void => {
    if (lineShown) {
      process.stderr.write('\r\u001b[K');
      lineShown = false;
    }
  };
  const ask = async <T>(
    question: string,
    flag: string,
    prompt: () => Promise<T | symbol>,
  ): Promise<T | null> => {
    if (!canAsk) {
      throw new ZonecutError(
        'ZC_NO_TERMINAL',
        `"${question}" needs an answer, and there is no terminal to ask on`,
        {
          hint: `Say ${flag} to answer it beforehand.`,
        },
      );
    }
    clear();
    const answer = await prompt();
    return typeof answer === 'symbol' ? null : answer;
  };
  return {
    paint: paintFor(options, environment),
    json,
    isLive,
    canAsk,
    print: text => {
      clear();
      process.stdout.write(text);
    },
    note: text => {
      if (!json) {
        clear();
        process.stderr.write(text);
      }
    },
    live: text => {
      if (isLive) {
        clear();
        const width = (process.stderr.columns ?? 80) - 1;
        process.stderr.write(text.length > width + 20 ? text.slice(0, width) : text);
        lineShown = true;
      }
    },
    confirm: async (question, flag) =>
      (await ask(question, flag, async () => {
        const { confirm } = await import('@clack/prompts');
        return await confirm({ message: question, initialValue: false, output: process.stderr });
      })) === true,
    choose: async (question, choices, flag) =>
      await ask<string>(question, flag, async () => {
        const { select } = await import('@clack/prompts');
        const options = choices.map(({ value, label, hint }) => ({ value, label, hint }));
        return await select({ message: question, options, output: process.stderr });
      }),
    type: async (question, wanted, flag) =>
      (await ask(question, flag, async () => {
        const { text } = await import('@clack/prompts');
        return await text({ message: question, placeholder: wanted, output: process.stderr });
      })) === wanted,
  };
}

function refusesInput(environment: NodeJS.ProcessEnv): boolean {
  return isSet(environment['CI']) || isSet(environment['ZONECUT_NO_INPUT']);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}

/** NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE and TERM=dumb are obeyed; --color decides over them. */
function paintFor(options: GlobalOptions, environment: NodeJS.ProcessEnv): Paint {
  const wanted = options.color ?? 'auto';
  const forced = isSet(environment['FORCE_COLOR']) || isSet(environment['CLICOLOR_FORCE']);
  const refused = environment['NO_COLOR'] !== undefined && environment['NO_COLOR'] !== '';
  const auto = !refused && environment['TERM'] !== 'dumb' && (forced || process.stdout.isTTY === true);
  const colours = wanted === 'always' || (wanted !== 'never' && auto);
  const unicode = process.stdout.isTTY === true || wanted === 'always' || forced;
  const signs =
    unicode && environment['TERM'] !== 'dumb'
      ? { done: '✔', failed: '✖', odd: '!', busy: '◐' }
      : plainPaint.signs;
  if (!colours) {
    return { ...plainPaint, signs };
  }
  const paint = pico.createColors(true);
  return {
    bold: paint.bold,
    dim: paint.dim,
    good: paint.green,
    bad: paint.red,
    warn: paint.yellow,
    name: paint.cyan,
    signs,
  };
}

/** Prints what went wrong, what it means and what to do; gives the exit status. */
export function reportError(error: unknown, options: GlobalOptions): number {
  if (isAbort(error)) {
    return exitCodes.interrupted;
  }
  const known = isZonecutError(error);
  const code = known ? error.code : 'ZC_INTERNAL';
  const hint = known ? error.hint : 'This is a bug in zonecut; please report it with the command.';
  const exitCode = exitCodeOf[code];
  if (options.json === true) {
    process.stdout.write(
      `${JSON.stringify({ schema: 'zonecut/error/v1', code, message: messageOf(error), hint, exitCode }, null, 2)}\n`,
    );
  } else {
    process.stderr.write(`zonecut: ${messageOf(error)} [${code}]\n${hint === null ? '' : `  ${hint}\n`}`);
  }
  if (!known && error instanceof Error && process.env['ZONECUT_DEBUG'] !== undefined) {
    process.stderr.write(`${error.stack}\n`);
  }
  return exitCode;
}

/** Whether something ended because Ctrl-C was pressed. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
