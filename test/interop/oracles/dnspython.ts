import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { typeNumber } from '../../../src/dns/iana.ts';
import { type Reading, refusal, type Sample } from './samples.ts';

/** The Python that has dnspython; Debian's own comes first, for another one may stand before it in the path. */
function python(): string {
  const found = ['/usr/bin/python3', 'python3'].find(
    program => spawnSync(program, ['-c', 'import dns.rdata'], { stdio: 'ignore' }).status === 0,
  );
  if (found === undefined) throw new Error('no Python has dnspython: apt-get install python3-dnspython');
  return found;
}

/** What dnspython makes of `samples`, by their numbers: one process, a line a record. */
export async function readWithDnspython(samples: readonly Sample[]): Promise<ReadonlyMap<number, Reading>> {
  const child = spawn(python(), [path.join(import.meta.dirname, 'dnspython.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const found = new Map<number, Reading>();
  const answers = createInterface({ input: child.stdout });
  const writing = (async (): Promise<void> => {
    for (const { type, octets, text } of samples) {
      const line = `${typeNumber(type)}\t${Buffer.from(octets).toString('hex')}\t${text}\n`;
      if (!child.stdin.write(line)) await new Promise(resolve => child.stdin.once('drain', resolve));
    }
    child.stdin.end();
  })();
  let at = 0;
  for await (const answer of answers) {
    const [octets = '', text = ''] = answer.split('\t');
    const sample = samples[at];
    if (sample !== undefined) found.set(sample.id, { octets, text: plainOf(text) });
    at += 1;
  }
  await writing;
  if (found.size !== samples.length)
    throw new Error(`dnspython answered ${found.size} of ${samples.length} lines`);
  return found;
}

/** Texts come in hexadecimal, since the program does not escape line ends everywhere. */
function plainOf(text: string): string {
  return text.startsWith(refusal) ? text : Buffer.from(text, 'hex').toString('utf8');
}
