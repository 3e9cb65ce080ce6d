import { describe, expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { ZonecutError } from '../../src/error.ts';
import { ianaRootHints, parseRootHints } from '../../src/resolver/hints.ts';
import { type Asked, type AskOptions, askServer } from '../../src/resolver/query.ts';
import { type SimServer, simulate, withServers } from './sim.ts';
import { story } from './story.ts';

async function askInside(
  server: SimServer,
  options: AskOptions = {},
): Promise<{ asked: Asked; tries: readonly string[]; tookMs: number }> {
  const sim = simulate(withServers(story, { '192.0.2.20': server }));
  const endpoint = { address: '192.0.2.20', port: 53 };
  const asked = await sim.clock.run(
    askServer(sim.world, endpoint, { name: parseName('www.inside.com'), type: 'A' }, options),
  );
  const tries = asked.attempts.map(
    ({ protocol, edns, outcome }) => `${protocol}${edns ? '' : ' plain'} ${outcome}`,
  );
  return { asked, tries, tookMs: sim.clock.elapsed() };
}

const formerr: SimServer['edit'] = (response, query) =>
  query.edns === null ? response : { ...response, rcode: 'FORMERR', edns: null, answer: [] };

describe('askServer', () => {
  it.each<[string, SimServer, AskOptions, string, readonly string[]]>([
    ['an answer', {}, {}, 'answer', ['udp response']],
    ['silence', { fault: 'silent' }, {}, 'timeout', ['udp timeout', 'udp timeout']],
    [
      'silence, three tries',
      { fault: 'silent' },
      { tries: 3 },
      'timeout',
      ['udp timeout', 'udp timeout', 'udp timeout'],
    ],
    ['nobody there', { fault: 'refused-port' }, {}, 'unreachable', ['udp unreachable']],
    ['FORMERR for EDNS', { edit: formerr }, {}, 'answer', ['udp response', 'udp plain response']],
    [
      'FORMERR for everything',
      { edit: response => ({ ...response, rcode: 'FORMERR' }) },
      {},
      'error',
      ['udp response', 'udp plain response'],
    ],
    [
      'truncation',
      { edit: (response, _query, protocol) => ({ ...response, truncated: protocol === 'udp' }) },
      {},
      'answer',
      ['udp response', 'tcp response'],
    ],
    [
      'truncation over TCP',
      { edit: response => ({ ...response, truncated: true }) },
      {},
      'truncated',
      ['udp response', 'tcp response'],
    ],
    [
      'truncation, then silence over TCP',
      {
        edit: (response, _query, protocol) => (protocol === 'tcp' ? null : { ...response, truncated: true }),
      },
      {},
      'timeout',
      ['udp response', 'tcp timeout', 'tcp timeout'],
    ],
    ['TCP from the start', {}, { protocol: 'tcp' }, 'answer', ['tcp response']],
    ['no more packets allowed', { edit: formerr }, { maxAttempts: 1 }, 'error', ['udp response']],
  ])('%s', async (_title, server, options, verdict, tries) => {
    const result = await askInside(
      { serves: ['inside.com'], ...server },
      { zone: parseName('inside.com'), ...options },
    );
    expect(result.asked.verdict.kind).toBe(verdict);
    expect(result.tries).toEqual(tries);
  });

  it('waits as long as it was told for the first try, and twice as long for the next', async () => {
    expect((await askInside({ fault: 'silent' }, { timeoutMs: 400 })).tookMs).toBe(1200);
  });

  it('takes it for a fact that an address is not asked', async () => {
    const sim = simulate(story);
    const world = {
      ...sim.world,
      dns: { exchange: () => Promise.reject(new ZonecutError('ZC_ADDRESS_REFUSED', 'no')) },
    };
    const asked = await askServer(
      world,
      { address: '10.0.0.1', port: 53 },
      { name: parseName('a'), type: 'A' },
    );
    expect(asked.verdict.kind).toBe('address-refused');
  });

  it('rejects with the reason of the signal', async () => {
    const sim = simulate(withServers(story, { '192.0.2.20': { fault: 'silent' } }));
    const control = new AbortController();
    const endpoint = { address: '192.0.2.20', port: 53 };
    const question = { name: parseName('a'), type: 'A' };
    const asking = askServer(sim.world, endpoint, question, { signal: control.signal });
    control.abort(new Error('enough'));
    await expect(asking).rejects.toThrow('enough');
  });
});

describe('root hints', () => {
  it('has 13 servers of the Internet with an address of each family', () => {
    expect(ianaRootHints.servers).toHaveLength(13);
    for (const { name, addresses } of ianaRootHints.servers) {
      expect(name).toMatch(/^[a-m]\.root-servers\.net\.$/);
      expect(addresses.map(address => address.includes(':'))).toEqual([false, true]);
    }
  });

  it('reads the form of named.root', () => {
    const text = [
      '; a comment',
      '.                        3600000      NS    A.ROOT-SERVERS.NET.',
      'A.ROOT-SERVERS.NET.      3600000      A     198.41.0.4',
      'A.ROOT-SERVERS.NET.      3600000      AAAA  2001:503:ba3e::2:30',
      '.                        3600000      NS    LOST.ROOT-SERVERS.NET.',
    ].join('\n');
    expect(parseRootHints(text)).toEqual({
      servers: [{ name: 'a.root-servers.net.', addresses: ['198.41.0.4', '2001:503:ba3e::2:30'] }],
    });
  });

  it.each([['nonsense here'], ['']])('refuses %j', text => {
    expect(() => parseRootHints(text)).toThrow(expect.objectContaining({ code: 'ZC_ZONEFILE' }));
  });
});
