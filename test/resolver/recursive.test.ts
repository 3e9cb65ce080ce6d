import { describe, expect, it } from 'vitest';
import { type Message, makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { recursiveService } from '../../src/resolver/recursive.ts';
import { type Sim, simulate, withServers } from './sim.ts';
import { story } from './story.ts';

function query(text: string, change: Partial<Message> = {}): Message {
  const [name = '', type = 'A'] = text.split(' ');
  return { ...makeQuery(parseName(name), type, { recursionDesired: true, id: 77 }), ...change };
}

function service(sim: Sim): (question: Message) => Promise<Message> {
  const answer = recursiveService(sim.resolver());
  return question => sim.clock.run(answer(question));
}

function errorOf(message: Message): readonly [number, string] | null {
  const data = message.edns?.options.find(option => option.code === 15)?.data;
  return data === undefined
    ? null
    : [(data[0] ?? 0) * 256 + (data[1] ?? 0), new TextDecoder().decode(data.subarray(2))];
}

describe('recursiveService', () => {
  it('answers with RA, the ID and the question of the query', async () => {
    const response = await service(simulate(story))(query('far.example.com'));
    expect(response).toMatchObject({
      id: 77,
      response: true,
      recursionAvailable: true,
      recursionDesired: true,
      authoritative: false,
      rcode: 'NOERROR',
      answer: [
        { owner: 'far.example.com.', type: 'CNAME', ttl: 300 },
        { owner: 'www.host.net.', type: 'A', data: '198.51.100.9' },
      ],
    });
    expect(decodeMessage(encodeMessage(response)).answer).toHaveLength(2);
  });

  it.each([
    ['gone.example.com A', 'NXDOMAIN'],
    ['www.example.com MX', 'NOERROR'],
  ])('answers %s with the SOA, whose TTL is the negative TTL and counts down', async (question, rcode) => {
    const sim = simulate(story);
    const ask = service(sim);
    expect(await ask(query(question))).toMatchObject({
      rcode,
      answer: [],
      authority: [{ type: 'SOA', ttl: 300 }],
    });
    sim.clock.advance(60_000);
    expect(await ask(query(question))).toMatchObject({ rcode, authority: [{ type: 'SOA', ttl: 240 }] });
    sim.clock.advance(240_000);
    expect(await ask(query(question))).toMatchObject({ rcode, authority: [{ type: 'SOA', ttl: 300 }] });
  });

  it('says SERVFAIL and why (RFC 8914), and the second time that it remembers', async () => {
    const sim = simulate(withServers(story, { '192.0.2.20': { fault: 'refused-port' } }));
    const ask = service(sim);
    const response = await ask(query('www.inside.com'));
    expect(response.rcode).toBe('SERVFAIL');
    expect(errorOf(response)).toEqual([22, 'no name server of inside.com. answers (1 asked)']);
    expect(errorOf(await ask(query('www.inside.com')))?.[0]).toBe(13);
    expect((await ask(query('www.inside.com', { edns: null }))).edns).toBeNull();
  });

  it.each<[string, Message, string]>([
    ['another opcode', query('a', { opcode: 'NOTIFY' }), 'NOTIMP'],
    ['no question', query('a', { questions: [] }), 'FORMERR'],
    [
      'two questions',
      query('a', { questions: [...query('a').questions, ...query('b').questions] }),
      'FORMERR',
    ],
    ['a response', query('a', { response: true }), 'FORMERR'],
    ['a transfer', query('example.com AXFR'), 'REFUSED'],
    [
      'class CH',
      query('a', { questions: [{ name: parseName('version.bind'), type: 'TXT', class: 'CH' }] }),
      'REFUSED',
    ],
    ['a query without RD', query('www.example.com', { recursionDesired: false }), 'REFUSED'],
    [
      'EDNS of the future',
      query('a', { edns: { udpSize: 1232, version: 1, dnssecOk: false, options: [] } }),
      'BADVERS',
    ],
  ])('says to %s what it is, and asks nobody', async (_title, question, rcode) => {
    const sim = simulate(story);
    expect(await service(sim)(question)).toMatchObject({ rcode, id: 77, response: true });
    expect(sim.seen).toEqual([]);
  });
});
