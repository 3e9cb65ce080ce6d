import { expect } from 'vitest';
import { extendedErrorsOf } from '../../../src/dns/edns.ts';
import { type Message, makeQuery } from '../../../src/dns/message.ts';
import { parseName } from '../../../src/dns/name.ts';
import { recursiveService } from '../../../src/resolver/recursive.ts';
import type { Resolution } from '../../../src/resolver/resolution.ts';
import type { Resolver } from '../../../src/resolver/resolver.ts';
import type { Sim } from '../sim.ts';
import type { Felt } from './table.ts';

/** What a client of `resolver` gets for `question`, a name and perhaps a type, and what that took. */
export async function felt(sim: Sim, resolver: Resolver, question: string): Promise<Felt> {
  const before = sim.seen.length;
  const { response, resolution } = await asClient(sim, resolver, question);
  const packets = sim.seen.length - before;
  const told = extendedErrorsOf(response)
    .map(({ text }) => text)
    .join();
  for (const limit of response.rcode === 'SERVFAIL' ? firedIn(resolution) : []) {
    expect(told).toContain(limit);
  }
  expect(resolution.queries).toBe(packets);
  return { packets, outcome: outcomeOf(response), fired: firedIn(resolution) };
}

/** The response that a client of the recursive service gets, and the resolution behind it. */
export async function asClient(
  sim: Sim,
  resolver: Resolver,
  question: string,
): Promise<{ readonly response: Message; readonly resolution: Resolution }> {
  const [name = '', type = 'A'] = question.split(' ');
  const found: Resolution[] = [];
  const service = recursiveService({
    ...resolver,
    resolve: async (wanted, options) => {
      const resolution = await resolver.resolve(wanted, options);
      found.push(resolution);
      return resolution;
    },
  });
  const query = makeQuery(parseName(name), type, { recursionDesired: true });
  const response = await sim.clock.run(service(query));
  const [resolution] = found;
  if (resolution === undefined) {
    throw new Error('the service did not ask its resolver');
  }
  return { response, resolution };
}

/** A response in a word or two: its data, or its code and Extended DNS Error. */
export function outcomeOf(response: Message): string {
  const errors = extendedErrorsOf(response).map(({ code }) => `EDE ${code}`);
  const kind =
    response.answer.length > 0 ? 'the answer' : response.rcode === 'NOERROR' ? 'no data' : response.rcode;
  return [kind, ...errors].join(', ');
}

/** The names of the limits that fired, each once. */
export function firedIn(resolution: Resolution): readonly string[] {
  return [...new Set(resolution.limits.map(({ limit }) => limit))];
}
