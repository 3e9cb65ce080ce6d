import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { compileFunction } from 'node:vm';
import { transformSync } from 'esbuild';
import { rememberingCrypto } from './crypto.ts';

type Exports = Record<string, unknown>;
type Body = (exports: Exports, require: (id: string) => unknown, module: { exports: Exports }) => void;

/** The modules of `src`, loaded so that one of them can be replaced by a mutant of it. */
export class Modules {
  readonly #require: NodeJS.Require;
  readonly #bodies = new Map<string, Body>();
  readonly #imports = new Map<string, readonly string[]>();
  /** Modules as they are, which live as long as this. */
  readonly #original = new Map<string, Exports>();

  /** `root` is the folder of the project. */
  constructor(root: string) {
    this.#require = createRequire(path.join(root, 'package.json'));
  }

  /** What a file exports. */
  load(file: string): Exports {
    return this.#load(file, this.#original, null);
  }

  /** A `load` for which `file` is replaced by `source`: it and whatever imports it is loaded anew. */
  with(file: string, source: string): (file: string) => Exports {
    const anew = new Set(this.importersOf(file));
    const loaded = new Map([...this.#original].filter(([original]) => !anew.has(original)));
    const mutant = { file, body: bodyOf(source) };
    return wanted => this.#load(wanted, loaded, mutant);
  }

  /** `file`, and the files loaded so far that import it, by others or themselves. */
  importersOf(file: string): readonly string[] {
    const found = new Set([file]);
    for (let before = 0; before < found.size; ) {
      before = found.size;
      for (const [importer, imported] of this.#imports) {
        if (imported.some(one => found.has(one))) found.add(importer);
      }
    }
    return [...found];
  }

  #load(
    file: string,
    loaded: Map<string, Exports>,
    mutant: { readonly file: string; readonly body: Body } | null,
  ): Exports {
    const before = loaded.get(file);
    if (before !== undefined) return before;
    const module = { exports: {} };
    loaded.set(file, module.exports);
    const body = mutant?.file === file ? mutant.body : this.#bodyOf(file);
    const require = (id: string): unknown =>
      id.startsWith('.')
        ? this.#load(path.resolve(path.dirname(file), id), loaded, mutant)
        : id === 'node:crypto'
          ? rememberingCrypto
          : this.#require(id);
    body(module.exports, require, module);
    loaded.set(file, module.exports);
    return module.exports;
  }

  #bodyOf(file: string): Body {
    const before = this.#bodies.get(file);
    if (before !== undefined) return before;
    const source = readFileSync(file, 'utf8');
    const body = file.endsWith('.json') ? jsonBody(source) : bodyOf(source);
    this.#bodies.set(file, body);
    const imported = source.matchAll(/^(?:import|export|\}) [^;']*'(\.[^']*)'/gm);
    this.#imports.set(
      file,
      [...imported].map(([, id = '']) => path.resolve(path.dirname(file), id)),
    );
    return body;
  }
}

function jsonBody(source: string): Body {
  return (_exports, _require, module) => {
    module.exports = { default: JSON.parse(source), __esModule: true };
  };
}

function bodyOf(source: string): Body {
  const { code } = transformSync(source, { loader: 'ts', format: 'cjs', target: 'node20' });
  return compileFunction(code, ['exports', 'require', 'module']) as Body;
}
