import { expect } from 'vitest';
import type { Message } from '../../../src/dns/message.ts';
import { parseName } from '../../../src/dns/name.ts';
import { type ResourceRecord, type RRset, recordsOf, rrsetOf } from '../../../src/dns/rrset.ts';
import { askServer } from '../../../src/resolver/query.ts';
import { traceName } from '../../../src/resolver/trace.ts';
import { ask, gist, type Sim, type SimServer, simulate, withServers } from '../sim.ts';
import { comText, story } from '../story.ts';
import { felt } from './client.ts';
import { type Attack, checkAttacks, type Felt } from './table.ts';
import { lines, withCom } from './zones.ts';

const evilAddress = '203.0.113.66';

function records(...rrsets: readonly RRset[]): readonly ResourceRecord[] {
  return rrsets.flatMap(rrset => recordsOf(rrset));
}

/** A server of inside.com that adds to all its responses. */
function adding(
  more: Partial<Record<'answer' | 'authority' | 'additional', readonly ResourceRecord[]>>,
): SimServer {
  return {
    serves: ['inside.com'],
    edit: (response: Message) => ({
      ...response,
      answer: [...response.answer, ...(more.answer ?? [])],
      authority: [...response.authority, ...(more.authority ?? [])],
      additional: [...response.additional, ...(more.additional ?? [])],
    }),
  };
}

/** Asks for a name of the attacker, and then for the names that were to be poisoned. */
async function poisoned(server: SimServer, question = 'www.inside.com'): Promise<Felt> {
  const sim = simulate(withServers(story, { '192.0.2.20': server }));
  const resolver = sim.resolver();
  const first = await felt(sim, resolver, question);
  for (const [name, right] of [
    ['www.host.net', '198.51.100.9'],
    ['www.example.com', '198.51.100.1'],
    ['x.inside.com', 'nxdomain'],
  ] as const) {
    expect(gist(await ask(sim, resolver, name))).toBe(right);
  }
  expect(JSON.stringify(resolver.dump())).not.toMatch(/evil|203\.0\.113/);
  expect(sim.seen.map(({ address }) => address)).not.toContain(evilAddress);
  return first;
}

/** The same poison for a resolver, for a trace, for one question and for the search of a zone. */
async function everyMode(): Promise<Felt> {
  const poison = adding({
    answer: records(rrsetOf('www.victim.net', 'A', 86_400, evilAddress)),
    authority: records(
      rrsetOf('com', 'NS', 86_400, 'ns.evil.net'),
      rrsetOf('inside.com', 'NS', 86_400, 'ns.evil.net'),
    ),
    additional: records(
      rrsetOf('ns.evil.net', 'A', 86_400, evilAddress),
      rrsetOf('a.gtld.net', 'A', 86_400, evilAddress),
    ),
  });
  const plan = withServers(story, { '192.0.2.20': poison });
  const wanted = { name: parseName('www.inside.com'), type: 'A' };
  const hostile = /evil|victim|203\.0\.113/;
  const of = async (work: (sim: Sim) => Promise<unknown>): Promise<void> => {
    const sim = simulate(plan);
    expect(JSON.stringify(await sim.clock.run(work(sim)))).not.toMatch(hostile);
  };
  await of(async sim => {
    const { levels, outcome } = await traceName(sim.world, wanted, { hints: sim.hints });
    return [outcome, levels.map(({ ns, next }) => [ns, next])];
  });
  await of(async sim => {
    const zone = parseName('inside.com');
    const { verdict } = await askServer(sim.world, { address: '192.0.2.20', port: 53 }, wanted, { zone });
    return verdict.kind === 'answer' ? verdict.rrsets : verdict;
  });
  await of(async sim => {
    const cut = await sim.resolver().zoneOf(wanted.name);
    return cut.kind === 'zone' ? [cut.ns, cut.servers, cut.delegation] : cut;
  });
  await of(async sim => {
    const resolution = await sim.resolver().resolve(wanted, { cache: false });
    return resolution.kind === 'answer' ? resolution.rrsets : resolution;
  });
  return await poisoned(poison);
}

/** A question below a zone whose referral has `glue`, after which only `addresses` may have been asked. */
async function glued(
  com: string,
  zones: Record<string, string>,
  addresses: readonly string[],
): Promise<Felt> {
  const sim = simulate(withCom(com, zones, { '192.0.2.40': { serves: Object.keys(zones) } }));
  const result = await felt(sim, sim.resolver(), 'www.glued.com');
  const asked = new Set(sim.seen.map(({ address }) => address));
  expect([...asked].filter(address => !['192.0.2.1', '192.0.2.2'].includes(address))).toEqual(addresses);
  return result;
}

/** Asks about a zone that was taken away every nine seconds, until well after its TTL. */
async function ghost(name: string, questions: readonly string[], edit?: SimServer['edit']): Promise<Felt> {
  const child =
    '@ 86400 NS ns\nns 86400 A 192.0.2.40\nwww 1 A 198.51.100.66\nsub 86400 NS ns.sub\nns.sub 86400 A 192.0.2.41';
  const sim = simulate(
    withCom(
      'ghost 100 NS ns.ghost\nns.ghost 100 A 192.0.2.40',
      { 'ghost.com': child, 'sub.ghost.com': '@ 86400 NS ns\nns 86400 A 192.0.2.41\nwww 1 A 198.51.100.67' },
      {
        '192.0.2.40': { serves: ['ghost.com'], ...(edit === undefined ? {} : { edit }) },
        '192.0.2.41': 'sub.ghost.com',
      },
    ),
  );
  const resolver = sim.resolver();
  expect((await ask(sim, resolver, name)).kind).toBe('answer');
  sim.setZone('com', comText);
  for (let second = 0; second < 99; second += 9) {
    sim.clock.advance(9000);
    for (const question of questions) {
      await ask(sim, resolver, question);
    }
  }
  sim.clock.advance(2000);
  return await felt(sim, resolver, name);
}

const renewing: NonNullable<SimServer['edit']> = response => ({
  ...response,
  authority: [...response.authority, ...records(rrsetOf('ghost.com', 'NS', 86_400, 'ns.ghost.com'))],
  additional: [...response.additional, ...records(rrsetOf('ns.ghost.com', 'A', 86_400, '192.0.2.40'))],
});

const ds = `1 13 2 ${'ab'.repeat(32)}`;

const attacks: readonly Attack[] = [
  {
    name: 'promiscuous NS beside an answer (CVE-2025-11411)',
    sends: 'NS records of the zone itself, of com and of another zone beside an answer, with addresses',
    stoppedBy: 'only a referral of the parent tells where a zone is served',
    most: 3,
    run: () =>
      poisoned(
        adding({
          authority: records(
            rrsetOf('inside.com', 'NS', 86_400, 'ns.evil.com'),
            rrsetOf('com', 'NS', 86_400, 'ns.evil.com'),
            rrsetOf('host.net', 'NS', 86_400, 'ns.evil.com'),
          ),
          additional: records(rrsetOf('ns.evil.com', 'A', 86_400, evilAddress)),
        }),
      ),
  },
  {
    name: 'promiscuous NS beside a denial',
    sends: 'the same beside the denial of a name',
    stoppedBy: 'only a referral of the parent tells where a zone is served',
    most: 3,
    run: () =>
      poisoned(
        adding({
          authority: records(rrsetOf('inside.com', 'NS', 86_400, 'ns.evil.com')),
          additional: records(rrsetOf('ns.evil.com', 'A', 86_400, evilAddress)),
        }),
        'nowhere.inside.com',
      ),
  },
  {
    name: 'records that nobody asked for (CVE-2025-40778)',
    sends: 'addresses and aliases of other names, in and outside of the zone, in the answer',
    stoppedBy: 'what is neither the answer nor a step to it is dropped',
    most: 3,
    run: () =>
      poisoned(
        adding({
          answer: records(
            rrsetOf('www.host.net', 'A', 86_400, evilAddress),
            rrsetOf('x.inside.com', 'A', 86_400, evilAddress),
            rrsetOf('www.example.com', 'CNAME', 86_400, 'evil.inside.com'),
          ),
        }),
      ),
  },
  {
    name: 'MaginotDNS',
    sends:
      'the same poison to a resolver, past its cache, to a trace, to one question and to the search for a zone',
    stoppedBy: 'one scrubber for all of them',
    most: 3,
    run: everyMode,
  },
  {
    name: 'glue from another parent',
    sends: 'a referral of com to a server in net, with an address for it',
    stoppedBy: 'glue is believed at or below the zone that was asked (RFC 9471)',
    most: 8,
    run: async () => {
      const liar: SimServer = {
        serves: ['com', 'net'],
        edit: response => {
          const refers = response.authority.some(({ owner }) => owner === parseName('example.com'));
          const lie = records(
            rrsetOf('ns1.host.net', 'A', 60, evilAddress),
            rrsetOf('ns2.host.net', 'A', 60, evilAddress),
          );
          return refers ? { ...response, additional: lie } : response;
        },
      };
      const sim = simulate(withServers(story, { '192.0.2.2': liar }));
      const result = await felt(sim, sim.resolver(), 'www.example.com');
      expect(sim.seen.map(({ address }) => address)).not.toContain(evilAddress);
      return result;
    },
  },
  {
    name: 'glue at special addresses (CVE-2026-50251)',
    sends: 'a server at 0.0.0.0, ::, 224.0.0.1, ff02::1 and 255.255.255.255',
    stoppedBy: 'no server can be there; loopback and private addresses are refused by the World',
    most: 3,
    run: () =>
      glued(
        'glued NS ns.glued\nns.glued A 0.0.0.0\nns.glued A 224.0.0.1\nns.glued A 255.255.255.255\nns.glued AAAA ::\nns.glued AAAA ff02::1',
        {},
        [],
      ),
  },
  {
    name: 'duplicate glue (CVE-2026-3592)',
    sends: '13 names, all of them at one address, which refuses',
    stoppedBy: 'an address is asked once, whatever its names',
    most: 5,
    run: () =>
      glued(
        lines(13, at => `glued NS ns${at}.glued\nns${at}.glued A 192.0.2.40`),
        {},
        ['192.0.2.40'],
      ),
  },
  {
    name: 'self-pointed glue (CVE-2026-3592)',
    sends: 'a referral to 13 names at the address of the parent itself, which refers again and again',
    stoppedBy: 'a referral has to lead down; the address is asked once',
    most: 5,
    run: () =>
      glued(
        lines(13, at => `glued NS ns${at}.glued\nns${at}.glued A 192.0.2.2`),
        {},
        [],
      ),
  },
  {
    name: 'ghost domain',
    sends:
      'NS records of a zone that its parent took away, from its own servers, whenever they are asked for',
    stoppedBy: "the parent's TTL, which no child extends",
    most: 2,
    run: () => ghost('www.ghost.com', ['ghost.com NS', 'www.ghost.com']),
  },
  {
    name: 'ghost domain, NS beside every answer (CVE-2022-30698)',
    sends: 'the same NS records and the address of the server beside every answer',
    stoppedBy: "the parent's TTL",
    most: 2,
    run: () => ghost('www.ghost.com', ['x.ghost.com', 'www.ghost.com'], renewing),
  },
  {
    name: 'ghost domain, addresses of the servers',
    sends: "the addresses of the zone's servers with a TTL of a day",
    stoppedBy: 'addresses lead nowhere without a delegation',
    most: 2,
    run: () => ghost('www.ghost.com', ['ns.ghost.com', 'ns.ghost.com AAAA', 'www.ghost.com']),
  },
  {
    name: 'ghost domain, grandchild (CVE-2022-30699)',
    sends: 'referrals to a zone below it with a TTL of a day, and NS records of that zone',
    stoppedBy: 'a delegation counts no longer than the one above it',
    most: 2,
    run: () =>
      ghost('www.sub.ghost.com', ['sub.ghost.com NS', 'ns.sub.ghost.com', 'www.sub.ghost.com'], renewing),
  },
  {
    name: 'DS of a sibling',
    sends: 'a referral with the DS record of another zone',
    stoppedBy: 'a DS record is believed at the cut that is referred to',
    most: 8,
    run: async () => {
      const liar: SimServer = {
        serves: ['com', 'net'],
        edit: response => ({
          ...response,
          authority: [...response.authority, ...records(rrsetOf('other.com', 'DS', 3600, ds))],
        }),
      };
      const sim = simulate(withServers(story, { '192.0.2.2': liar }));
      const resolver = sim.resolver();
      const result = await felt(sim, resolver, 'www.example.com');
      expect(JSON.stringify(resolver.dump())).not.toContain('other.com');
      return result;
    },
  },
  {
    name: "DS from the child's side",
    sends: 'a DS record of the zone from its own servers, beside an answer and when asked for it',
    stoppedBy: "DS is asked of the parent, and the child's word for it does not count",
    most: 3,
    run: async () => {
      const sim = simulate(
        withServers(story, {
          '192.0.2.20': adding({ authority: records(rrsetOf('inside.com', 'DS', 3600, ds)) }),
        }),
      );
      const resolver = sim.resolver();
      await ask(sim, resolver, 'www.inside.com');
      const before = sim.seen.length;
      const result = await felt(sim, resolver, 'inside.com DS');
      expect(sim.seen.slice(before).map(({ address }) => address)).toEqual(['192.0.2.2']);
      expect(JSON.stringify(resolver.dump())).not.toContain('abab');
      return result;
    },
  },
];

checkAttacks('Poisoning, glue and ghosts', attacks);
