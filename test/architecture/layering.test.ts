import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const src = path.join(root, 'src');

/** Rooms and their floors, read from the table of ARCHITECTURE.md: the document is what is tested. */
function floorsOf(document: string): ReadonlyMap<string, number> {
  const rows = [...document.matchAll(/^\|\s*(\d+)\s*\|([^|]+)\|/gm)];
  return new Map(
    rows.flatMap(([, floor, rooms]) =>
      [...(rooms ?? '').matchAll(/`([^`]+)`/g)].map(
        ([, room]) => [(room ?? '').replace(/\/$/, ''), Number(floor)] as const,
      ),
    ),
  );
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder).flatMap(entry => {
    const file = path.join(folder, entry);
    return statSync(file).isDirectory() ? filesBelow(file) : [file];
  });
}

/** The room of a file of src/: its folder there, or its own name for files that stand in src/ itself. */
function roomOf(file: string): string {
  return path.relative(src, file).split(path.sep)[0] ?? '';
}

/** What a source file imports, also types and lazily, as absolute paths or package names. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^']+)'/gm)].map(
    ([, target]) => target ?? '',
  );
  return found.map(target => (target.startsWith('.') ? path.resolve(path.dirname(file), target) : target));
}

const architecture = readFileSync(path.join(root, 'ARCHITECTURE.md'), 'utf8');
const floors = floorsOf(architecture);
const sources = filesBelow(src).filter(file => file.endsWith('.ts') && !file.endsWith('.d.ts'));

/** Rooms of one floor that may use another room of the same floor, with the reason in ARCHITECTURE.md. */
const sameFloor: ReadonlySet<string> = new Set(['authority > world', 'sandbox > resolver']);

describe('the rooms of src/', () => {
  it('all stand in the table of ARCHITECTURE.md, and the table names no other', () => {
    expect([...new Set(sources.map(roomOf))].sort()).toEqual([...floors.keys()].sort());
  });

  it('import only rooms on floors below', () => {
    const wrong = sources.flatMap(file =>
      importsOf(file)
        .filter(target => path.isAbsolute(target))
        .flatMap(target => {
          const [from, to] = [roomOf(file), roomOf(target)];
          const allowed =
            from === to ||
            (floors.get(to) ?? 99) < (floors.get(from) ?? 0) ||
            sameFloor.has(`${from} > ${to}`);
          return allowed ? [] : [`${path.relative(root, file)} imports ${path.relative(root, target)}`];
        }),
    );
    expect(wrong).toEqual([]);
  });

  it('have no import circle of files, so that every file can be read before those that use it', () => {
    const graph = new Map(
      sources.map(file => [file, importsOf(file).filter(target => path.isAbsolute(target))]),
    );
    const done = new Set<string>();
    const visit = (file: string, way: readonly string[]): readonly string[] => {
      if (way.includes(file)) {
        return [...way.slice(way.indexOf(file)), file].map(step => path.relative(src, step));
      }
      if (done.has(file)) {
        return [];
      }
      for (const target of graph.get(file) ?? []) {
        const circle = visit(target, [...way, file]);
        if (circle.length > 0) {
          return circle;
        }
      }
      done.add(file);
      return [];
    };
    expect(sources.flatMap(file => visit(file, []))).toEqual([]);
  });

  it('keep the emulators apart from the drivers: a misunderstanding is not made twice', () => {
    const emulators = sources.filter(file => /^sandbox\/[^/]+\//.test(path.relative(src, file)));
    expect(emulators.length).toBeGreaterThan(0);
    const wrong = emulators.flatMap(file =>
      importsOf(file).filter(target => target.includes('/src/providers/') || target.startsWith('@aws-sdk')),
    );
    expect(wrong).toEqual([]);
  });

  it('reach the clock, chance, the environment and sockets only in world/ and cli/', () => {
    const reaching =
      /\bDate\.now\b|\bMath\.random\b|\bsetTimeout\b|\bsetInterval\b|\bfetch\(|\bprocess\.env\b|\bnew Date\(\)|'node:(?:net|dgram|http|https|tls|dns)'/;
    const wrong = sources.filter(file => {
      const room = roomOf(file);
      return room !== 'world' && room !== 'cli' && reaching.test(readFileSync(file, 'utf8'));
    });
    expect(wrong.map(file => path.relative(root, file))).toEqual([]);
  });

  it('stay pure where the table says so', () => {
    const pure = [...architecture.matchAll(/^\|\s*\d+\s*\|([^|]+)\|/gm)].flatMap(([, cell]) =>
      (cell ?? '').includes('*pure*')
        ? [...(cell ?? '').matchAll(/`([^`/]+)\/?`/g)].map(([, room]) => room)
        : [],
    );
    expect(pure.length).toBeGreaterThan(3);
    const wrong = sources.filter(
      file =>
        pure.includes(roomOf(file)) && /\bawait\b|\basync\b/.test(stripComments(readFileSync(file, 'utf8'))),
    );
    expect(wrong.map(file => path.relative(root, file))).toEqual([]);
  });

  it('hold files of about 400 lines at most', () => {
    const long = sources.filter(file => readFileSync(file, 'utf8').split('\n').length > 450);
    expect(long.map(file => path.relative(root, file))).toEqual([]);
  });
});

function stripComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
