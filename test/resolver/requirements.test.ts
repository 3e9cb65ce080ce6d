import { createSocket, type Socket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { extendedErrorsOf } from '../../src/dns/edns.ts';
import { type Message, makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { parseRdata } from '../../src/dns/rdata.ts';
import { recordsOf, rrsetOf } from '../../src/dns/rrset.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { askServer } from '../../src/resolver/query.ts';
import { recursiveService } from '../../src/resolver/recursive.ts';
import { createResolver } from '../../src/resolver/resolver.ts';
import { traceName } from '../../src/resolver/trace.ts';
import { nodeRandom } from '../../src/world/node.ts';
import { refusingSpecialAddresses } from '../../src/world/transports.ts';
import type { Transport } from '../../src/world/world.ts';
import { parseScenario } from '../conformance/rpl-parse.ts';
import { runScenario } from '../conformance/rpl-run.ts';
import { oneReferral } from './one-referral.ts';
import { answerTo, closeAll, closeLater, realWorld, udpServer } from './real.ts';
import { signedInternet } from './signed.ts';
import { ask, asked, gist, type SimPlan, type SimServer, simulate, withServers } from './sim.ts';
import { comText, story } from './story.ts';

afterEach(closeAll);

const www = { name: parseName('www.example.com'), type: 'A' };

describe('R1: chance fit for cryptography chooses ID, port and the letters of names', () => {
  it('gives each query an ID, a port and letters of its own', async () => {
    const seen: { readonly id: number; readonly port: number; readonly spelling: string }[] = [];
    const server = await udpServer((query, send, port) => {
      seen.push({ id: query.id, port, spelling: query.questions[0]?.spelling ?? '' });
      send(encodeMessage(answerTo(query, '192.0.2.1')));
    });
    const world = realWorld();
    for (let count = 0; count < 40; count += 1) {
      await askServer(world, server, www, { mixCase: true, timeoutMs: 30_000 });
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBeGreaterThan(36);
    expect(new Set(seen.map(({ port }) => port)).size).toBeGreaterThan(30);
    expect(new Set(seen.map(({ spelling }) => spelling)).size).toBeGreaterThan(30);
  });

  it('takes the letters from the World and from nothing else', async () => {
    const spellings: string[] = [];
    const server = await udpServer((query, send) => {
      spellings.push(query.questions[0]?.spelling ?? '');
      send(encodeMessage(answerTo(query, '192.0.2.1')));
    });
    const capitals = { ...nodeRandom, bytes: (count: number) => new Uint8Array(count).fill(1) };
    await askServer({ ...realWorld(), random: capitals }, server, www, { mixCase: true, timeoutMs: 30_000 });
    expect(spellings).toEqual(['WWW.EXAMPLE.COM.']);
  });
});

describe('R2: a reply counts only when it matches an outstanding query', () => {
  type Forge = (query: Message) => Message;
  const evil: Forge = query => answerTo(query, '203.0.113.66');
  it.each<[string, (query: Message) => Uint8Array]>([
    ['garbage', () => Uint8Array.of(1, 2, 3)],
    ['nothing at all', () => new Uint8Array()],
    ['a query', query => encodeMessage({ ...evil(query), response: false })],
    ['another opcode', query => encodeMessage({ ...evil(query), opcode: 'NOTIFY' })],
    [
      'another name',
      query =>
        encodeMessage({
          ...evil(query),
          questions: [{ name: parseName('other.com'), type: 'A', class: 'IN' }],
        }),
    ],
    [
      'another type',
      query => encodeMessage({ ...evil(query), questions: [{ ...www, type: 'MX', class: 'IN' }] }),
    ],
    [
      'other letters',
      query =>
        encodeMessage({ ...evil(query), questions: [{ ...www, class: 'IN', spelling: 'wwW.exaMPle.com.' }] }),
    ],
  ])('waits on behind %s', async (_what, forge) => {
    const server = await udpServer((query, send) => {
      send(forge(query));
      setTimeout(() => send(encodeMessage(answerTo(query, '192.0.2.1'))), 20);
    });
    const capitals = { ...nodeRandom, bytes: (count: number) => new Uint8Array(count).fill(1) };
    const world = { ...realWorld(), random: capitals };
    const { verdict } = await askServer(world, server, www, { mixCase: true, timeoutMs: 30_000 });
    expect(verdict).toMatchObject({ kind: 'answer', rrsets: [{ data: ['192.0.2.1'] }] });
  });

  it('waits on behind a reply from another port', async () => {
    const other: Socket = createSocket('udp4');
    closeLater(() => other.close());
    const server = await udpServer((query, send, port) => {
      other.send(encodeMessage(evil(query)), port, '127.0.0.1');
      setTimeout(() => send(encodeMessage(answerTo(query, '192.0.2.1'))), 20);
    });
    const { verdict } = await askServer(realWorld(), server, www, { timeoutMs: 30_000 });
    expect(verdict).toMatchObject({ kind: 'answer', rrsets: [{ data: ['192.0.2.1'] }] });
  });

  it('goes over to TCP when letters are not echoed', async () => {
    const tcp = createServer(socket => {
      socket.on('error', () => socket.destroy());
      socket.on('data', chunk => {
        const reply = encodeMessage(answerTo(decodeMessage(new Uint8Array(chunk.subarray(2))), '192.0.2.1'));
        socket.end(Buffer.concat([Uint8Array.of(reply.length >> 8, reply.length & 255), reply]));
      });
    });
    closeLater(() => tcp.close());
    await new Promise<void>(resolve => tcp.listen(0, '127.0.0.1', resolve));
    const bound = tcp.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const lower: Forge = query => ({ ...evil(query), questions: [{ ...www, class: 'IN' }] });
    const server = await udpServer((query, send) => send(encodeMessage(lower(query))), port);
    const { verdict, attempts } = await askServer(realWorld(), server, www, {
      mixCase: true,
      timeoutMs: 300,
    });
    expect(verdict).toMatchObject({ kind: 'answer', rrsets: [{ data: ['192.0.2.1'] }] });
    expect(attempts.map(({ protocol, mixedCase }) => `${protocol} ${mixedCase}`)).toEqual([
      'udp true',
      'tcp false',
    ]);
  });
});

/** What a server of example.com adds to every response: the addresses and servers of others. */
const poison: NonNullable<SimServer['edit']> = response => ({
  ...response,
  authority: [...response.authority, ...recordsOf(rrsetOf('com', 'NS', 86_400, 'ns.evil.net'))],
  additional: [
    ...response.additional,
    ...recordsOf(rrsetOf('ns.evil.net', 'A', 86_400, '203.0.113.66')),
    ...recordsOf(rrsetOf('www.victim.com', 'A', 86_400, '203.0.113.66')),
  ],
});

function poisoned(): SimPlan {
  const server = { serves: ['example.com', 'host.net'], edit: poison };
  return withServers(story, { '192.0.2.10': server, '192.0.2.11': server });
}

describe('R3: what a server has no say in is scrubbed, whoever asks', () => {
  it('by a resolver, whose memory stays clean', async () => {
    const sim = simulate(poisoned());
    const resolver = sim.resolver();
    expect(gist(await ask(sim, resolver, 'www.example.com'))).toBe('198.51.100.1');
    expect(JSON.stringify(resolver.dump())).not.toMatch(/evil|victim|203\.0\.113/);
  });

  it('by a trace', async () => {
    const sim = simulate(poisoned());
    const traced = await sim.clock.run(traceName(sim.world, www, { hints: sim.hints }));
    expect(JSON.stringify([traced.outcome, traced.levels.map(({ ns, next }) => [ns, next])])).not.toMatch(
      /evil/,
    );
  });

  it('by a single question', async () => {
    const sim = simulate(poisoned());
    const { verdict } = await sim.clock.run(
      askServer(sim.world, { address: '192.0.2.10', port: 53 }, www, { zone: parseName('example.com') }),
    );
    expect(verdict.kind === 'answer' && JSON.stringify(verdict.rrsets)).not.toMatch(/evil|victim/);
    expect(verdict.kind === 'answer' && verdict.dropped.map(({ rrset }) => rrset.owner)).toContain(
      'www.victim.com.',
    );
  });
});

describe('R4: where a zone is served, its parent says', () => {
  it('however often the child tells of its own servers', async () => {
    const sim = simulate({
      ...story,
      zones: {
        ...story.zones,
        com: comText.replaceAll('86400', '100'),
        'example.com': '@ 86400 NS ns1.host.net.\nwww 10 A 198.51.100.1',
      },
    });
    const resolver = sim.resolver();
    await ask(sim, resolver, 'www.example.com');
    sim.setZone('com', '@ NS a.gtld.net.');
    for (let seconds = 0; seconds < 90; seconds += 30) {
      sim.clock.advance(30_000);
      await ask(sim, resolver, 'example.com NS');
      await ask(sim, resolver, 'www.example.com');
    }
    sim.clock.advance(15_000);
    expect(gist(await ask(sim, resolver, 'www.example.com'))).toBe('nxdomain');
  });
});

describe('R5: one budget for all the work below a question, and nothing resets it', () => {
  it('holds across aliases, servers without glue and validation', async () => {
    const count = 30;
    const names = Array.from({ length: count }, (_, at) => `z${at}`);
    const zones = {
      '.': '@ NS r0.root.\ncom NS a.gtld.com.\na.gtld.com. A 192.0.2.2',
      com: `@ NS a.gtld\na.gtld A 192.0.2.2\n${names.map(name => `${name} NS ns.${name}\nns.${name} A 192.0.2.3`).join('\n')}`,
      ...Object.fromEntries(
        names.map((name, at) => [`${name}.com`, `@ NS ns\nns A 192.0.2.3\nwww CNAME www.z${at + 1}.com.`]),
      ),
    };
    const internet = signedInternet(zones);
    const served = (...serves: readonly string[]): SimServer => ({ serves, edit: internet.edit });
    const sim = simulate({
      zones: internet.zones,
      servers: {
        '192.0.2.1': served('.'),
        '192.0.2.2': served('com'),
        '192.0.2.3': served(...names.map(name => `${name}.com`)),
      },
    });
    const resolver = sim.resolver({
      trustAnchors: internet.anchors,
      limits: { maxQueries: 40, maxAliases: 40 },
    });
    const resolution = await ask(sim, resolver, 'www.z0.com');
    expect(sim.seen.length).toBeLessThanOrEqual(40);
    expect(resolution.kind).toBe('failure');
    expect(resolution.limits.map(({ limit }) => limit)).toContain('maxQueries');
  });
});

describe('R6: zones that need each other are found out on the dependency stack', () => {
  it('fails with few packets, and remembers it', async () => {
    const sim = simulate({
      zones: { ...story.zones, com: `${comText}\none NS ns.two\ntwo NS ns.one` },
      servers: story.servers,
    });
    const resolver = sim.resolver();
    expect(await ask(sim, resolver, 'www.one.com')).toMatchObject({ kind: 'failure', cause: 'cycle' });
    const first = sim.seen.length;
    expect(first).toBeLessThan(12);
    await ask(sim, resolver, 'www.one.com');
    expect(sim.seen).toHaveLength(first);
  });
});

describe('R7: identical questions under way are one', () => {
  it('sends the packets of one', async () => {
    const alone = simulate(story);
    await ask(alone, alone.resolver(), 'www.example.com');
    const sim = simulate(story);
    const resolver = sim.resolver();
    const all = await sim.clock.run(Promise.all(Array.from({ length: 50 }, () => resolver.resolve(www))));
    expect(new Set(all.map(gist))).toEqual(new Set(['198.51.100.1']));
    expect(sim.seen).toHaveLength(alone.seen.length);
  });
});

describe('R8: nothing is sized by a count from the wire', () => {
  it('refuses counts that the octets do not bear out, at next to no cost', () => {
    const octets = Uint8Array.from([
      0,
      1,
      128,
      0,
      ...Array.from({ length: 8 }, () => 255),
      ...new Uint8Array(17),
    ]);
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 1000; count += 1) {
      expect(() => decodeMessage(octets)).toThrow(expect.objectContaining({ code: 'ZC_WIRE' }));
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });
});

describe('R9: names and aliases are followed in loops', () => {
  it('follows thousands of aliases without going deeper', async () => {
    const count = 3000;
    const aliases = Array.from({ length: count }, (_, at) => `a${at} CNAME a${at + 1}`).join('\n');
    const sim = simulate({
      zones: {
        ...story.zones,
        'inside.com': `@ NS ns\nns A 192.0.2.20\n${aliases}\na${count} A 198.51.100.8`,
      },
      servers: story.servers,
    });
    const resolver = sim.resolver({
      limits: { maxAliases: 10_000, maxQueries: 20_000, maxMoves: 100_000, totalTimeoutMs: 1e9 },
    });
    expect(gist(await ask(sim, resolver, 'a0.inside.com'))).toBe('198.51.100.8');
  });

  it('takes a name of as many labels as there can be', async () => {
    const sim = simulate(story);
    const name = `${'a.'.repeat(121)}inside.com`;
    expect(gist(await ask(sim, sim.resolver(), name))).toBe('nxdomain');
  });
});

describe('R10: a limit that fires is visible', () => {
  it('in the resolution, and to clients as an Extended DNS Error', async () => {
    const sim = simulate(story);
    const resolver = sim.resolver({ limits: { maxQueries: 2 } });
    const resolution = await ask(sim, resolver, 'www.example.com');
    expect(resolution).toMatchObject({ kind: 'failure', limit: 'maxQueries' });
    expect(resolution.limits).toEqual([{ limit: 'maxQueries', value: 2, at: 'www.example.com.' }]);
    const response = await sim.clock.run(
      recursiveService(sim.resolver({ limits: { maxQueries: 2 } }))(
        makeQuery(www.name, 'A', { recursionDesired: true }),
      ),
    );
    expect(extendedErrorsOf(response)).toMatchObject([
      { code: 0, text: expect.stringContaining('maxQueries') },
    ]);
  });
});

describe('R11: private and special addresses are not asked', () => {
  it('however they came into a referral', async () => {
    const sim = simulate({
      zones: {
        ...story.zones,
        com: `${comText}\nlocal NS ns.local\nns.local A 127.0.0.1\nns.local A 10.0.0.1`,
      },
      servers: story.servers,
    });
    const guarded = refusingSpecialAddresses(sim.world.dns);
    // The addresses of the story are special too: they are for documentation.
    const dns: Transport = {
      exchange: (query, server, options) =>
        (server.address.startsWith('192.0.2.') ? sim.world.dns : guarded).exchange(query, server, options),
    };
    const world = { ...sim.world, dns };
    const resolver = createResolver(world, { hints: sim.hints });
    const resolution = await ask(sim, resolver, 'www.local.com');
    expect(resolution).toMatchObject({ kind: 'failure', cause: 'unreachable' });
    expect(asked(sim).filter(line => /^(127|10)\./.test(line))).toEqual([]);
  });
});

describe('R12: DS at a cut is asked of the parent, and believed of no other', () => {
  const ds = '1 13 2 '.concat('ab'.repeat(32));
  it('is asked of the parent, whatever is known of the child', async () => {
    const sim = simulate({ ...story, zones: { ...story.zones, com: `${comText}\nexample DS ${ds}` } });
    const resolver = sim.resolver();
    await ask(sim, resolver, 'www.example.com');
    sim.seen.length = 0;
    expect(gist(await ask(sim, resolver, 'example.com DS'))).toBe(parseRdata('DS', ds));
    expect(asked(sim)).toEqual(['192.0.2.2 example.com. DS']);
  });

  it('is not taken from a referral to a sibling', async () => {
    const sibling: SimServer = {
      serves: ['com', 'net'],
      edit: response => ({
        ...response,
        authority: [...response.authority, ...recordsOf(rrsetOf('other.com', 'DS', 3600, ds))],
      }),
    };
    const sim = simulate(withServers(story, { '192.0.2.2': sibling }));
    const resolver = sim.resolver();
    await ask(sim, resolver, 'www.example.com');
    expect(resolver.dump().delegations.map(({ delegation }) => delegation?.ds)).not.toContainEqual(
      expect.objectContaining({ type: 'DS' }),
    );
    expect(JSON.stringify(resolver.dump())).not.toContain('other.com');
  });
});

describe('R13: hostile input and scenarios are part of every run', () => {
  it('whatever servers answer, a question ends', async () => {
    const name = fc.constantFrom(
      '.',
      'com.',
      'example.com.',
      'www.example.com.',
      'x.www.example.com.',
      'evil.net.',
    );
    const record = fc.oneof(
      fc.tuple(name, fc.constantFrom('NS', 'CNAME', 'DNAME'), name),
      fc.tuple(name, fc.constant('A'), fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.10', '0.0.0.0')),
    );
    const section = fc.array(record, { maxLength: 4 });
    const answers = fc.array(
      fc.record({
        rcode: fc.constantFrom('NOERROR', 'NXDOMAIN', 'SERVFAIL', 'YXDOMAIN'),
        authoritative: fc.boolean(),
        recursionAvailable: fc.boolean(),
        answer: section,
        authority: section,
        additional: section,
      }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(answers, async scripts => {
        let turn = 0;
        const edit: NonNullable<SimServer['edit']> = response => {
          const script = scripts[turn % scripts.length];
          turn += 1;
          const recordsIn = (lines: readonly (readonly [string, string, string])[]): Message['answer'] =>
            lines.flatMap(([owner, type, data]) => recordsOf(rrsetOf(owner, type, 60, data)));
          return script === undefined
            ? response
            : {
                ...response,
                ...script,
                answer: recordsIn(script.answer),
                authority: recordsIn(script.authority),
                additional: recordsIn(script.additional),
              };
        };
        const server = { serves: ['.'], edit };
        const sim = simulate({
          zones: story.zones,
          servers: { '192.0.2.1': server, '192.0.2.2': server, '192.0.2.10': server },
        });
        const resolution = await ask(sim, sim.resolver(), 'www.example.com');
        expect(['answer', 'nodata', 'nxdomain', 'failure']).toContain(resolution.kind);
        expect(sim.seen.length).toBeLessThanOrEqual(200);
      }),
      { numRuns: 150 },
    );
  });

  it('runs scenario files, and sees when the answer is another', async () => {
    expect(await runScenario(parseScenario(oneReferral('198.51.100.1')))).toBeNull();
    expect(await runScenario(parseScenario(oneReferral('198.51.100.2')))).toMatch(
      /ANSWER: given .*198\.51\.100\.1/,
    );
  });

  it('has a command for folders of them', () => {
    const file = new URL('../../package.json', import.meta.url);
    expect(existsSync(file) && readFileSync(file, 'utf8')).toContain('"conformance"');
  });
});
