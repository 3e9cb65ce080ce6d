import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ResolverFlags, serveResolver } from '../../src/cli/commands/resolver.ts';
import { extendedErrorsOf } from '../../src/dns/edns.ts';
import { type Message, makeQuery } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { parseRdata } from '../../src/dns/rdata.ts';
import { nodeTransport } from '../../src/world/node.ts';
import { type Box, openBox, type Ran } from '../e2e/box.ts';
import { signedInternet } from '../resolver/signed.ts';
import type { SimServer } from '../resolver/sim.ts';
import { editing, type Served, serveWorld } from './served.ts';

const now = Math.floor(Date.now() / 1000);
const day = 86_400;
const internet = signedInternet(
  {
    '.': '@ NS r0.root.\ncom NS a.gtld.com.\na.gtld.com. A 192.0.2.2',
    com: `
      @ NS a.gtld
      a.gtld A 192.0.2.2
      good NS ns.good
      ns.good A 192.0.2.3
      forged NS ns.forged
      ns.forged A 192.0.2.4
      plain NS ns.plain
      ns.plain A 192.0.2.5
    `,
    'good.com': '@ NS ns\nns A 192.0.2.3\nwww A 198.51.100.1',
    'forged.com': '@ NS ns\nns A 192.0.2.4\nwww A 198.51.100.2',
    'plain.com': '@ NS ns\nns A 192.0.2.5\nwww A 198.51.100.3',
  },
  {
    unsigned: ['plain.com'],
    validity: { inceptionSeconds: now - day, expirationSeconds: now + 30 * day },
  },
);
const anchor = [...internet.anchors.anchors].map(([zone, ds]) => `${zone} IN DS ${ds.join(' ')}\n`).join('');

/** The names that the servers were asked for, as they were spelled. */
const spellings: string[] = [];
let box: Box;
let served: Served;
let file: string;

beforeAll(async () => {
  const server = (...serves: readonly string[]): SimServer =>
    editing({ serves, edit: internet.edit }, (response, { questions }) => {
      spellings.push(...questions.map(({ name, spelling }) => spelling ?? name));
      return response;
    });
  [box, served] = await Promise.all([
    openBox({}, 'none'),
    serveWorld({
      zones: internet.zones,
      servers: {
        '192.0.2.1': server('.'),
        '192.0.2.2': server('com'),
        '192.0.2.3': server('good.com'),
        '192.0.2.4': editing(server('forged.com'), response => ({
          ...response,
          answer: response.answer.map(record =>
            record.type === 'A' ? { ...record, data: parseRdata('A', '203.0.113.66') } : record,
          ),
        })),
        '192.0.2.5': server('plain.com'),
      },
    }),
  ]);
  file = path.join(served.folder, 'anchors');
  await writeFile(file, anchor);
});
afterAll(() => Promise.all([box.close(), served.close()]));

interface Asking {
  readonly flags?: ResolverFlags;
  readonly environment?: Readonly<Record<string, string>>;
  readonly query?: Partial<Message>;
}

interface Told {
  /** One for each name: `rcode AD CD EDE-codes`, and what it ends with. */
  readonly answers: readonly string[];
  readonly metrics: string;
  readonly ran: Ran;
}

/** Runs the daemon in the signed world, asks it for the names one after the other, and stops it. */
async function ask(names: readonly string[], { flags, environment, query }: Asking): Promise<Told> {
  const ending = new AbortController();
  let listening: (text: string) => void = () => {};
  const json = new Promise<string>(resolve => {
    listening = resolve;
  });
  const ran = box.run(
    context =>
      serveResolver(
        { ...context, terminal: { ...context.terminal, print: text => listening(text) } },
        { listen: ['127.0.0.1:0'], metrics: '127.0.0.1:0', ...flags },
      ),
    {
      options: { json: true },
      signal: ending.signal,
      environment: { ...served.environment, ZONECUT_TRUST_ANCHORS: '', ...environment },
    },
  );
  const said = await Promise.race([json, ran.then(({ error }) => Promise.reject(error))]);
  const [dns, metrics] = JSON.parse(said).places;
  const transport = nodeTransport();
  const answers: string[] = [];
  for (const name of names) {
    const plain = makeQuery(parseName(name), 'A', { recursionDesired: true, dnssecOk: true });
    const exchange = await transport.exchange({ ...plain, ...query }, dns, { timeoutMs: 30_000 });
    answers.push(exchange.kind === 'response' ? shown(exchange.message) : exchange.kind);
  }
  const text = await (await fetch(`http://${metrics.address}:${metrics.port}/metrics`)).text();
  ending.abort();
  await transport.close();
  return {
    answers,
    ran: await ran,
    metrics: text
      .split('\n')
      .filter(line => line.startsWith('zonecut_resolver_validations_total{'))
      .join('\n'),
  };
}

function shown(message: Message): string {
  const { rcode, authenticData, checkingDisabled, answer } = message;
  const codes = extendedErrorsOf(message).map(({ code }) => code);
  const words = [rcode, authenticData ? 'AD' : '', checkingDisabled ? 'CD' : '', ...codes, answer[0]?.data];
  return words.filter(word => word !== '' && word !== undefined).join(' ');
}

const all = ['www.good.com', 'www.plain.com', 'www.forged.com', 'www.forged.com'];

describe('zonecut resolver validates', () => {
  const from: readonly (readonly [string, () => Asking])[] = [
    ['a file of the option', () => ({ flags: { trustAnchor: [file] } })],
    ['a record of the option', () => ({ flags: { trustAnchor: [anchor] } })],
    ['a file of the environment', () => ({ environment: { ZONECUT_TRUST_ANCHORS: file } })],
  ];
  test.each(from)('from the anchors in %s', async (_, asking) => {
    const { answers, metrics, ran } = await ask(all, asking());
    expect(answers).toEqual(['NOERROR AD 198.51.100.1', 'NOERROR 198.51.100.3', 'SERVFAIL 6', 'SERVFAIL 6']);
    expect(metrics.split('\n').sort()).toEqual([
      'zonecut_resolver_validations_total{result="bogus"} 2',
      'zonecut_resolver_validations_total{result="insecure"} 1',
      'zonecut_resolver_validations_total{result="secure"} 1',
    ]);
    expect(ran).toMatchObject({ exitCode: 0, error: null });
  });

  test('from the anchors of IANA unless told otherwise', async () => {
    expect((await ask(['www.good.com'], {})).answers).toEqual(['SERVFAIL 9']);
  });

  test('nothing that no anchor is above', async () => {
    const trustAnchor = [
      'net. IN DS 60485 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D',
    ];
    const { answers, metrics } = await ask(['www.good.com'], { flags: { trustAnchor } });
    expect(answers).toEqual(['NOERROR 198.51.100.1']);
    expect(metrics).toBe('zonecut_resolver_validations_total{result="indeterminate"} 1');
  });

  const unchecked: readonly (readonly [string, Asking])[] = [
    ['with --no-validate', { flags: { validate: false } }],
    ['in a world without trust anchors', { environment: { ZONECUT_TRUST_ANCHORS: 'none' } }],
  ];
  test.each(unchecked)('nothing %s', async (_, asking) => {
    const { answers, metrics } = await ask(all, asking);
    expect(answers.slice(0, 3)).toEqual([
      'NOERROR 198.51.100.1',
      'NOERROR 198.51.100.3',
      'NOERROR 203.0.113.66',
    ]);
    expect(metrics).toBe('');
  });

  test('not for a client that checks by itself (CD), and CD is in the answer', async () => {
    const { answers } = await ask(all, {
      flags: { trustAnchor: [file] },
      query: { checkingDisabled: true },
    });
    expect(answers.slice(0, 3)).toEqual([
      'NOERROR CD 198.51.100.1',
      'NOERROR CD 198.51.100.3',
      'NOERROR CD 203.0.113.66',
    ]);
  });

  test.each([true, false])('and mixes the letters of names: %s', async mixCase => {
    spellings.length = 0;
    const { answers } = await ask(all.slice(0, 2), { flags: { trustAnchor: [file], mixCase } });
    expect(answers).toEqual(['NOERROR AD 198.51.100.1', 'NOERROR 198.51.100.3']);
    expect(spellings.some(name => /[A-Z]/.test(name))).toBe(mixCase);
  });

  const wrong: readonly (readonly [Asking, string, string])[] = [
    [
      { flags: { trustAnchor: ['/nowhere'] } },
      'ZC_USAGE',
      '--trust-anchor names /nowhere, which cannot be read',
    ],
    [{ flags: { trustAnchor: ['. IN DS no'] } }, 'ZC_ZONEFILE', 'the trust anchors cannot be read: line 1: '],
    [
      { environment: { ZONECUT_TRUST_ANCHORS: '/nowhere' } },
      'ZC_USAGE',
      'ZONECUT_TRUST_ANCHORS names /nowhere',
    ],
    [{ flags: { trustAnchor: ['. IN DS 1 8 2 00'], validate: false } }, 'ZC_USAGE', 'exclude each other'],
  ];
  test.each(wrong)('not %o', async (asking, code, sentence) => {
    await expect(ask([], asking)).rejects.toMatchObject({ code, message: expect.stringContaining(sentence) });
  });
});
