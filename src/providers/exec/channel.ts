import { messageOf } from '../../error.ts';
import { Secret } from '../../secret.ts';
import type { ProgramOutput, ProgramStart, RunningProgram, StartProgram } from '../../world/program.ts';
import type { World } from '../../world/world.ts';
import type { Attempt } from '../caller.ts';
import { isObject, type JsonObject, memberAt, numberAt } from '../json.ts';
import { createQueue } from '../queue.ts';

/** The version of the protocol that is spoken (docs/providers/exec.md). */
export const protocolVersion = 1;

/** What a program answered to one message. */
export type Answer =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'error'; readonly code: string; readonly message: string };

/** Messages to a program and back, one at a time; the program is started when the first is sent. */
export interface Channel {
  /** Sends one message once. Whatever is not an answer ends the program; the next message starts it again. */
  send(call: string, message: JsonObject, signal: AbortSignal | undefined): Promise<Attempt<Answer>>;
  close(): Promise<void>;
}

/** Environment variables with such names hold what no message may show. */
const secretName = /SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIAL|API_?KEY|_KEY$/i;

/** The values of the environment that no message may show; short ones are words of every text. */
export function secretsIn(environment: Readonly<Record<string, string | undefined>>): readonly Secret[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    secretName.test(name) && value !== undefined && value.length >= 6 ? [new Secret(value)] : [],
  );
}

/** A Channel to the program that `start` describes. */
export function createChannel(
  world: World,
  startProgram: StartProgram,
  start: ProgramStart,
  timeoutMs: number,
): Channel {
  const queue = createQueue();
  let running: RunningProgram | null = null;
  let sent = 0;
  const stop = async (): Promise<void> => {
    const program = running;
    running = null;
    await program?.stop();
  };
  const exchange = async (
    call: string,
    message: JsonObject,
    signal: AbortSignal | undefined,
  ): Promise<Attempt<Answer>> => {
    signal?.throwIfAborted();
    running ??= startProgram(start);
    sent += 1;
    running.send(JSON.stringify({ zonecut: protocolVersion, id: sent, call, ...message }));
    const output = await inTime(world, running.next(), timeoutMs, signal).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    const result = attemptOf(output, sent, timeoutMs);
    if (result.kind !== 'done' && output?.kind !== 'line') await stop();
    else if (result.kind === 'unreadable') await stop();
    return result;
  };
  return {
    send: (call, message, signal) => queue.run('program', () => exchange(call, message, signal)),
    close: stop,
  };
}

/** What came within the time; null when nothing did. Throws the reason when `signal` is aborted. */
async function inTime(
  world: World,
  output: Promise<ProgramOutput>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<ProgramOutput | null> {
  const done = new AbortController();
  const both = signal === undefined ? done.signal : AbortSignal.any([done.signal, signal]);
  const late = world.clock.sleep(timeoutMs, both).then(
    () => null,
    (error: unknown) => {
      if (signal?.aborted === true) throw error;
      return null;
    },
  );
  try {
    return await Promise.race([output, late]);
  } finally {
    done.abort();
  }
}

function attemptOf(output: ProgramOutput | null, id: number, timeoutMs: number): Attempt<Answer> {
  if (output === null) return { kind: 'lost', problem: `no answer within ${timeoutMs} ms` };
  switch (output.kind) {
    case 'unstarted':
      return { kind: 'unsent', problem: `the program cannot be started (${output.problem})` };
    case 'ended':
      return { kind: 'lost', problem: output.problem };
    case 'flood':
      return { kind: 'unreadable', problem: output.problem };
    case 'line':
      return answerIn(output.text, id);
  }
}

function answerIn(line: string, id: number): Attempt<Answer> {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch (error) {
    return { kind: 'unreadable', problem: `a line is no JSON (${messageOf(error)}): ${line.slice(0, 80)}` };
  }
  if (numberAt(message, 'id') !== id) {
    return { kind: 'unreadable', problem: `an answer to message ${id} was awaited: ${line.slice(0, 80)}` };
  }
  const error = memberAt(message, 'error');
  if (isObject(error)) {
    const [code, sentence] = [memberAt(error, 'code'), memberAt(error, 'message')];
    const after = numberAt(error, 'retryAfter');
    if (typeof code !== 'string' || typeof sentence !== 'string') {
      return { kind: 'unreadable', problem: 'an error has no code and message' };
    }
    if (code === 'throttled') {
      return { kind: 'throttled', problem: sentence, afterMs: after === null ? null : after * 1000 };
    }
    if (code === 'unavailable') return { kind: 'lost', problem: sentence };
    return {
      kind: 'done',
      value: { kind: 'error', code, message: sentence.slice(0, 500) },
    };
  }
  const value = memberAt(message, 'result');
  if (value === undefined) return { kind: 'unreadable', problem: 'an answer has neither result nor error' };
  return { kind: 'done', value: { kind: 'result', value } };
}
