import { expect, it } from 'vitest';
import { type Message, makeQuery, makeResponse } from '../../../src/dns/message.ts';
import { parseName } from '../../../src/dns/name.ts';
import { recordsOf, rrsetOf } from '../../../src/dns/rrset.ts';
import { decodeMessage, encodeMessage } from '../../../src/dns/wire.ts';
import { defaultLimits } from '../../../src/resolver/limits.ts';
import { makeMemory } from '../../../src/resolver/memory.ts';
import { scrub } from '../../../src/resolver/scrub.ts';
import { type SimServer, simulate, withServers } from '../sim.ts';
import { story } from '../story.ts';
import { felt } from './client.ts';
import { type Attack, checkAttacks, type Felt } from './table.ts';
import { lines, withCom } from './zones.ts';

/** A question to inside.com, whose server answers as `edit` has it. */
async function edited(edit: NonNullable<SimServer['edit']>, question = 'www.inside.com'): Promise<Felt> {
  const sim = simulate(withServers(story, { '192.0.2.20': { serves: ['inside.com'], edit } }));
  const memory = makeMemory(sim.hints, defaultLimits);
  const result = await felt(sim, sim.resolver({ memory }), question);
  expect(memory.answers.octets + memory.delegations.octets).toBeLessThan(500_000);
  return result;
}

function addresses(count: number): Message['answer'] {
  const all = Array.from({ length: count }, (_, at) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`);
  return recordsOf(rrsetOf('www.inside.com', 'A', 60, ...all));
}

/** Octets of a response to which nothing may be made but ZC_WIRE; cheap also a thousand times over. */
function undecodable(make: (head: Uint8Array) => Uint8Array): Felt {
  const head = encodeMessage({
    ...decodeMessage(Uint8Array.from([0, 1, 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 0, 0, 1, 0, 1])),
  });
  const octets = make(head);
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 1000; count += 1) {
    expect(() => decodeMessage(octets)).toThrow(expect.objectContaining({ code: 'ZC_WIRE' }));
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  return { packets: 0, outcome: 'ZC_WIRE; over UDP the wait goes on', fired: [] };
}

/** `head` with other counts and a tail behind it. */
function tailed(head: Uint8Array, counts: readonly number[], tail: readonly number[]): Uint8Array {
  const octets = Uint8Array.from([...head, ...tail]);
  for (const [at, count] of counts.entries()) {
    octets[4 + 2 * at] = count >> 8;
    octets[5 + 2 * at] = count & 255;
  }
  return octets;
}

const attacks: readonly Attack[] = [
  {
    name: 'pointer to itself',
    sends: 'a name that is a compression pointer to its own first octet',
    stoppedBy: 'pointers go strictly backwards',
    most: 0,
    run: async () => undecodable(head => tailed(head, [1, 1], [0xc0, 19, 0, 1, 0, 1, 0, 0, 0, 60, 0, 0])),
  },
  {
    name: 'pointers in a ring',
    sends: 'two names that point to each other',
    stoppedBy: 'pointers go strictly backwards',
    most: 0,
    run: async () =>
      undecodable(head =>
        tailed(
          head,
          [1, 2],
          [0xc0, 31, 0, 1, 0, 1, 0, 0, 0, 60, 0, 0, 0xc0, 19, 0, 1, 0, 1, 0, 0, 0, 60, 0, 0],
        ),
      ),
  },
  {
    name: 'name that never ends',
    sends: 'labels and pointers that make a name of more than 255 octets',
    stoppedBy: '255 octets of a name',
    most: 0,
    run: async () => {
      const label = [63, ...new Array<number>(63).fill(97)];
      return undecodable(head =>
        tailed(
          head,
          [1, 1],
          [...label, ...label, ...label, ...label, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 0],
        ),
      );
    },
  },
  {
    name: 'count bomb',
    sends: 'a message of 19 octets whose counts say 65,535 four times',
    stoppedBy: 'nothing is sized by a count',
    most: 0,
    run: async () => undecodable(head => tailed(head, [65_535, 65_535, 65_535, 65_535], [])),
  },
  {
    name: 'many addresses',
    sends: 'an answer of 101 addresses',
    stoppedBy: '`maxRecordsPerSet`',
    most: 3,
    run: () => edited(response => ({ ...response, answer: addresses(101) })),
  },
  {
    name: '64 KiB of one set',
    sends: 'an answer of 4,000 addresses, which fills a message over TCP',
    stoppedBy: '`maxRecordsPerSet`',
    most: 3,
    run: () => edited(response => ({ ...response, answer: addresses(4000) })),
  },
  {
    name: '64 KiB of many sets',
    sends: 'the answer, with 3,600 addresses of as many other names',
    stoppedBy: 'what nobody asked for is dropped, and not remembered',
    most: 3,
    run: () => {
      const others = Array.from({ length: 3600 }, (_, at) =>
        recordsOf(rrsetOf(`w${at}.inside.com`, 'A', 60, '192.0.2.1')),
      ).flat();
      return edited(response => ({ ...response, answer: [...response.answer, ...others] }));
    },
  },
  {
    name: 'many types at one name',
    sends: 'an answer to ANY of 2,000 types',
    stoppedBy: 'answers to ANY are not remembered, and each type of a name has its own place in the cache',
    most: 3,
    run: () => {
      const types = Array.from({ length: 2000 }, (_, at) =>
        recordsOf(rrsetOf('www.inside.com', `TYPE${60_000 + at}`, 60, '\\# 1 00')),
      ).flat();
      return edited(response => ({ ...response, answer: types }), 'www.inside.com ANY');
    },
  },
  {
    name: 'a chain of aliases in one message',
    sends: 'the 1,000 aliases that the name leads to, all in one answer',
    stoppedBy: '`maxAliases`; one step is taken of each response',
    most: 20,
    run: () => {
      const sim = simulate(
        withCom('', {
          'inside.com': `@ NS ns\nns A 192.0.2.20\n${lines(1000, at => `a${at} CNAME a${at + 1}`)}`,
        }),
      );
      return felt(sim, sim.resolver(), 'a0.inside.com');
    },
  },
  {
    name: 'a name of 121 labels',
    sends: 'a question for a name with as many labels as there can be',
    stoppedBy: 'ten minimised questions a name (RFC 9156 section 2.3)',
    most: 13,
    run: () => {
      const sim = simulate(story);
      return felt(sim, sim.resolver(), `${'a.'.repeat(121)}inside.com`);
    },
  },
  {
    name: 'a zone cut at every label',
    sends: 'referrals one label deeper each time, without end',
    stoppedBy: '`maxReferrals`',
    most: 32,
    run: () => {
      const deeper: NonNullable<SimServer['edit']> = (response, query) => {
        const [question] = query.questions;
        const cut = question?.name ?? parseName('.');
        return {
          ...response,
          rcode: 'NOERROR',
          authoritative: false,
          answer: [],
          authority: recordsOf(rrsetOf(cut, 'NS', 60, `ns.${cut}`)),
          additional: recordsOf(rrsetOf(`ns.${cut}`, 'A', 60, '192.0.2.20')),
        };
      };
      const sim = simulate(withServers(story, { '192.0.2.20': { serves: ['inside.com'], edit: deeper } }));
      return felt(
        sim,
        sim.resolver({ limits: { maxMinimisedQueries: 100, minimisedOneByOne: 100 } }),
        `${'a.'.repeat(60)}inside.com`,
      );
    },
  },
];

checkAttacks('Sizes', attacks);

it('a response of 40 times as many sets takes no 1,600 times as long to take apart', () => {
  const wanted = { name: parseName('www.inside.com'), type: 'A' };
  const query = makeQuery(wanted.name, 'A');
  const fastest = (count: number): number => {
    const answer = Array.from({ length: count }, (_, at) =>
      recordsOf(rrsetOf(`w${at}.inside.com`, 'A', 60, '192.0.2.1')),
    ).flat();
    const response = { ...makeResponse(query), answer };
    const times = Array.from({ length: 7 }, () => {
      const beganMs = performance.now();
      scrub(response, wanted, parseName('inside.com'));
      return performance.now() - beganMs;
    });
    return Math.min(...times);
  };
  fastest(4000);
  expect(fastest(4000) / fastest(100)).toBeLessThan(400);
});
