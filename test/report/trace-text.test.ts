import { expect, test } from 'vitest';
import { extendedError } from '../../src/dns/edns.ts';
import { makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { plainPaint } from '../../src/report/paint.ts';
import { traceText } from '../../src/report/trace-text.ts';
import { traceName } from '../../src/resolver/trace.ts';
import { type SimPlan, type SimServer, simulate } from '../resolver/sim.ts';

const com = `
  @ NS a.gtld
  a.gtld A 192.0.2.2
  mixed NS ns1.mixed
  ns1.mixed A 192.0.2.10
  mixed NS ns2.mixed
  ns2.mixed A 192.0.2.11
  six NS ns1.six
  ns1.six AAAA 2001:db8::1
  bare NS ns.bare
`;
const plan: SimPlan = {
  zones: {
    '.': '@ NS r0.root.\ncom NS a.gtld.com.\na.gtld.com. A 192.0.2.2',
    com,
    'mixed.com':
      '@ NS ns1\n@ NS ns2\nns1 A 192.0.2.10\nns2 A 192.0.2.11\nwww A 198.51.100.1\nfar CNAME www.example.net.',
    'six.com': '@ NS ns1\nns1 AAAA 2001:db8::1\nwww A 198.51.100.6',
  },
  servers: {
    '192.0.2.1': '.',
    '192.0.2.2': 'com',
    '192.0.2.10': 'mixed.com',
    '192.0.2.11': 'mixed.com',
    '2001:db8::1': { fault: 'no-route' },
  },
};

/** The lines of the last zone and below of a trace of `text`, while the second server of mixed.com. is `second`. */
async function told(text: string, second: SimServer = { serves: ['mixed.com'] }): Promise<readonly string[]> {
  const sim = simulate({ ...plan, servers: { ...plan.servers, '192.0.2.11': second } });
  const question = { name: parseName(text), type: 'A' };
  const trace = await sim.clock.run(traceName(sim.world, question, { hints: sim.hints, timeoutMs: 100 }));
  const lines = traceText(trace, plainPaint, { explain: false, security: null }).split('\n');
  const from = lines.findIndex(line => line.startsWith('    '));
  return lines
    .slice(lines.findIndex((line, at) => at > from && /^ {4}\S+\.com\. {2}/.test(line)))
    .map(line => line.trim().replaceAll(/ +/g, ' '));
}

const good = 'ok ns1.mixed.com. 192.0.2.10 glue 10.0 ms answer: A 198.51.100.1';

test.each<readonly [string, SimServer, readonly string[]]>([
  ['the same', { serves: ['mixed.com'] }, ['mixed.com. 2 of 2 servers answer, and agree', good]],
  [
    'nothing',
    { fault: 'silent' },
    [
      'mixed.com. ! 1 of 2 servers answer',
      good,
      'FAIL ns2.mixed.com. 192.0.2.11 glue - no answer within 0.3 s, asked 2 times',
    ],
  ],
  [
    'that nothing listens',
    { fault: 'refused-port' },
    [
      'mixed.com. ! 1 of 2 servers answer',
      good,
      'FAIL ns2.mixed.com. 192.0.2.11 glue - unreachable: nothing listens there',
    ],
  ],
  [
    'that it is not its zone, with words of its own',
    {
      edit: (_, query) => {
        const response = makeResponse(query, 'REFUSED');
        const options = [extendedError(20, 'go \u001b[31maway')];
        return response.edns === null ? response : { ...response, edns: { ...response.edns, options } };
      },
    },
    [
      'mixed.com. ! 1 of 2 servers answer',
      good,
      'FAIL ns2.mixed.com. 192.0.2.11 glue 10.0 ms REFUSED (EDE 20, Not Authoritative: go ?[31maway)',
    ],
  ],
  [
    'something else',
    { serves: ['mixed.com'], edit: response => ({ ...response, rcode: 'NXDOMAIN', answer: [] }) },
    [
      'mixed.com. ! 2 of 2 servers answer, and disagree',
      good,
      'ok ns2.mixed.com. 192.0.2.11 glue 10.0 ms NXDOMAIN: no such name',
    ],
  ],
  [
    'the same over TCP only',
    {
      serves: ['mixed.com'],
      edit: (response, _, protocol) =>
        protocol === 'tcp' ? response : { ...response, truncated: true, answer: [] },
    },
    [
      'mixed.com. 2 of 2 servers answer, and agree',
      good,
      'ok ns2.mixed.com. 192.0.2.11 glue 10.0 ms answer: A 198.51.100.1, over TCP',
    ],
  ],
])('a trace tells of a second server that says %s', async (_, second, lines) => {
  expect((await told('www.mixed.com', second)).slice(0, lines.length)).toEqual(lines);
});

test('a trace tells where an alias leads', async () => {
  expect(await told('far.mixed.com')).toContain(
    'ok far.mixed.com. A: alias of www.example.net. (ttl 3600); a resolver goes on with www.example.net. A',
  );
});

test('a trace says clearly that servers are beyond the reach of this machine', async () => {
  expect((await told('www.six.com')).slice(0, 3)).toEqual([
    'six.com. ! no server can be reached from here',
    '- ns1.six.com. 2001:db8::1 glue - not reached: this machine has no route to it (IPv6)',
    'FAIL www.six.com. A: every name server of six.com. has IPv6 addresses only, and this machine has no route there',
  ]);
});

test('a trace says that glue is missing', async () => {
  expect((await told('www.bare.com')).slice(0, 2)).toEqual([
    'bare.com. ! its server gives no answer',
    'FAIL ns.bare.com. - resolved - has no address: its name is in this zone, and the zone above gives no glue',
  ]);
});
