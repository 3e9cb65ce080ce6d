import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Mending, mendingOf } from '../../src/checks/cut/mending.ts';
import { runBundle } from '../conformance/checks.ts';
import { parseBundle } from '../conformance/checks-bundle.ts';

async function mendingIn(world: string): Promise<Mending> {
  const { facts, findings } = await runBundle(
    parseBundle(readFileSync(`test/checks/scenarios/${world}.json`, 'utf8')),
  );
  return mendingOf(facts, findings);
}

/** Steps in a line each: `parent +NS +NS`, `wait 3600`. */
function gist({ steps }: Mending): readonly string[] {
  return steps.map(step =>
    step.kind === 'wait'
      ? `wait ${step.seconds}`
      : `${step.side} ${step.lines.map(({ change, line }) => `${change === 'add' ? '+' : '-'}${line.split(' ')[3]}`).join(' ')}`,
  );
}

describe('the steps that mend a cut', () => {
  const rows: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
    ['none for a healthy one', 'healthy/unsigned', [], []],
    [
      'take a lame server away on both sides, the parent first',
      'lame-rcode/1',
      ['parent -NS', 'child -NS'],
      [],
    ],
    [
      'put right glue in before the wrong goes',
      'glue-mismatch/1',
      ['parent +A', 'wait 3600', 'parent -A'],
      [],
    ],
    ['add what the parent lacks', 'ns-set-mismatch/1', ['parent +NS'], []],
    ['take DS records away that break everything', 'ds-unsigned-zone/1', ['parent -DS'], []],
    ['put the right DS records in place of the wrong', 'ds-no-match/none', ['parent +DS -DS'], []],
    ['leave to decide what has several ways out', 'delegation-dead/1', [], ['delegation-dead', 'ns']],
    [
      'name half of a move as it should end',
      'ns-set-disjoint/1',
      ['parent +NS +NS', 'wait 3600', 'parent -NS -NS'],
      [],
    ],
    ['keep to what is known: a part to fill in is left open', 'ns-single/1', [], ['ns-single']],
  ];
  test.each(rows)('%s', async (_what, world, steps, open) => {
    const mending = await mendingIn(world);
    expect(gist(mending)).toEqual(steps);
    expect(mending.open.map(({ id }) => id)).toEqual(open);
  });
});
