import { describe, expect, it } from 'vitest';
import { makeQuery, makeResponse } from '../../src/dns/message.ts';
import { rootName } from '../../src/dns/name.ts';
import type { Asked } from '../../src/resolver/query.ts';
import { ServerMemory } from '../../src/resolver/server-memory.ts';
import type { Exchange } from '../../src/world/world.ts';

function asked(address: string, exchange: Exchange): Asked {
  return {
    server: { address, port: 53 },
    question: { name: rootName, type: 'NS' },
    exchange,
    verdict: exchange.kind === 'unreachable' ? exchange : { kind: 'timeout' },
    attempts: [{ protocol: 'udp', edns: true, mixedCase: false, timeoutMs: 1, outcome: exchange.kind }],
  };
}

const noRoute: Exchange = { kind: 'unreachable', reason: 'no-route', protocol: 'udp' };
const refused: Exchange = { kind: 'unreachable', reason: 'refused', protocol: 'udp' };
const silence: Exchange = { kind: 'timeout', afterMs: 1, protocol: 'udp' };

function answer(rttMs: number): Exchange {
  const message = makeResponse(makeQuery(rootName, 'NS'));
  return { kind: 'response', message, protocol: 'udp', rttMs, octets: 1 };
}

describe('ServerMemory', () => {
  it('learns nothing a second time from an exchange that several questions shared', () => {
    const memory = new ServerMemory();
    for (let joined = 0; joined < 10; joined += 1) {
      memory.learn({ ...asked('192.0.2.1', silence), attempts: [] }, 0);
    }
    expect(memory.isDown('192.0.2.1', 0)).toBe(false);
  });

  it('waits 376 ms for a stranger, then by its round-trip times, from 200 ms to 1500 ms, twice as long each try', () => {
    const memory = new ServerMemory();
    expect([0, 1, 2, 3].map(tries => memory.timeoutFor('192.0.2.1', tries))).toEqual([376, 752, 1500, 1500]);
    memory.learn(asked('192.0.2.1', answer(10)), 0);
    expect([0, 1].map(tries => memory.timeoutFor('192.0.2.1', tries))).toEqual([200, 400]);
    memory.learn(asked('192.0.2.2', answer(300)), 0);
    expect(memory.timeoutFor('192.0.2.2', 0)).toBe(900);
    expect(memory.expectedMs('192.0.2.2')).toBe(300);
  });

  it('takes a server for down after three timeouts in a row, for a minute or until it answers', () => {
    const memory = new ServerMemory();
    memory.learn(asked('192.0.2.1', silence), -2);
    memory.learn(asked('192.0.2.1', silence), -1);
    expect(memory.isDown('192.0.2.1', -1)).toBe(false);
    memory.learn(asked('192.0.2.1', silence), 0);
    expect([0, 59_999, 60_000].map(nowMs => memory.isDown('192.0.2.1', nowMs))).toEqual([true, true, false]);
    memory.learn(asked('192.0.2.1', answer(5)), 1);
    expect(memory.isDown('192.0.2.1', 1)).toBe(false);
  });

  it('counts timeouts of queries that were under way at once as one, and none of a query that an answer came after', () => {
    const memory = new ServerMemory();
    const longSilence: Exchange = { kind: 'timeout', afterMs: 400, protocol: 'udp' };
    for (const nowMs of [400, 500, 600, 700, 1100]) {
      memory.learn(asked('192.0.2.1', longSilence), nowMs);
    }
    expect(memory.isDown('192.0.2.1', 1100)).toBe(false);
    memory.learn(asked('192.0.2.1', longSilence), 1500);
    expect(memory.isDown('192.0.2.1', 1500)).toBe(true);
    memory.learn(asked('192.0.2.1', answer(5)), 1600);
    for (const nowMs of [1700, 1800, 1900]) {
      memory.learn(asked('192.0.2.1', longSilence), nowMs);
    }
    expect(memory.isDown('192.0.2.1', 1900)).toBe(false);
  });

  it('takes a family of addresses for down when there is no route, as long as none of it ever answered', () => {
    const memory = new ServerMemory();
    memory.learn(asked('2001:db8::1', noRoute), 0);
    expect(memory.isDown('2001:db8::2', 0)).toBe(true);
    expect(memory.isDown('192.0.2.1', 0)).toBe(false);
    memory.learn(asked('2001:db8::3', answer(5)), 0);
    memory.learn(asked('2001:db8::1', noRoute), 0);
    expect(memory.isDown('2001:db8::2', 0)).toBe(false);
    expect(memory.isDown('2001:db8::1', 0)).toBe(true);
  });

  it('takes only the server for down when its port is closed', () => {
    const memory = new ServerMemory();
    memory.learn(asked('192.0.2.1', refused), 0);
    expect([memory.isDown('192.0.2.1', 0), memory.isDown('192.0.2.2', 0)]).toEqual([true, false]);
  });
});
