import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type AuditSink, auditStart } from '../audit/audit.ts';
import { OutputFile } from '../audit/output-file.ts';
import type { Summary } from '../audit/summary.ts';
import { lockFile } from '../engine/lock.ts';
import { messageOf, ZonecutError } from '../error.ts';
import type { Context } from './context.ts';

/** Options of `audit` that say where the findings go. */
export interface OutputFlags {
  readonly output?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
}

/**
 * Opens where the output goes, runs with it, and completes it when all went well. `source` is the file that names are read from, if it
 * is one.
 *
 * Throws ZC_USAGE for an output that is no file, the source itself, or there already, ZC_OUTPUT when it cannot be written.
 */
export async function withOutput(
  { world }: Context,
  source: string | undefined,
  { output, resume, force }: OutputFlags,
  run: (sink: AuditSink, from: typeof auditStart) => Promise<Summary>,
): Promise<Summary> {
  if (output === undefined) return await run(standardOutput(), auditStart);
  const file = path.resolve(output);
  await checkOutput(file, output, source);
  const lock = await lockFile(`${file}.lock`, `the output ${output}`);
  try {
    const options = { clock: world.clock, resume: resume === true, force: force === true };
    const sink = await OutputFile.open(file, options);
    try {
      const summary = await run(sink, sink.from);
      await sink.complete();
      return summary;
    } finally {
      await sink.close();
    }
  } finally {
    await lock.release();
  }
}

async function checkOutput(file: string, output: string, source: string | undefined): Promise<void> {
  await stat(path.dirname(file)).catch((cause: unknown) => {
    throw new ZonecutError('ZC_OUTPUT', `cannot write ${output}: ${messageOf(cause)}`, {
      hint: 'Make the folder first.',
      cause,
    });
  });
  const [there, read] = await Promise.all([file, source ?? ''].map(one => stat(one).catch(() => null)));
  if (there === null || there === undefined) return;
  if (!there.isFile()) {
    throw new ZonecutError('ZC_USAGE', `${output} is no file`, {
      hint: 'Name a file, or leave -o out and take standard output.',
    });
  }
  if (read?.ino === there.ino && read.dev === there.dev) {
    throw new ZonecutError('ZC_USAGE', `${output} is what the names are read from`, {
      hint: 'Name another file with -o.',
    });
  }
}

/** Standard output, as slowly as its reader takes it. */
function standardOutput(): AuditSink {
  // A pipe that is closed is told of by the write that it fails, and by this event too.
  process.stdout.on('error', () => {});
  return {
    write: text =>
      new Promise((resolve, reject) => {
        process.stdout.write(text, error => {
          if (error === null || error === undefined) resolve();
          else reject(unwritable(error));
        });
      }),
  };
}

function unwritable(cause: NodeJS.ErrnoException): ZonecutError {
  const why = cause.code === 'EPIPE' ? 'Whoever read it is gone' : 'Make room';
  return new ZonecutError('ZC_OUTPUT', `cannot write to standard output: ${cause.message}`, {
    hint: `${why}; with -o FILE an audit can go on later.`,
    cause,
  });
}
