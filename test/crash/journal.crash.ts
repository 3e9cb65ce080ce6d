import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Box } from '../e2e/box.ts';
import { commands } from '../e2e/box.ts';
import { argsOf, checkEnd, goOn, type Job, measure, openCase } from './case.ts';
import { bundleVictim, type Death, runVictim } from './process.ts';

const program = await bundleVictim();
afterAll(() => program.remove());
const job: Job = { kind: 'delegate', parent: 'namecheap', child: 'route53' };
const { events } = await measure(program, job);
const numbers = Array.from({ length: events }, (_, at) => at + 1);

async function journalOf(box: Box): Promise<string> {
  const folder = path.join(box.folder, 'runs');
  const [file] = (await readdir(folder)).filter(name => name.endsWith('.ndjson'));
  return path.join(folder, file ?? '');
}

async function killedAfter(box: Box, event: number): Promise<void> {
  const death: Death = { variables: { VICTIM_KILL_AFTER: String(event) } };
  expect(await runVictim(program, box, argsOf(job), death)).toMatchObject({ signal: 'SIGKILL' });
}

describe('a journal whose last line is torn', () => {
  const cuts: readonly [string, (octets: number) => number][] = [
    ['without its line feed', octets => octets - 1],
    ['in half', octets => Math.floor(octets / 2)],
    ['after one octet', () => 1],
  ];
  const table = numbers.flatMap(event =>
    cuts.map(([words, keep]): [number, string, typeof keep] => [event, words, keep]),
  );
  test.concurrent.each(table)(
    'event %i, %s: the run goes on from the line before',
    async (event, _words, keep) => {
      const { box, before } = await openCase(job);
      try {
        await killedAfter(box, event);
        const file = await journalOf(box);
        const text = await readFile(file);
        const last = text.lastIndexOf('\n', text.length - 2) + 1;
        await truncate(file, last + keep(text.length - last));
        await goOn(program, box, job);
        checkEnd(box, job, before);
      } finally {
        await box.close();
      }
    },
  );
});

test.concurrent('a journal with a line that is no event is refused, and nothing more is done', async () => {
  const { box, before } = await openCase(job);
  try {
    await killedAfter(box, 5);
    const file = await journalOf(box);
    const [run] = path.basename(file).split('.');
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [lines[0], 'garbage', ...lines.slice(2)].join('\n'));
    const requests = box.internet.faults.requests.length;
    const ran = await box.run(commands.resume(run));
    expect(ran.exitCode).not.toBe(0);
    expect(ran.error?.code).toMatch(/ZC_JOURNAL|ZC_USAGE/);
    expect(box.internet.faults.requests.length).toBe(requests);
    await writeFile(file, lines.join('\n'));
    await goOn(program, box, job);
    checkEnd(box, job, before);
  } finally {
    await box.close();
  }
});

test.concurrent('the lock of a process that is stopped is respected, and taken over once it is dead', async () => {
  const { box, before } = await openCase(job);
  try {
    let resumed: Promise<unknown> = Promise.resolve();
    const died = await runVictim(program, box, argsOf(job), {
      variables: { VICTIM_UNTIL: 'deadline' },
      onReady: child => {
        child.kill('SIGSTOP');
        resumed = box.run(commands.resume()).then(async () => {
          const ran = await box.run(commands.resume(path.basename(await journalOf(box), '.ndjson')));
          child.kill('SIGKILL');
          expect(ran.error?.message ?? '').toMatch(/in use by process|there is no run/);
          expect(ran.exitCode).not.toBe(0);
        });
      },
    });
    await resumed;
    expect(died.signal).toBe('SIGKILL');
    await goOn(program, box, job);
    checkEnd(box, job, before);
  } finally {
    await box.close();
  }
});

describe('a process that goes on and is killed again', () => {
  test.concurrent.each(numbers.filter(event => event % 2 === 0))(
    'at event %i, and at the two after it',
    async event => {
      const { box, before } = await openCase(job);
      try {
        await killedAfter(box, event);
        for (const further of [2, 4]) {
          const variables = { VICTIM_KILL_AFTER: String(event + further) };
          await runVictim(program, box, ['resume'], { variables });
        }
        await goOn(program, box, job);
        checkEnd(box, job, before);
      } finally {
        await box.close();
      }
    },
  );
});
