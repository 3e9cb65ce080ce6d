// Stands before the example program and fails as FAULT says at the calls FAULT_AT, FAULT_TIMES times in all processes.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const { FAULT, FAULT_AT, FAULT_TIMES, FAULT_COUNT, EXAMPLE, HOST_API_TOKEN } = process.env;
writeFileSync(`${FAULT_COUNT}.pid`, String(process.pid));
const inner = spawn(process.execPath, [EXAMPLE], { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface({ input: inner.stdout })[Symbol.asyncIterator]();
const ask = async line => {
  inner.stdin.write(`${line}\n`);
  return (await answers.next()).value;
};
const never = () => new Promise(() => setInterval(() => undefined, 1000));
const die = () => {
  process.stderr.write(`the token is ${HOST_API_TOKEN}\n`);
  inner.kill();
  process.exit(3);
};
const print = text => process.stdout.write(`${text}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const { call, id } = JSON.parse(line);
  const met = existsSync(FAULT_COUNT) ? Number(readFileSync(FAULT_COUNT, 'utf8')) : 0;
  if (call !== FAULT_AT || met >= Number(FAULT_TIMES)) {
    print(await ask(line));
    continue;
  }
  writeFileSync(FAULT_COUNT, String(met + 1));
  if (FAULT === 'die-before') die();
  if (FAULT === 'hang-before') await never();
  if (FAULT.startsWith('say ')) {
    const [, code, ...words] = FAULT.split(' ');
    print(JSON.stringify({ id, error: { code, message: words.join(' ') } }));
    continue;
  }
  const answer = await ask(line);
  if (FAULT === 'die-after') die();
  if (FAULT === 'hang-after') await never();
  if (FAULT === 'garbage') print('Traceback (most recent call last):');
  if (FAULT === 'flood') for (let n = 0; n < 100_000; n += 1) print('{}');
  if (FAULT === 'long-line') print('x'.repeat(17 * 1024 * 1024));
  if (FAULT === 'wrong-id') print(JSON.stringify({ id: id + 1, result: {} }));
  if (FAULT === 'twice') print(`${answer}\n${answer}`);
}
inner.stdin.end();
