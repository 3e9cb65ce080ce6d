import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import type { Check, CutFinding } from '../../src/checks/cut/finding.ts';
import type { judgeCut } from '../../src/checks/cut/judge.ts';
import type * as mendingModule from '../../src/checks/cut/mending.ts';
import type * as setsModule from '../../src/checks/cut/sets.ts';
import { messageOf } from '../../src/error.ts';
import type { CutFacts } from '../../src/survey/facts.ts';
import { mendingText, setsText } from '../checks/found.ts';
import { Modules } from './modules.ts';
import { type Mutant, mutantsOf, mutated } from './mutate.ts';
import { type Difference, differenceIn, type SurveyedWorld } from './worlds.ts';

/** What came of one mutant. */
export interface Fate {
  /** Such as `sets.ts`. */
  readonly file: string;
  readonly line: number;
  /** `file: kind: old -> new`, and `#2` and so on where there are several that read so: what the list of survivors knows it by. */
  readonly key: string;
  /** What gives it away, and in which world; null when nothing does. */
  readonly killedBy: (Difference & { readonly world: string }) | null;
}

type Load = (file: string) => Record<string, unknown>;

/** Data, tables and the steps that mend: they have tests of their own in test/checks. */
const elsewhere: ReadonlySet<string> = new Set(['mending.ts', 'operators.ts', 'profile.ts', 'registry.ts']);

/** Checks, up to as many as which are judged on for a difference in what is reported, where one in what is told is found first. */
const few = 4;

/** Milliseconds after which a mutant counts as one that does not end. */
const endlessMs = 15_000;

/** The checks and what they share, as files that can be replaced by mutants. */
export class Mutation {
  readonly #folder: string;
  readonly #modules: Modules;
  readonly #worlds: readonly SurveyedWorld[];
  readonly #judge: string;
  /** The checks that each file exports. */
  readonly #checks = new Map<string, readonly string[]>();

  readonly #beside = new WeakMap<SurveyedWorld, string>();

  constructor(root: string, worlds: readonly SurveyedWorld[]) {
    this.#folder = path.join(root, 'src/checks/cut');
    this.#modules = new Modules(root);
    this.#worlds = worlds;
    this.#judge = path.join(this.#folder, 'judge.ts');
    for (const file of this.files()) {
      const exported = Object.values(this.#modules.load(path.join(this.#folder, file)));
      this.#checks.set(
        path.join(this.#folder, file),
        exported.filter(isCheck).map(({ id }) => id),
      );
    }
  }

  /** The files that mutants are made of. */
  files(): readonly string[] {
    return readdirSync(this.#folder).filter(file => file.endsWith('.ts') && !elsewhere.has(file));
  }

  /** The checks. */
  ids(): readonly string[] {
    return [...this.#checks.values()].flat();
  }

  /** Makes every mutant of a file, or those that are picked by their keys, and judges the worlds with each until one gives it away. */
  *fatesOf(file: string, picked: (key: string) => boolean = () => true): Generator<Fate> {
    const full = path.join(this.#folder, file);
    const source = readFileSync(full, 'utf8');
    const concerned = this.#concerned(full);
    const worlds = this.#worlds.toSorted((a, b) => rank(a, concerned) - rank(b, concerned));
    const seen = new Map<string, number>();
    for (const mutant of mutantsOf(source)) {
      const bare = keyOf(file, source, mutant);
      const count = (seen.get(bare) ?? 0) + 1;
      seen.set(bare, count);
      const key = count === 1 ? bare : `${bare} #${count}`;
      if (picked(key)) {
        const line = source.slice(0, mutant.start).split('\n').length;
        const killedBy = this.#killerOf(full, mutated(source, mutant), concerned, worlds);
        yield { file, line, key, killedBy };
      }
    }
  }

  /**
   * Whether some mutant makes a check miss what it must report in a world (`missing`), or report where it must be silent (`wrong`).
   * Its own file is tried first, then what it shares with others.
   */
  canFail(id: string, kind: 'missing' | 'wrong'): boolean {
    const files = this.files()
      .map(file => path.join(this.#folder, file))
      .filter(file => this.#concerned(file).has(id))
      .toSorted((a, b) => this.#concerned(a).size - this.#concerned(b).size);
    return files.some(file => {
      const source = readFileSync(file, 'utf8');
      return mutantsOf(source).some(mutant => this.#failsBy(id, kind, file, mutated(source, mutant)));
    });
  }

  #failsBy(id: string, kind: Difference['kind'], file: string, source: string): boolean {
    try {
      return withinTime(() => {
        const judge = this.#judgeOf(this.#modules.with(file, source), new Set([id]));
        return this.#worlds.some(
          world => differenceIn(world, judge(world.facts), one => one === id)?.kind === kind,
        );
      });
    } catch {
      return false;
    }
  }

  /** The checks that a change of `file` may change; all of them for what judges. */
  #concerned(file: string): ReadonlySet<string> {
    const importers = this.#modules.importersOf(file);
    const files = file === this.#judge || file.endsWith('/finding.ts') ? [...this.#checks.keys()] : importers;
    return new Set(files.flatMap(importer => this.#checks.get(importer) ?? []));
  }

  /** What judges facts by the checks concerned. */
  #judgeOf(load: Load, concerned: ReadonlySet<string>): (facts: CutFacts) => readonly CutFinding[] {
    const judge = load(this.#judge)['judgeCut'] as typeof judgeCut;
    const all = load(path.join(this.#folder, 'registry.ts'))['checks'] as readonly Check[];
    const checks = all.filter(({ id }) => concerned.has(id));
    return facts => judge(facts, { checks });
  }

  /** What compares the rest that a world shows, for files that hold no check: the name servers of each side, and the steps that mend. */
  #besideOf(load: Load, file: string): (world: SurveyedWorld) => Difference | null {
    const isShared = this.#checks.get(file)?.length === 0;
    return world => {
      if (!isShared) return null;
      const before = this.#beside.get(world) ?? this.#textBeside(name => this.#modules.load(name), world);
      this.#beside.set(world, before);
      return this.#textBeside(load, world) === before ? null : { kind: 'told', id: 'sides' };
    };
  }

  #textBeside(load: Load, { facts, findings }: SurveyedWorld): string {
    const [sets, mending] = ['sets.ts', 'mending.ts'].map(name => load(path.join(this.#folder, name)));
    const { parentNs, delegationNs, zoneNs } = sets as unknown as typeof setsModule;
    const { mendingOf } = mending as unknown as typeof mendingModule;
    const hosts = setsText([parentNs(facts), delegationNs(facts), zoneNs(facts)]);
    return `${hosts}${mendingText(mendingOf(facts, findings))}`;
  }

  #killerOf(
    file: string,
    source: string,
    concerned: ReadonlySet<string>,
    worlds: readonly SurveyedWorld[],
  ): Fate['killedBy'] {
    let now = '';
    try {
      return withinTime(() => {
        const load = this.#modules.with(file, source);
        const judge = this.#judgeOf(load, concerned);
        const beside = this.#besideOf(load, file);
        let told: Fate['killedBy'] = null;
        for (const world of worlds) {
          now = world.id;
          const difference =
            differenceIn(world, judge(world.facts), id => concerned.has(id)) ?? beside(world);
          if (difference !== null && (difference.kind !== 'told' || concerned.size > few)) {
            return { ...difference, world: now };
          }
          told ??= difference === null ? null : { ...difference, world: now };
        }
        return told;
      });
    } catch (error) {
      const isEndless = messageOf(error).includes('timed out');
      return { kind: isEndless ? 'endless' : 'thrown', id: '', world: now };
    }
  }
}

/** Worlds of the checks concerned come first: they are the likeliest to give a mutant away. */
function rank({ id }: SurveyedWorld, concerned: ReadonlySet<string>): number {
  return concerned.has(id.split('/')[0] ?? '') ? 0 : 1;
}

function keyOf(file: string, source: string, { kind, start, end, text }: Mutant): string {
  const short = (long: string): string => long.replace(/\s+/g, ' ').trim();
  return `${file}: ${kind}: ${short(source.slice(start, end))} -> ${short(text)}`;
}

function isCheck(value: unknown): value is Check {
  return typeof value === 'object' && value !== null && 'find' in value && 'id' in value;
}

const call = new vm.Script('globalThis[Symbol.for("zonecut.mutant")]()');

/** Runs what may not end. Throws when it takes too long. */
function withinTime<T>(run: () => T): T {
  Object.assign(globalThis, { [Symbol.for('zonecut.mutant')]: run });
  return call.runInThisContext({ timeout: endlessMs }) as T;
}
