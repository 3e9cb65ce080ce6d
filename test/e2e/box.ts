import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { adopt } from '../../src/cli/commands/adopt.ts';
import { check } from '../../src/cli/commands/check.ts';
import { delegate } from '../../src/cli/commands/delegate.ts';
import { drift } from '../../src/cli/commands/drift.ts';
import { move } from '../../src/cli/commands/move.ts';
import { apply, plan } from '../../src/cli/commands/plan.ts';
import { resume, runs } from '../../src/cli/commands/runs.ts';
import { writeWorldFiles } from '../../src/cli/commands/sandbox.ts';
import { undelegate } from '../../src/cli/commands/undelegate.ts';
import { undo } from '../../src/cli/commands/undo.ts';
import { exportCut, verify } from '../../src/cli/commands/verify.ts';
import { type Context, contextOf } from '../../src/cli/context.ts';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import type { GlobalOptions, Terminal } from '../../src/cli/terminal.ts';
import type { Name } from '../../src/dns/name.ts';
import { isZonecutError, ZonecutError } from '../../src/error.ts';
import { plainPaint } from '../../src/report/paint.ts';
import { type Internet, type InternetOptions, startInternet } from '../../src/sandbox/internet.ts';
import { allServers } from '../../src/sandbox/public-zones.ts';
import type { InternetTimes } from '../../src/sandbox/times.ts';
import type { Transport } from '../../src/world/world.ts';
import { hurriedClock } from './hurry.ts';

/** The shortest times that whole seconds allow: a run that waits out every cache takes about two seconds. */
export const briefTimes: InternetTimes = {
  negativeTtlSeconds: 1,
  delegationTtlSeconds: 1,
  visibilityDelayMs: 0,
};

/** What one command did. */
export interface Ran {
  readonly exitCode: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly err: string;
  /** What was thrown; null when nothing was. */
  readonly error: ZonecutError | null;
}

/** An internet of its own, with a state folder: what one user has. */
export interface Box {
  readonly internet: Internet;
  readonly environment: Readonly<Record<string, string>>;
  /** The state folder. */
  readonly folder: string;
  /** Does `act` as a command does, with its output kept. */
  run(act: (context: Context) => Promise<number>, how?: How): Promise<Ran>;
  /** Closes the internet and removes the folder. */
  close(): Promise<void>;
}

/** How a command is run. */
export interface How {
  readonly options?: GlobalOptions;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether long sleeps of drivers and runs take no time; see `hurriedClock`. */
  readonly hurry?: boolean;
  /** True asks no recursive resolver: to those of the box no time passes in a hurry, and what they remember stays. */
  readonly unasked?: boolean;
  /** A name server that says nothing, and so is not waited for. */
  readonly silent?: Name;
  /** What the user types when asked; without it there is no terminal. */
  readonly answer?: (question: string) => boolean;
  readonly signal?: AbortSignal;
}

/** Milliseconds that a driver waits for an answer: enough for a busy machine. */
const httpTimeoutMs = 60_000;

/** Starts an internet and makes a user in it. */
export async function openBox(
  times: Partial<InternetTimes> = {},
  rates: 'service' | 'none' = 'service',
  options: Pick<InternetOptions, 'signed' | 'onQuery'> = {},
): Promise<Box> {
  const internet = await startInternet({ times: { ...briefTimes, ...times }, port: 0, rates, ...options });
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-test-'));
  const environment = {
    ...(await writeWorldFiles(folder, internet)),
    ZONECUT_STATE_DIR: folder,
    ZONECUT_HTTP_TIMEOUT_MS: String(httpTimeoutMs),
    HOME: folder,
  };
  return {
    internet,
    environment,
    folder,
    run: (act, how = {}) => runIn(environment, act, how),
    close: async () => {
      await internet.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function runIn(
  environment: Readonly<Record<string, string>>,
  act: (context: Context) => Promise<number>,
  how: How,
): Promise<Ran> {
  const options: GlobalOptions = { yes: true, ...how.options };
  const kept = { out: '', err: '' };
  const signal = how.signal ?? new AbortController().signal;
  const context = await contextOf(options, { ...environment, ...how.environment }, signal);
  const { world } = context;
  const hurried: Context = {
    ...context,
    net: how.unasked === true ? { ...context.net, recursive: [] } : context.net,
    terminal: keepingTerminal(options, kept, how.answer ?? null),
    world: {
      ...world,
      clock: how.hurry === true ? hurriedClock(world.clock) : world.clock,
      dns: how.silent === undefined ? world.dns : impatientWith(how.silent, world.dns),
    },
  };
  try {
    return { exitCode: await act(hurried), ...kept, error: null };
  } catch (error) {
    if (!isZonecutError(error)) {
      throw error;
    }
    return { exitCode: exitCodeOf[error.code], ...kept, error };
  } finally {
    await context.close();
  }
}

/** `dns`, in which only the server called `silent` is waited for no longer than that shows: others may be slow. */
function impatientWith(silent: Name, dns: Transport): Transport {
  const { address } = allServers.find(({ name }) => name === silent) ?? {};
  return {
    exchange: (query, server, options) =>
      dns.exchange(query, server, server.address === address ? { ...options, timeoutMs: 60 } : options),
  };
}

function keepingTerminal(
  options: GlobalOptions,
  kept: { out: string; err: string },
  answer: ((question: string) => boolean) | null,
): Terminal {
  const ask = async (question: string, flag: string): Promise<boolean> => {
    if (answer === null) {
      throw new ZonecutError('ZC_NO_TERMINAL', `"${question}" needs an answer`, { hint: `Say ${flag}.` });
    }
    return answer(question);
  };
  return {
    paint: plainPaint,
    json: options.json === true,
    isLive: false,
    canAsk: answer !== null,
    print: text => {
      kept.out += text;
    },
    note: text => {
      kept.err += text;
    },
    live: () => {},
    confirm: (question, flag) => ask(question, flag),
    choose: async (_question, choices) => choices[0]?.value ?? null,
    type: (question, _wanted, flag) => ask(question, flag),
  };
}

/** The commands by name, as `Box.run` takes them. */
export const commands = {
  delegate:
    (name: string, flags: Parameters<typeof delegate>[2]) =>
    (context: Context): Promise<number> =>
      delegate(context, name, flags),
  undelegate:
    (name: string, flags: Parameters<typeof undelegate>[2]) =>
    (context: Context): Promise<number> =>
      undelegate(context, name, flags),
  move:
    (name: string, flags: Parameters<typeof move>[2]) =>
    (context: Context): Promise<number> =>
      move(context, name, flags),
  check:
    (name: string, flags: Parameters<typeof check>[2] = {}) =>
    (context: Context): Promise<number> =>
      check(context, name, flags),
  adopt:
    (name: string, flags: Parameters<typeof adopt>[2] = {}) =>
    (context: Context): Promise<number> =>
      adopt(context, name, flags),
  drift:
    (name?: string, flags: Parameters<typeof drift>[2] = {}) =>
    (context: Context): Promise<number> =>
      drift(context, name, flags),
  undo:
    (run: string, flags: Parameters<typeof undo>[2] = {}) =>
    (context: Context): Promise<number> =>
      undo(context, run, flags),
  plan:
    (name: string, flags: Parameters<typeof plan>[2]) =>
    (context: Context): Promise<number> =>
      plan(context, name, flags),
  apply:
    (file: string, flags: Parameters<typeof apply>[2] = {}) =>
    (context: Context): Promise<number> =>
      apply(context, file, flags),
  resume:
    (which?: string, flags: Parameters<typeof resume>[2] = {}) =>
    (context: Context): Promise<number> =>
      resume(context, which, flags),
  verify:
    (name: string) =>
    (context: Context): Promise<number> =>
      verify(context, name),
  exportCut:
    (name: string) =>
    (context: Context): Promise<number> =>
      exportCut(context, name),
  runs:
    () =>
    (context: Context): Promise<number> =>
      runs(context),
};

/** Resolves when `holds` does. The test's own time limit ends a wait in vain. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}
