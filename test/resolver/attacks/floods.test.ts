import { expect } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import { gist, type Sim, simulate } from '../sim.ts';
import { firedIn } from './client.ts';
import { type Attack, checkAttacks, type Felt } from './table.ts';
import { lines, withCom } from './zones.ts';

/** How many packets with one question were under way to one server at once, at most. */
function watchPairs(sim: Sim): () => number {
  const underWay = new Map<string, number>();
  let most = 0;
  const { exchange } = sim.world.dns;
  Object.assign(sim.world.dns, {
    exchange: async (...args: Parameters<typeof exchange>) => {
      const key = `${args[1].address} ${JSON.stringify(args[0].questions)}`;
      const count = (underWay.get(key) ?? 0) + 1;
      underWay.set(key, count);
      most = Math.max(most, count);
      try {
        return await exchange(...args);
      } finally {
        underWay.set(key, (underWay.get(key) ?? 1) - 1);
      }
    },
  });
  return () => most;
}

/** `count` questions at once, `nameOf` each; those below the answer's name count as answered. */
async function together(sim: Sim, count: number, nameOf: (at: number) => string): Promise<Felt> {
  const most = watchPairs(sim);
  const resolver = sim.resolver();
  const all = await sim.clock.run(
    Promise.all(
      Array.from({ length: count }, (_, at) => resolver.resolve({ name: parseName(nameOf(at)), type: 'A' })),
    ),
  );
  expect(most()).toBe(1);
  const outcomes = [...new Set(all.map(gist))];
  expect(outcomes).toHaveLength(1);
  return { packets: sim.seen.length, outcome: 'the answer', fired: [...new Set(all.flatMap(firedIn))] };
}

/** As many questions as there may be, each for a zone with a server that never answers; and then 20 for a good one. */
async function phantoms(count: number): Promise<Felt> {
  const place = (at: number): string => `198.18.${at >> 8}.${at & 255}`;
  const sim = simulate(withCom(lines(count, at => `p${at} NS ns.p${at}\nns.p${at} A ${place(at)}`)));
  const resolver = sim.resolver();
  const flood = Array.from({ length: count }, (_, at) =>
    resolver.resolve({ name: parseName(`p${at}.com`), type: 'A' }),
  );
  await sim.clock.run(sim.world.clock.sleep(600));
  const others = await sim.clock.run(
    Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        resolver.resolve({ name: parseName(`w${at}.inside.com`), type: 'A' }),
      ),
    ),
  );
  expect(others.map(gist)).toEqual(others.map(() => 'nxdomain'));
  const all = await sim.clock.run(Promise.all(flood));
  expect(sim.clock.elapsed()).toBeLessThanOrEqual(10_000);
  const packets = sim.seen.filter(({ address }) => address.startsWith('198.18.')).length;
  return {
    packets,
    outcome: 'SERVFAIL in 10 s; others their answers',
    fired: [...new Set(all.flatMap(firedIn))],
  };
}

/** 1,900 questions for one zone with one server that never answers. */
async function oneSilent(): Promise<Felt> {
  const sim = simulate(withCom('p NS ns.p\nns.p A 198.18.0.1'));
  const resolver = sim.resolver();
  const flood = Array.from({ length: 1900 }, (_, at) =>
    resolver.resolve({ name: parseName(`w${at}.p.com`), type: 'A' }),
  );
  const all = await sim.clock.run(Promise.all(flood));
  expect(sim.clock.elapsed()).toBeLessThanOrEqual(10_000);
  return { packets: sim.seen.length, outcome: 'SERVFAIL in 10 s', fired: [...new Set(all.flatMap(firedIn))] };
}

const attacks: readonly Attack[] = [
  {
    name: 'RebirthDay (CVE-2025-5994), one question',
    sends: '1,000 clients ask the same at once, so that a forger has 1,000 IDs to hit',
    stoppedBy: 'identical questions under way are one',
    most: 4,
    run: () => together(simulate(withCom('')), 1000, () => 'www.inside.com'),
  },
  {
    name: 'RebirthDay, one question in disguise',
    sends: '1,000 different questions at once, all of them aliases of one name',
    stoppedBy: 'identical packets under way are one',
    most: 1000 + 6,
    run: () => {
      const aliases = lines(1000, at => `a${at} CNAME www.inside.com.`);
      const sim = simulate(
        withCom(
          'many NS ns.many\nns.many A 192.0.2.21',
          { 'many.com': `@ NS ns\nns A 192.0.2.21\n${aliases}` },
          { '192.0.2.21': 'many.com' },
        ),
      );
      return together(sim, 1000, at => `a${at}.many.com`);
    },
  },
  {
    name: 'phantom domains',
    sends: '2,000 questions for as many zones whose servers never answer, and 20 questions of other people',
    stoppedBy: '`maxQuestions`: after half a second the oldest give way; three packets to a silent server',
    most: 2000 * 3,
    run: () => phantoms(2000),
  },
  {
    name: 'phantom domain, one server',
    sends: '1,900 questions for names below one zone whose one server never answers',
    stoppedBy: '`totalTimeoutMs`, waiting for one of the ten places at a server included',
    most: 10 * 28 + 2,
    run: oneSilent,
  },
];

checkAttacks('Floods', attacks);
