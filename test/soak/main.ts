import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { soak } from './soak.ts';

/** Program, and the Debian package that has it. */
const needed = [
  ['nsd', 'nsd'],
  ['ip', 'iproute2'],
  ['unshare', 'util-linux'],
] as const;

process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
const flags = process.argv.slice(2);
const minutes = Number(valueOfFlag('--minutes') ?? '10');
const outstanding = Number(valueOfFlag('--outstanding') ?? '400');

if (!(minutes > 0 && minutes <= 24 * 60) || !(outstanding > 0 && outstanding <= 5000)) {
  fail('usage: npm run soak -- [--minutes N] [--outstanding N]');
} else if (!existsSync(path.join('dist', 'zonecut.js'))) {
  fail('dist/zonecut.js is not there: npm run build');
} else if (flags.includes('--inside')) {
  await soak({ minutes, outstanding });
} else {
  const missing = needed.filter(([program]) => spawnSync('which', [program]).status !== 0);
  if (missing.length > 0) {
    fail(`not installed: apt-get install ${missing.map(([, name]) => name).join(' ')}`);
  } else {
    process.exitCode = await inNetworkOfItsOwn();
  }
}

function valueOfFlag(flag: string): string | undefined {
  const at = flags.indexOf(flag);
  return at < 0 ? undefined : (flags[at + 1] ?? '');
}

/** Ends as a failed run ends, so that whoever sums runs up counts it. */
function fail(why: string): void {
  console.error(why);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}

/** Runs this program again where port 53 of all of 127/8 is free; whatever it started ends with it. */
function inNetworkOfItsOwn(): Promise<number> {
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const world = [...user, '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const again = [process.execPath, 'scripts/run-ts.mjs', 'test/soak/main.ts', '--inside', ...flags];
  // Where no network of its own can be made, the machine's loopback net serves, if its port 53 is free.
  const own = spawnSync('unshare', [...world, 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' });
  const [program, ...rest] =
    own.status === 0
      ? ['unshare', ...world, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...again]
      : again;
  return new Promise(resolve => {
    const child = spawn(program ?? '', rest, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', error => {
      fail(error.message);
      resolve(1);
    });
    child.once('exit', code => resolve(code ?? 1));
  });
}
