import { describe, expect, it } from 'vitest';
import { maxAttempts, redacted } from '../../src/providers/caller.ts';
import type { ClientOptions, HttpClient } from '../../src/providers/http-client.ts';
import { createHttpClient, retryAfterMs } from '../../src/providers/http-client.ts';
import { Secret } from '../../src/secret.ts';
import { nodeRandom } from '../../src/world/node.ts';
import { noStreams } from '../../src/world/streams.ts';
import type { HttpExchange, HttpResponse, Wait, World } from '../../src/world/world.ts';
import { type TestClock, testClock } from './rig.ts';

const request = { method: 'GET', url: 'http://127.0.0.1/', headers: {}, body: null };
const answer = (status: number, headers: Readonly<Record<string, string>> = {}): HttpExchange => ({
  kind: 'response',
  response: { status, headers, body: new Uint8Array() },
});

interface Bench {
  readonly client: HttpClient;
  readonly clock: TestClock;
  /** Virtual milliseconds at which requests went out. */
  readonly sent: readonly number[];
  /** The waits that were told of. */
  readonly told: readonly Wait[];
}

/** A client whose host gives these answers in turn, the last one for ever. */
function bench(
  answers: readonly HttpExchange[],
  options: Partial<ClientOptions> = {},
  clock: TestClock = testClock(),
): Bench {
  const sent: number[] = [];
  const told: Wait[] = [];
  const http = {
    send: (): Promise<HttpExchange> => {
      const next = answers[Math.min(sent.length, answers.length - 1)];
      sent.push(clock.elapsed());
      return next === undefined ? Promise.reject(new Error('no answer')) : Promise.resolve(next);
    },
  };
  const dns = { exchange: () => Promise.reject(new Error('unused')) };
  const onWait = (wait: Wait): void => void told.push(wait);
  const world: World = { clock, random: nodeRandom, dns, streams: noStreams, http, onWait };
  const pace = { kind: 'bucket', burst: 1000, perSecond: 1000 } as const;
  return {
    client: createHttpClient(world, { host: 'Host', pace, timeoutMs: 100, secrets: [], ...options }),
    clock,
    sent,
    told,
  };
}

const lost: HttpExchange = { kind: 'broken', reason: 'reset' };
const unsent: HttpExchange = { kind: 'unreachable', reason: 'refused' };

describe('a call', () => {
  const cases = [
    { title: 'an answer', answers: [answer(200)], repeatable: false, tries: 1, end: 'done' },
    { title: 'a refusal is an answer', answers: [answer(403)], repeatable: true, tries: 1, end: 'done' },
    {
      title: 'unreachable, then there',
      answers: [unsent, unsent, answer(200)],
      repeatable: false,
      tries: 3,
      end: 'done',
    },
    {
      title: 'throttled, then there',
      answers: [answer(429), answer(200)],
      repeatable: false,
      tries: 2,
      end: 'done',
    },
    {
      title: 'lost and repeatable',
      answers: [lost, answer(500), answer(200)],
      repeatable: true,
      tries: 3,
      end: 'done',
    },
    { title: 'lost and not repeatable', answers: [lost], repeatable: false, tries: 1, end: 'lost' },
    {
      title: 'a fault of the host, not repeatable',
      answers: [answer(502)],
      repeatable: false,
      tries: 1,
      end: 'lost',
    },
    {
      title: 'never reachable',
      answers: [unsent],
      repeatable: true,
      tries: maxAttempts,
      end: 'ZC_PROVIDER_UNAVAILABLE',
    },
    {
      title: 'always lost',
      answers: [lost],
      repeatable: true,
      tries: maxAttempts,
      end: 'ZC_PROVIDER_UNAVAILABLE',
    },
    {
      title: 'always throttled',
      answers: [answer(429)],
      repeatable: true,
      tries: maxAttempts,
      end: 'ZC_PROVIDER_THROTTLED',
    },
    {
      title: 'a pause too long',
      answers: [answer(429, { 'retry-after': '3600' })],
      repeatable: true,
      tries: 1,
      end: 'ZC_PROVIDER_THROTTLED',
    },
  ];
  for (const { title, answers, repeatable, tries, end } of cases) {
    it(`${title}: ${end} after ${tries}`, async () => {
      const { client, sent } = bench(answers);
      const calling = client.call({ name: 'Ask', repeatable }, () => client.send(request));
      if (end.startsWith('ZC_')) await expect(calling).rejects.toMatchObject({ code: end });
      else expect((await calling).kind).toBe(end);
      expect(sent.length).toBe(tries);
    });
  }

  it('waits at least as long as Retry-After says', async () => {
    const { client, sent } = bench([answer(503, { 'retry-after': '30' }), answer(200)]);
    await client.ask('Ask', () => client.send(request));
    expect(sent[1]).toBeGreaterThanOrEqual(30_000);
  });

  it('waits longer from try to try, and never for ever', async () => {
    const { client, sent } = bench([lost]);
    await expect(client.ask('Ask', () => client.send(request))).rejects.toThrow(
      'Host: Ask was tried 10 times',
    );
    const pauses = sent.slice(1).map((at, index) => at - (sent[index] ?? 0));
    expect(pauses[6]).toBeGreaterThan(pauses[0] ?? 0);
    for (const pause of pauses) expect(pause).toBeLessThanOrEqual(20_001);
  });
});

describe('the pace', () => {
  const paces = [
    { title: 'a bucket', pace: { kind: 'bucket', burst: 5, perSecond: 2 }, most: [5, 0], later: [7, 1000] },
    {
      title: 'a window',
      pace: { kind: 'window', requests: 5, windowMs: 1000 },
      most: [5, 0],
      later: [10, 1001],
    },
  ] as const;
  for (const { title, pace, most, later } of paces) {
    it(`${title} lets a burst through, and then no more than it may`, async () => {
      const { client, sent } = bench([answer(200)], { pace });
      for (let count = 0; count < 12; count += 1) await client.ask('Ask', () => client.send(request));
      expect(sent.filter(at => at <= most[1]).length).toBe(most[0]);
      expect(sent.filter(at => at <= later[1]).length).toBe(later[0]);
    });
  }
});

describe('a wait', () => {
  const once = [answer(200)];
  it('for the minute of a host is told of as it begins, with the pace', async () => {
    const pace = { kind: 'window', requests: 20, windowMs: 60_000 } as const;
    const { client, told } = bench(once, { pace });
    for (let count = 0; count < 40; count += 1) await client.ask('Ask', () => client.send(request));
    const why = 'Host is sent 20 requests a minute at most, to stay within what it allows';
    expect(told).toEqual([{ ms: 60_001, why }]);
    await client.ask('Ask', () => client.send(request));
    expect(told).toHaveLength(2);
  });

  it('of many calls beside each other is told of when it takes twice as long as was said', async () => {
    const pace = { kind: 'bucket', burst: 1, perSecond: 0.5 } as const;
    const { client, told } = bench(once, { pace }, { ...testClock(), elapsed: () => 0 });
    await Promise.all(Array.from({ length: 20 }, () => client.ask('Ask', () => client.send(request))));
    expect(told.map(({ ms }) => ms)).toEqual([2000, 4000, 8000, 16_000, 32_000]);
    expect(told[0]?.why).toContain('30 requests a minute');
  });

  it('that a host asks for is told of, with what it said and what follows', async () => {
    const { client, told } = bench([answer(429, { 'retry-after': '42' }), answer(200)]);
    await client.ask('Ask', () => client.send(request));
    const why = 'Host asks for fewer requests (HTTP status 429); then follows try 2 of 10';
    expect(told).toEqual([{ ms: 42_000, why }]);
  });

  it('of less than two seconds is told to nobody', async () => {
    const { client, told } = bench([answer(429), lost, answer(200)]);
    await client.ask('Ask', () => client.send(request));
    expect(told).toEqual([]);
  });

  it('after answers that were lost is told of when it gets long, without secrets', async () => {
    const secret = new Secret('s3cret');
    const broken: HttpExchange = { kind: 'broken', reason: 's3cret' };
    const { client, told } = bench([broken], { secrets: [secret] });
    await client.ask('Ask', () => client.send(request)).catch(() => undefined);
    expect(told.length).toBeGreaterThan(0);
    for (const { ms, why } of told) {
      expect(ms).toBeGreaterThanOrEqual(2000);
      expect(why).toMatch(
        /^Host gave no good answer \(the connection broke \(<secret>\)\); then follows try \d+ of 10$/,
      );
    }
  });
});

describe('secrets', () => {
  it('are in no message, however they are spelled', async () => {
    const secret = new Secret('p+ss/w=rd "x"');
    const spelled = [
      secret.reveal(),
      encodeURIComponent(secret.reveal()),
      'p%2Bss%2Fw%3Drd+%22x%22',
      'p+ss/w=rd \\"x\\"',
    ];
    for (const text of spelled) expect(redacted(`Key=${text}&x`, [secret])).toBe('Key=<secret>&x');
    const { client } = bench([{ kind: 'broken', reason: `at ${secret.reveal()}` }], { secrets: [secret] });
    const error = await client.ask('Ask', () => client.send(request)).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('<secret>');
    expect(String(error)).not.toContain('p+ss');
    expect(client.fault('ZC_PROVIDER_REFUSED', `no ${secret.reveal()}`).message).toBe('Host: no <secret>');
  });

  it('that come later are hidden, too', () => {
    const { client } = bench([answer(200)]);
    client.hide(new Secret('token-1'));
    expect(client.fault('ZC_PROVIDER_REFUSED', 'with token-1').message).toBe('Host: with <secret>');
  });
});

describe('Retry-After', () => {
  const clock = { ...testClock(), now: () => Date.parse('2026-01-01T00:00:00Z') };
  const cases: readonly (readonly [string | null, number | null])[] = [
    ['0', 0],
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:00:05 GMT', 5000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', null],
    ['-1', null],
    ['', null],
    [null, null],
  ];
  for (const [text, expected] of cases) {
    it(`${text ?? 'absent'} is ${expected ?? 'nothing'}`, () => {
      const response: HttpResponse = {
        status: 429,
        headers: text === null ? {} : { 'retry-after': text },
        body: new Uint8Array(),
      };
      expect(retryAfterMs(clock, response)).toBe(expected);
    });
  }
});
