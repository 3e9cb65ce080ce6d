import { hash, randomBytes } from 'node:crypto';
import * as files from 'node:fs';
import * as nodeModule from 'node:module';
import path from 'node:path';
import { Script } from 'node:vm';

/** The largest file that is read, in octets; one of all of zonecut would be a quarter of it. */
const maxCompiledOctets = 32 * 1024 * 1024;

type Environment = Readonly<Record<string, string | undefined>>;

/** One file of the program as V8 keeps it, and the SHA-256 of its text. */
interface Compiled {
  readonly source: string;
  readonly data: Buffer;
}

/** A file that was compiled in this run. */
interface Loaded {
  readonly source: string;
  readonly script: Script;
  /** What it was made from; null when it had to be compiled. */
  readonly from: Buffer | null;
}

/**
 * Uses what V8 compiled of the files in `chunks` when `command` ran the last time; gives what keeps it for the next time, to be called
 * when the command is done. Compiling takes a third of a short command.
 *
 * What is kept is code: it lies in a folder that belongs to this user and that nobody else can enter, else nothing is read or written.
 * Nothing that goes wrong is told, as the command does the same without. Node 22 does this by itself, and does it there.
 */
export function useCompiled(chunks: string, command: string, environment: Environment): () => void {
  const folder = ownFolder(folderIn(environment));
  if (folder === null || !/^[a-z]{1,20}$/.test(command)) return () => {};
  if ('enableCompileCache' in nodeModule && typeof nodeModule.enableCompileCache === 'function') {
    nodeModule.enableCompileCache(folder);
    return () => {};
  }
  const file = path.join(folder, `${command}-${process.version}-${process.arch}`);
  const before = readCompiled(file);
  const loaded = new Map<string, Loaded>();
  loadBy((name, octets) => {
    const source = hash('sha256', octets);
    const known = before.get(name);
    const from = known?.source === source ? known.data : null;
    const script = compile(path.join(chunks, name), octets.toString(), from);
    loaded.set(name, { source, script, from: script.cachedDataRejected === false ? from : null });
    return script;
  }, chunks);
  return () => {
    if ([...loaded.values()].every(({ from }) => from !== null)) return;
    const unfinished = `${file}.${randomBytes(6).toString('hex')}`;
    try {
      const octets = packed(chunks, before, loaded);
      files.writeFileSync(unfinished, octets, { mode: 0o600, flag: 'wx' });
      files.renameSync(unfinished, file);
    } catch {
      files.rm(unfinished, { force: true }, () => {});
    }
  };
}

/** ZONECUT_CACHE_DIR, else `zonecut` in XDG_CACHE_HOME or ~/.cache; null for none. */
function folderIn(environment: Environment): string | null {
  const own = environment['ZONECUT_CACHE_DIR'] ?? '';
  if (own !== '') return own === 'none' ? null : path.resolve(own);
  const [xdg = '', home = ''] = [environment['XDG_CACHE_HOME'], environment['HOME']];
  const base = path.isAbsolute(xdg) ? xdg : path.isAbsolute(home) ? path.join(home, '.cache') : null;
  return base === null ? null : path.join(base, 'zonecut');
}

/** `folder` when it is this user's alone, or can be made in a folder that nobody else can write to; null else. */
function ownFolder(folder: string | null): string | null {
  if (folder === null) return null;
  try {
    const there = files.lstatSync(folder, { throwIfNoEntry: false });
    if (there !== undefined) return there.isDirectory() && isOurs(there, 0o077) ? folder : null;
    let above = path.dirname(folder);
    while (!files.existsSync(above)) above = path.dirname(above);
    if (!isOurs(files.statSync(above), 0o022)) return null;
    files.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch {
    return null;
  }
}

/** Whether it belongs to this user, and grants others none of the rights in `mask`. */
function isOurs({ uid, mode }: files.Stats, mask: number): boolean {
  return uid === process.geteuid?.() && (mode & mask) === 0;
}

/** What `file` keeps, by the name of the file that it was compiled from; nothing when it is damaged or not ours. */
function readCompiled(file: string): ReadonlyMap<string, Compiled> {
  try {
    const stats = files.lstatSync(file);
    if (!stats.isFile() || !isOurs(stats, 0o022) || stats.size > maxCompiledOctets) return new Map();
    const octets = files.readFileSync(file);
    const headEnd = octets.indexOf(0x0a);
    const body = octets.subarray(headEnd + 1);
    const [bodyHash, ...parts] = octets.toString('latin1', 0, headEnd).split(' ');
    if (bodyHash !== hash('sha256', body)) return new Map();
    let at = 0;
    return new Map(
      parts.map(part => {
        const [name = '', source = '', length = ''] = part.split(':');
        const data = body.subarray(at, at + Number(length));
        at += data.length;
        return [name, { source, data }];
      }),
    );
  } catch {
    return new Map();
  }
}

/** What `readCompiled` reads: what was compiled, and what was kept before of files that were not loaded this time. */
function packed(
  chunks: string,
  before: ReadonlyMap<string, Compiled>,
  loaded: ReadonlyMap<string, Loaded>,
): Buffer {
  const own = [...loaded].map(([name, { source, script, from }]): [string, Compiled] => [
    name,
    { source, data: from ?? script.createCachedData() },
  ]);
  const others = [...before].filter(
    ([name]) => !loaded.has(name) && files.existsSync(path.join(chunks, name)),
  );
  const all = [...own, ...others];
  const body = Buffer.concat(all.map(([, { data }]) => data));
  const parts = all.map(([name, { source, data }]) => `${name}:${source}:${data.length}`);
  return Buffer.concat([Buffer.from(`${[hash('sha256', body), ...parts].join(' ')}\n`), body]);
}

/** Loads the files in `chunks` by what `scriptOf` gives for a name and what is in the file. */
function loadBy(scriptOf: (name: string, octets: Buffer) => Script, chunks: string): void {
  const { extensions } = nodeModule.createRequire(path.join(chunks, 'any.js'));
  const usual = extensions['.js'];
  extensions['.js'] = (module, file) => {
    const octets = path.dirname(file) === chunks ? files.readFileSync(file) : null;
    // What imports as ES modules do is left to Node.
    if (octets === null || octets.includes('import(')) {
      usual(module, file);
      return;
    }
    const run: unknown = scriptOf(path.basename(file), octets).runInThisContext();
    if (typeof run === 'function') {
      run.call(module.exports, module.exports, (id: string) => module.require(id), module, file, chunks);
    }
  };
}

const head = '(function (exports, require, module, __filename, __dirname) { ';

function compile(filename: string, text: string, cachedData: Buffer | null): Script {
  const options = { filename, columnOffset: -head.length };
  return new Script(`${head}${text}\n})`, cachedData === null ? options : { ...options, cachedData });
}
