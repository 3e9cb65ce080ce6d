import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/resolver/limits.ts';

/** What came of an attack. */
export interface Felt {
  /** Packets that the resolver sent to others for it. */
  readonly packets: number;
  /** What a client got, as a word or two. */
  readonly outcome: string;
  /** Names of the limits that the resolution says have fired. */
  readonly fired: readonly string[];
}

/** An attack on the resolver: one row of a table in docs/security.md. */
export interface Attack {
  readonly name: string;
  /** What the attacker sends or serves. */
  readonly sends: string;
  /** The limit or rule that stops it. The limits that are named in backquotes, and no others, have to be seen to fire. */
  readonly stoppedBy: string;
  /** Packets at most. */
  readonly most: number;
  readonly run: () => Promise<Felt>;
}

const file = new URL('../../../docs/security.md', import.meta.url);
const head = [
  '| attack | what comes | what stops it | packets | at most | what the client gets |',
  '|---|---|---|---:|---:|---|',
];
const rewrites = process.env['ZONECUT_REWRITE'] === '1';

/**
 * One test an attack: it takes no more packets than it may, the limits that stop it are seen to fire, and its row in the
 * table under `heading` in docs/security.md says what was counted. With `ZONECUT_REWRITE=1` the table is written anew.
 */
export function checkAttacks(heading: string, attacks: readonly Attack[]): void {
  describe(heading, () => {
    const rows: string[] = [];
    it.each(attacks.map(attack => [attack.name, attack] as const))('%s', async (_name, attack) => {
      const felt = await attack.run();
      const row = rowOf(attack, felt);
      rows.push(row);
      expect(felt.packets).toBeLessThanOrEqual(attack.most);
      expect(felt.fired.toSorted()).toEqual(limitsNamed(attack.stoppedBy).toSorted());
      if (!rewrites) {
        expect(tableUnder(heading)).toContain(row);
      }
    });

    it('are all that the table has', () => {
      if (rewrites) {
        rewrite(heading, rows);
      }
      expect(tableUnder(heading).map(nameIn)).toEqual(attacks.map(({ name }) => name));
    });
  });
}

function rowOf({ name, sends, stoppedBy, most }: Attack, { packets, outcome }: Felt): string {
  return `| ${[name, sends, stoppedBy, packets, most, outcome].join(' | ')} |`;
}

function nameIn(row: string): string {
  return row.split(' | ')[0]?.slice(2) ?? '';
}

function limitsNamed(text: string): readonly string[] {
  return [...text.matchAll(/`(\w+)`/g)].flatMap(([, name]) =>
    name !== undefined && name in defaultLimits ? [name] : [],
  );
}

/** The rows of the table under `heading`. */
function tableUnder(heading: string): readonly string[] {
  const section = readFileSync(file, 'utf8')
    .split(/^#+ /m)
    .find(text => text.startsWith(`${heading}\n`));
  return (section ?? '').split('\n').filter(line => line.startsWith('| ') && !head.includes(line));
}

function rewrite(heading: string, rows: readonly string[]): void {
  const parts = readFileSync(file, 'utf8').split(/^(?=#+ )/m);
  const written = parts.map(part => {
    if (!part.replace(/^#+ /, '').startsWith(`${heading}\n`)) {
      return part;
    }
    const text = part.split('\n').filter(line => !line.startsWith('|'));
    while (text.at(-1) === '') {
      text.pop();
    }
    return `${[...text, '', ...head, ...rows].join('\n')}\n${part === parts.at(-1) ? '' : '\n'}`;
  });
  writeFileSync(file, written.join(''));
}
