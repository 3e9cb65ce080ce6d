import { reportChecks } from './checks.ts';
import { reportProviders } from './providers.ts';
import { reportRpl, runRpl } from './rpl.ts';
import { runWire } from './wire.ts';

const [kind, folder] = process.argv.slice(2);
if (kind === 'rpl' && folder !== undefined) {
  if (!reportRpl(await runRpl(folder), line => console.log(line))) process.exitCode = 1;
} else if (kind === 'providers' && folder !== undefined) {
  if (!(await reportProviders(folder, line => console.log(line)))) process.exitCode = 1;
} else if (kind === 'checks' && folder !== undefined) {
  if (!(await reportChecks(folder, line => console.log(line)))) process.exitCode = 1;
} else if (kind === 'wire' && folder !== undefined) {
  const { passed, failed, expected } = await runWire(folder);
  for (const { id, rfc, why } of expected) console.log(`expected: ${id}\n  ${rfc}: ${why}`);
  for (const { id, why } of failed) console.log(`failed: ${id}\n  ${why.slice(0, 500)}`);
  if (expected.length > 0) console.log(`${expected.length} expected differences`);
  console.log(`${passed} passed, ${failed.length} failed`);
  if (failed.length > 0) process.exitCode = 1;
} else {
  console.error('usage: npm run conformance -- wire|rpl|providers|checks DIR');
  process.exitCode = 2;
}
