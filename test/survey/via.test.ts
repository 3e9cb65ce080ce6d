import { describe, expect, it } from 'vitest';
import { type Message, makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { type RRset, recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import type { TraceOutcome } from '../../src/resolver/agreement.ts';
import { askVia, type ViaAnswer } from '../../src/survey/via.ts';
import type { Exchange } from '../../src/world/world.ts';

const name = parseName('www.example.com');
const question = { name, type: 'A' };
const two = rrsetOf(name, 'A', 300, '192.0.2.1', '192.0.2.2');
const answer: TraceOutcome = { kind: 'answer', authoritative: true, rrsets: [two] };

function ask(outcome: TraceOutcome, say: (query: Message) => Message | Exchange): Promise<ViaAnswer> {
  const transport = {
    exchange: async (query: Message): Promise<Exchange> => {
      expect(query.recursionDesired).toBe(true);
      const said = say(query);
      return 'kind' in said
        ? said
        : { kind: 'response', message: said, protocol: 'tls', rttMs: 12, octets: 100 };
    },
  };
  const server = { address: '192.0.2.53', port: 853 };
  return askVia({ text: 'tls://dns.test', transport, server, protocol: 'tls' }, question, outcome, {
    timeoutMs: 1000,
  });
}

function saying(rcode: string, ...rrsets: readonly RRset[]): (query: Message) => Message {
  return query => ({ ...makeResponse(query, rcode), answer: rrsets.flatMap(recordsOf) });
}

describe('askVia', () => {
  const alias = rrsetOf(name, 'CNAME', 300, 'far.example.net.');
  const far = rrsetOf(parseName('far.example.net'), 'A', 60, '192.0.2.9');
  const cases: readonly (readonly [string, TraceOutcome, (query: Message) => Message, boolean])[] = [
    [
      'the same data in another order and with less TTL',
      answer,
      saying('NOERROR', rrsetOf(name, 'A', 7, '192.0.2.2', '192.0.2.1')),
      true,
    ],
    ['one record less', answer, saying('NOERROR', rrsetOf(name, 'A', 7, '192.0.2.2')), false],
    ['other data', answer, saying('NOERROR', rrsetOf(name, 'A', 7, '192.0.2.1', '192.0.2.3')), false],
    ['an old NXDOMAIN', answer, saying('NXDOMAIN'), false],
    [
      'an alias, which the resolver follows',
      { kind: 'alias', authoritative: true, rrsets: [alias], target: far.owner },
      saying('NOERROR', alias, far),
      true,
    ],
    ['no such records', { kind: 'nodata', authoritative: true, soa: null }, saying('NOERROR'), true],
    [
      'records where there are none',
      { kind: 'nodata', authoritative: true, soa: null },
      saying('NOERROR', two),
      false,
    ],
    ['no such name', { kind: 'nxdomain', authoritative: true, soa: null }, saying('NXDOMAIN'), true],
    [
      'records of no such name',
      { kind: 'nxdomain', authoritative: true, soa: null },
      saying('NOERROR', two),
      false,
    ],
    ['a failure', { kind: 'failure', cause: 'lame', reason: 'no' }, saying('SERVFAIL'), true],
  ];
  it.each(cases)('%s', async (_, outcome, say, agrees) => {
    expect(await ask(outcome, say)).toMatchObject({
      resolver: 'tls://dns.test',
      rttMs: 12,
      problem: null,
      agrees,
    });
  });

  const problems: readonly (readonly [Exchange, string])[] = [
    [{ kind: 'timeout', afterMs: 1000, protocol: 'tls' }, 'no answer within 1000 ms'],
    [{ kind: 'unreachable', reason: 'refused', protocol: 'tls' }, 'refused'],
    [{ kind: 'unreachable', reason: 'untrusted', protocol: 'tls', detail: 'expired' }, 'untrusted: expired'],
    [{ kind: 'malformed', problem: 'the HTTP status 503', protocol: 'https' }, 'the HTTP status 503'],
  ];
  it.each(problems)('%o cannot be compared', async (exchange, problem) => {
    expect(await ask(answer, () => exchange)).toMatchObject({
      problem,
      agrees: null,
      rcode: null,
      rttMs: null,
    });
  });

  it('tells whether the resolver validated', async () => {
    const said = await ask(answer, query => ({ ...saying('NOERROR', two)(query), authenticData: true }));
    expect(said).toMatchObject({ authenticated: true, rrsets: [{ ttl: 300 }] });
  });
});
