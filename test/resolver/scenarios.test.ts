import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseScenario } from '../conformance/rpl-parse.ts';
import { runScenario } from '../conformance/rpl-run.ts';

const folder = new URL('../conformance/scenarios/', import.meta.url);
const files = readdirSync(folder).filter(name => name.endsWith('.rpl'));

describe('scenarios of the resolver', () => {
  it.each(files)('%s', async file => {
    const scenario = parseScenario(readFileSync(new URL(file, folder), 'latin1'));
    expect(await runScenario(scenario)).toBeNull();
    const steps = scenario.steps.map(step =>
      step.kind === 'CHECK_ANSWER' && step.entry !== null
        ? { ...step, entry: { ...step.entry, rcode: 'REFUSED' } }
        : step,
    );
    expect(await runScenario({ ...scenario, steps }), 'with another answer expected').toMatch(
      /expected REFUSED/,
    );
  });
});
