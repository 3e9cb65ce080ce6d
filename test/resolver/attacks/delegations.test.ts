import { expect, it } from 'vitest';
import { defaultLimits } from '../../../src/resolver/limits.ts';
import { makeMemory } from '../../../src/resolver/memory.ts';
import { type Sim, simulate } from '../sim.ts';
import { felt } from './client.ts';
import { type Attack, checkAttacks, type Felt } from './table.ts';
import { lines, withCom } from './zones.ts';

function simWith(com: string): Sim {
  return simulate(withCom(com));
}

/** A question by somebody whose resolver knows nothing yet. */
async function once(com: string, question: string): Promise<Felt> {
  const sim = simWith(com);
  return await felt(sim, sim.resolver(), question);
}

/** What the last of `count` questions for new names below `zone` takes, a second apart. */
async function again(com: string, zone: string, count: number): Promise<Felt> {
  const sim = simWith(com);
  const resolver = sim.resolver();
  let last: Felt | null = null;
  let packets = 0;
  for (let at = 0; at < count; at += 1) {
    last = await felt(sim, resolver, `w${at}.${zone}`);
    packets += last.packets;
  }
  return { packets, outcome: last?.outcome ?? '', fired: last?.fired ?? [] };
}

const attacks: readonly Attack[] = [
  {
    name: 'NXNSAttack, names below one victim',
    sends: 'a referral to 60 names below a zone that has none of them',
    stoppedBy: '`maxServersPerCut`, then `maxLookupFailures`',
    most: 20,
    run: () =>
      once(
        lines(60, at => `flood NS ns${at}.victim.example.com.`),
        'www.flood.com',
      ),
  },
  {
    name: 'NXNSAttack, as many victims as names',
    sends: 'a referral to 60 names in 60 zones that do not exist',
    stoppedBy: '`maxServersPerCut`, then `maxLookupFailures`',
    most: 20,
    run: () =>
      once(
        lines(60, at => `flood NS ns.victim${at}.net.`),
        'www.flood.com',
      ),
  },
  {
    name: 'NXNSAttack, 20 questions',
    sends: 'the same, and 20 questions for new names below the zone',
    stoppedBy:
      '`maxServersPerCut`, `maxLookupFailures`, and negative answers that are remembered: each name is looked up once',
    most: 3 + 2 * 60,
    run: () =>
      again(
        lines(60, at => `flood NS ns.victim${at}.net.`),
        'flood.com',
        20,
      ),
  },
  {
    name: 'NRDelegation',
    sends: 'a referral to 1,500 names that do not exist',
    stoppedBy: '`maxRecordsPerSet`: the set is dropped whole, before anything is looked up',
    most: 2,
    run: () =>
      once(
        lines(1500, at => `dead NS ns${at}.dead.example.com.`),
        'www.dead.com',
      ),
  },
  {
    name: 'NRDelegation, 100 names a referral',
    sends: 'referrals to as many names as are believed, each name in a zone with 100 further ones',
    stoppedBy: '`maxServersPerCut`, `maxLookupFailures`, `maxDependencyDepth` and `maxMoves`',
    most: 200,
    run: () =>
      once(
        lines(8, level => lines(100, at => `d${level} NS ns${at}.d${level + 1}.com.`)),
        'www.d0.com',
      ),
  },
  {
    name: 'TsuNAME, a zone and itself',
    sends: 'a zone whose one server is in it, without glue',
    stoppedBy: 'the parent is asked for the address, once',
    most: 3,
    run: () => once('self NS ns.self', 'www.self.com'),
  },
  {
    name: 'TsuNAME, two zones',
    sends: 'two zones whose servers are named in each other',
    stoppedBy: 'the dependency stack, on which no address is looked up twice',
    most: 4,
    run: () => once('one NS ns.two\ntwo NS ns.one', 'www.one.com'),
  },
  {
    name: 'TsuNAME, three zones',
    sends: 'three zones whose servers are named in a ring',
    stoppedBy: 'the dependency stack',
    most: 6,
    run: () => once('one NS ns.two\ntwo NS ns.three\nthree NS ns.one', 'www.one.com'),
  },
  {
    name: 'TsuNAME, 13 servers in a ring',
    sends: 'two zones with 13 servers each, all named in the other zone',
    stoppedBy: 'the dependency stack, `maxDependencyDepth`, `maxLookupFailures`',
    most: 40,
    run: () =>
      once(
        lines(13, at => `one NS ns${at}.two\ntwo NS ns${at}.one`),
        'www.one.com',
      ),
  },
  {
    name: 'TsuNAME, 20 questions',
    sends: 'the ring of three, and 20 questions for new names below it',
    stoppedBy: 'the delegations that are remembered, and the dependency stack',
    most: 20,
    run: () => again('one NS ns.two\ntwo NS ns.three\nthree NS ns.one', 'one.com', 20),
  },
];

checkAttacks('Delegations to nowhere and in circles', attacks);

it('1,500 dead servers take no more time and memory than 13', async () => {
  const cost = async (count: number): Promise<{ readonly elapsedMs: number; readonly octets: number }> => {
    const sim = simWith(lines(count, at => `dead NS ns${at}.dead.example.com.`));
    const memory = makeMemory(sim.hints, defaultLimits);
    await felt(sim, sim.resolver({ memory }), 'www.dead.com');
    return { elapsedMs: sim.clock.elapsed(), octets: memory.answers.octets + memory.delegations.octets };
  };
  const [few, many] = [await cost(13), await cost(1500)];
  expect(many.elapsedMs).toBeLessThanOrEqual(few.elapsedMs);
  expect(many.octets).toBeLessThanOrEqual(few.octets);
});
