import { describe, expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { traceName } from '../../src/resolver/trace.ts';
import { compareGlue, type GlueComparison } from '../../src/survey/trace-glue.ts';
import { simulate, withServers } from '../resolver/sim.ts';
import { story } from '../resolver/story.ts';

async function compared(
  name: string,
  change: (sim: ReturnType<typeof simulate>) => void = () => {},
): Promise<readonly GlueComparison[]> {
  const sim = simulate(story);
  change(sim);
  const question = { name: parseName(name), type: 'A' };
  const options = { hints: sim.hints };
  return await sim.clock.run(
    (async () => compareGlue(sim.world, await traceName(sim.world, question, options), options))(),
  );
}

describe('compareGlue', () => {
  it("compares what the parent says of a server's address with what its own zone says", async () => {
    expect(await compared('www.inside.com')).toEqual([
      {
        zone: 'inside.com.',
        name: 'ns.inside.com.',
        glue: ['192.0.2.20'],
        authoritative: ['192.0.2.20'],
        verdict: 'same',
      },
    ]);
  });

  it('finds an address that the own zone has not', async () => {
    const [found] = await compared('www.inside.com', sim =>
      sim.setZone('inside.com', '@ NS ns\nns A 192.0.2.21\nwww A 198.51.100.8'),
    );
    expect(found).toMatchObject({ glue: ['192.0.2.20'], authoritative: ['192.0.2.21'], verdict: 'wrong' });
  });

  it('finds that the own zone has none at all', async () => {
    const [found] = await compared('www.inside.com', sim =>
      sim.setZone('inside.com', '@ NS ns\nwww A 198.51.100.8'),
    );
    expect(found).toMatchObject({ authoritative: [], verdict: 'wrong' });
  });

  it('tells glue that is good but not all', async () => {
    const [found] = await compared('www.inside.com', sim =>
      sim.setZone('inside.com', '@ NS ns\nns A 192.0.2.20\nns AAAA 2001:db8::20\nwww A 198.51.100.8'),
    );
    expect(found).toMatchObject({ authoritative: ['192.0.2.20', '2001:db8::20'], verdict: 'incomplete' });
  });

  it('does not judge when the own zone cannot be asked', async () => {
    const sim = simulate(withServers(story, { '192.0.2.20': { fault: 'silent' } }));
    const question = { name: parseName('www.inside.com'), type: 'A' };
    const options = { hints: sim.hints };
    const found = await sim.clock.run(
      (async () => compareGlue(sim.world, await traceName(sim.world, question, options), options))(),
    );
    expect(found).toMatchObject([{ authoritative: null, verdict: 'unknown' }]);
  });

  it('leaves the root and top-level domains out, unless the walk ends there', async () => {
    expect((await compared('www.example.com')).map(({ zone }) => zone)).toEqual([]);
    expect((await compared('nothing.com')).map(({ zone }) => zone)).toEqual(['com.']);
  });
});
