// Lets real programs judge zonecut and its sandbox: host, dig, drill, unbound, named. A program that is missing is a failure.
//
// The tests run in a network of their own (unshare), where port 53 is free and the system's resolver is the sandbox's ISP,
// so that nothing of the machine is touched. Where that is not permitted they run on the machine's loopback net, and
// `dig +trace` learns the addresses of name servers from libnss-wrapper instead.
//
// Usage: node scripts/interop.mjs [arguments of vitest], after `npm run build`.
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const self = fileURLToPath(import.meta.url);
const ispAddress = '127.53.0.1';

/** Program, and the Debian package that has it. */
const needed = [
  ['host', 'bind9-host'],
  ['dig', 'bind9-dnsutils'],
  ['drill', 'ldnsutils'],
  ['unbound', 'unbound'],
  ['nsd', 'nsd'],
  ['knotd', 'knot'],
  ['named-compilezone', 'bind9-utils'],
  ['named-rrchecker', 'bind9'],
  ['ldns-read-zone', 'ldnsutils'],
  ['named', 'bind9'],
  ['dnssec-signzone', 'bind9-utils'],
  ['kdig', 'knot-dnsutils'],
  ['pdns_server', 'pdns-server'],
  ['microsocks', 'microsocks'],
  ['openssl', 'openssl'],
  ['lexicon', 'lexicon'],
  ['zonemaster-cli', 'zonemaster-cli'],
  ['dnsviz', 'dnsviz'],
];
/** The backend is no program; it comes with the tables of its database. */
const powerdnsSchema = '/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql';
/** Debian keeps servers where ordinary users do not look. */
const searchPath = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
/** How much of a world of its own the tests can get, the best first. */
const worlds = [
  ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
  ['--net', '--mount'],
  ['--map-root-user', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
  ['--map-root-user', '--net', '--mount'],
];

process.env.PATH = searchPath;
if (process.argv[2] === '--inside') {
  await inside(process.argv.slice(3));
} else {
  await outside(process.argv.slice(2));
}

async function outside(vitestArguments) {
  const missing = needed.filter(([program]) => find(program) === null);
  if (!existsSync(powerdnsSchema)) missing.push(['PowerDNS with SQLite', 'pdns-backend-sqlite3']);
  if (!hasDnspython()) missing.push(['dnspython', 'python3-dnspython']);
  if (missing.length > 0) {
    fail(
      `not installed: ${missing.map(([program]) => program).join(', ')}`,
      `apt-get install ${[...new Set(missing.map(([, name]) => name))].join(' ')}`,
    );
  }
  const command = path.join(root, 'dist', 'zonecut.js');
  if (!existsSync(command)) {
    fail('dist/zonecut.js is not there', 'npm run build');
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'zonecut-interop-'));
  try {
    // A copy, so that a build at the same time does not take the command away from under the tests.
    cpSync(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true });
    cpSync(path.join(root, 'examples'), path.join(folder, 'examples'), { recursive: true });
    process.env.ZONECUT_INTEROP_FOLDER = folder;
    process.env.ZONECUT_INTEROP_COMMAND = path.join(folder, 'dist', 'zonecut.js');
    process.exitCode = await inWorld(vitestArguments);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inWorld(vitestArguments) {
  const own = worldOfItsOwn();
  if (own !== null) {
    return await run(own[0], [...own.slice(1), process.execPath, self, '--inside', ...vitestArguments]);
  }
  const wrapper = nssWrapper();
  if (wrapper === null) {
    fail(
      'no network of its own can be made (unshare --net), and libnss-wrapper is not installed',
      'run as root, or with sudo, or: apt-get install libnss-wrapper',
    );
  }
  process.stdout.write(
    "no network of its own can be made: the tests use this machine's loopback net, port 53\n",
  );
  process.env.ZONECUT_INTEROP_NSS_WRAPPER = wrapper;
  return await vitest(vitestArguments);
}

/** The command line that runs a program in a world of its own; null when none is permitted. */
function worldOfItsOwn() {
  const isRoot = process.getuid?.() === 0;
  const sudo = ['sudo', '--non-interactive', '--preserve-env'];
  const lines = [
    ...worlds.filter(([first]) => isRoot || first === '--map-root-user').map(flags => ['unshare', ...flags]),
    ...(isRoot ? [] : worlds.slice(0, 2).map(flags => [...sudo, 'unshare', ...flags])),
  ];
  const try_ = ['sh', '-c', `PATH=${searchPath}; ip link set lo up && mount --bind /etc/hosts /etc/hosts`];
  return (
    lines.find(
      ([program, ...rest]) => spawnSync(program, [...rest, ...try_], { stdio: 'ignore' }).status === 0,
    ) ?? null
  );
}

async function inside(vitestArguments) {
  const resolvConf = path.join(process.env.ZONECUT_INTEROP_FOLDER ?? tmpdir(), 'resolv.conf');
  writeFileSync(resolvConf, `nameserver ${ispAddress}\n`);
  must('ip', ['link', 'set', 'lo', 'up']);
  must('mount', ['--bind', resolvConf, realpathSync('/etc/resolv.conf')]);
  process.exitCode = await vitest(vitestArguments);
}

async function vitest(vitestArguments) {
  const program = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  return await run(process.execPath, [
    program,
    'run',
    '--config',
    'vitest.interop.config.ts',
    ...vitestArguments,
  ]);
}

/** Runs a program to its end and gives its exit status. */
function run(program, args) {
  return new Promise(resolve => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    const pass = signal => child.kill(signal);
    process.once('SIGINT', pass);
    process.once('SIGTERM', pass);
    child.once('error', error => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve(1);
    });
    child.once('exit', code => resolve(code ?? 1));
  });
}

function must(program, args) {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) {
    fail(`${program} ${args.join(' ')} failed: ${stderr}`, 'run as root');
  }
}

function find(program) {
  for (const folder of searchPath.split(':')) {
    const file = path.join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** Whether a Python has the module; Debian's own comes first, for another one may stand before it in the path. */
function hasDnspython() {
  return ['/usr/bin/python3', 'python3'].some(
    program => spawnSync(program, ['-c', 'import dns.rdata'], { stdio: 'ignore' }).status === 0,
  );
}

function nssWrapper() {
  for (const folder of [
    '/usr/lib',
    ...(existsSync('/usr/lib') ? readdirSync('/usr/lib').map(name => path.join('/usr/lib', name)) : []),
  ]) {
    const file = path.join(folder, 'libnss_wrapper.so');
    if (existsSync(file)) {
      return file;
    }
  }
  return null;
}

/** Ends as a failed run ends, so that whoever sums runs up counts it. */
function fail(found, remedy) {
  process.stderr.write(`interop: ${found}\n  do: ${remedy}\n`);
  process.stdout.write('0 passed, 1 failed\n');
  process.exit(1);
}
