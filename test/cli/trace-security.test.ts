import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TraceFlags, trace } from '../../src/cli/commands/trace.ts';
import type { Message } from '../../src/dns/message.ts';
import { parseRdata } from '../../src/dns/rdata.ts';
import { printTrustAnchors } from '../../src/resolver/trust-anchors.ts';
import { type Box, type How, openBox, type Ran } from '../e2e/box.ts';
import { signedInternet } from '../resolver/signed.ts';
import type { SimServer } from '../resolver/sim.ts';
import { editing, type Served, serveWorld } from './served.ts';

const day = 86_400;
const now = Math.floor(Date.now() / 1000);
const internet = signedInternet(
  {
    '.': '@ NS r0.root.\ncom NS a.gtld.com.\na.gtld.com. A 192.0.2.2',
    com: `
      @ NS a.gtld
      a.gtld A 192.0.2.2
      good NS ns1.good
      good NS ns2.good
      ns1.good A 192.0.2.3
      ns2.good A 192.0.2.4
      stale NS ns1.stale
      ns1.stale A 192.0.2.6
      dead NS ns.dead
      ns.dead A 192.0.2.7
      plain NS ns.plain
      ns.plain A 192.0.2.5
    `,
    'good.com': '@ NS ns1\n@ NS ns2\nns1 A 192.0.2.3\nns2 A 192.0.2.4\nwww A 198.51.100.1',
    'stale.com': '@ NS ns1\nns1 A 192.0.2.6\nwww A 198.51.100.2',
    'dead.com': '@ NS ns\nns A 192.0.2.7\nwww A 198.51.100.5',
    'plain.com': '@ NS ns\nns A 192.0.2.5\nwww A 198.51.100.3\nsub NS ns.sub\nns.sub A 192.0.2.5',
    'sub.plain.com': '@ NS ns\nns A 192.0.2.5\nwww A 198.51.100.4',
  },
  {
    unsigned: ['plain.com', 'sub.plain.com'],
    validity: { inceptionSeconds: now - 10 * day, expirationSeconds: now + 30 * day },
  },
);

/** The keys of another zone in place of its own. */
const otherKeys = (response: Message, query: Message): Message =>
  query.questions[0]?.type !== 'DNSKEY'
    ? response
    : {
        ...response,
        answer: response.answer.map(record =>
          record.type === 'DNSKEY'
            ? { ...record, data: parseRdata('DNSKEY', `256 3 15 ${Buffer.alloc(32, 7).toString('base64')}`) }
            : record,
        ),
      };

/** A server that says, while it is the forger, what nobody signed. */
const forging = (name: string, server: SimServer): SimServer =>
  editing(server, (response, query) =>
    forger === name && query.questions[0]?.type === 'A'
      ? {
          ...response,
          answer: response.answer.map(record =>
            record.type === 'A' ? { ...record, data: parseRdata('A', '203.0.113.66') } : record,
          ),
        }
      : response,
  );

let box: Box;
let served: Served;
let anchors: string;
let forger = '';
const asked: string[] = [];

beforeAll(async () => {
  const server = (...serves: readonly string[]): SimServer =>
    editing({ serves, edit: internet.edit }, (response, { questions }) => {
      asked.push(...questions.map(({ name, type }) => `${name} ${type}`));
      return response;
    });
  [box, served] = await Promise.all([
    openBox({}, 'none'),
    serveWorld({
      zones: internet.zones,
      servers: {
        '192.0.2.1': server('.'),
        '192.0.2.2': server('com'),
        '192.0.2.3': forging('ns1', server('good.com')),
        '192.0.2.4': forging('ns2', server('good.com')),
        '192.0.2.5': server('plain.com', 'sub.plain.com'),
        '192.0.2.7': { fault: 'refused-port' },
        '192.0.2.6': editing(server('stale.com'), otherKeys),
      },
    }),
  ]);
  anchors = path.join(served.folder, 'anchors');
  await writeFile(anchors, printTrustAnchors(internet.anchors));
});
afterAll(() => Promise.all([box.close(), served.close()]));

function run(name: string | undefined, flags: TraceFlags = {}, how: How = {}): Promise<Ran> {
  asked.length = 0;
  return box.run(context => trace(context, name, name === undefined ? undefined : 'A', flags), {
    ...how,
    environment: { ...served.environment, ZONECUT_TRUST_ANCHORS: anchors, ...how.environment },
  });
}

/** The lines about DNSSEC, and the outcome. */
function told({ out }: Ran): readonly string[] {
  return out
    .split('\n')
    .map(line => line.trim())
    .filter(line => /^(?:ok|FAIL) \w|^! \w|secure|bogus|indeterminate|signature/.test(line))
    .map(line =>
      line
        .replaceAll(/DS \d+|key \d+|tag \d+|keys are \d+/g, text => text.replace(/\d+/, '#'))
        .replaceAll(/\d+ d \d+ h|[\d.]+ ms/g, '#')
        .replaceAll(/ +/g, ' '),
    );
}

const above = [
  'secure: DS # ED25519 of the trust anchor stands for its key, which signs; signatures hold for #',
  'secure: DS # ED25519 of the zone above stands for its key, which signs; signatures hold for #',
];

describe('zonecut trace judges by DNSSEC', () => {
  test('a name that is signed', async () => {
    const ran = await run('www.good.com');
    expect(told(ran)).toEqual([...above, above[1], 'ok www.good.com. A: 198.51.100.1 (ttl 3600) (secure)']);
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toMatch(/4 queries the first time, and 4 queries for keys\./);
  });

  test('a name that is not there', async () => {
    expect(told(await run('nosuch.good.com')).at(-1)).toBe('! nosuch.good.com. A: no such name (secure)');
  });

  test('a delegation without DS, below which nothing more is asked', async () => {
    expect(told(await run('www.sub.plain.com'))).toEqual([
      ...above,
      'insecure: plain.com. is delegated without DS records',
      'ok www.sub.plain.com. A: 198.51.100.4 (ttl 3600) (insecure)',
    ]);
    expect(asked.filter(question => / DNSKEY| DS/.test(question))).toEqual(['. DNSKEY', 'com. DNSKEY']);
  });

  test('keys that are not those that the parent stands for', async () => {
    const ran = await run('www.stale.com');
    const broken = 'bogus: no DNSKEY of stale.com. is what its DS records stand for (EDE 9, DNSKEY Missing)';
    expect(told(ran)).toEqual([...above, `FAIL ${broken}`, `FAIL www.stale.com. A: ${broken}`]);
    expect(ran.out).toMatch(
      /DS \d+ ED25519 of the zone above stands for no key of it; its keys are \d+ ED25519 \(256\)\n/,
    );
    expect(ran.exitCode).toBe(5);
  });

  test('nothing where nobody says anything', async () => {
    const ran = await run('www.dead.com');
    const silent = 'FAIL www.dead.com. A: no name server of dead.com. answers for it: unreachable';
    expect(told(ran)).toEqual([...above, silent]);
    expect(ran.exitCode).toBe(5);
  });

  test('one server of two that says what nobody signed', async () => {
    forger = 'ns2';
    const ran = await run('www.good.com');
    const picture = await run('www.good.com', { mermaid: true });
    forger = '';
    expect(told(ran)).toContain(
      'FAIL ns2.good.com. 192.0.2.4 glue # answer: A 203.0.113.66; bogus: the signature of www.good.com. A does not count: the signature is not that of the key # (EDE 6, DNSSEC Bogus)',
    );
    expect(told(ran)).toContain('ok www.good.com. A: 198.51.100.1 (ttl 3600) (secure)');
    expect(picture.out).toContain('subgraph z2["good.com. (secure, they disagree)"]');
    expect(picture.out).toMatch(/s2_1\["ns2\.good\.com\..*bogus: /);
    expect(picture.out).toContain('class s2_1 bad');
  });

  test('the answer of most servers, when it is theirs that nobody signed', async () => {
    forger = 'ns1';
    const ran = await run('www.good.com');
    forger = '';
    expect(told(ran)).toContainEqual(
      expect.stringMatching(/^FAIL www\.good\.com\. A: bogus: .* \(EDE 6, DNSSEC Bogus\)$/),
    );
    expect(ran.exitCode).toBe(5);
  });

  test('in plain words, and as a graph', async () => {
    expect((await run('www.plain.com', { explain: true })).out).toContain(
      'From here down nothing is signed, and the zone above has signed that it is so',
    );
    expect((await run('www.stale.com', { dot: true })).out).toContain(
      'label="stale.com. (bogus)"; color="#b71c1c"',
    );
  });

  test('as JSON', async () => {
    const { security } = JSON.parse((await run('www.good.com', {}, { options: { json: true } })).out);
    expect(security).toMatchObject({
      outcome: { kind: 'secure' },
      limits: [],
      queries: 4,
      zones: [
        { zone: '.', security: { kind: 'secure' }, since: null, chain: { from: 'anchor' } },
        { zone: 'com.', servers: [{ kind: 'secure' }] },
        {
          zone: 'good.com.',
          chain: {
            from: 'parent',
            ds: [{ algorithm: 15, digestType: 2, key: 'signs' }],
            keys: [{ flags: 256 }],
          },
          firstEnd: { isNear: false, at: new Date((now + 30 * day) * 1000).toISOString() },
          servers: [{ kind: 'secure' }, { kind: 'secure' }],
        },
      ],
    });
  });

  test('not, where no trust anchor is', async () => {
    const none = await run('www.good.com', {}, { environment: { ZONECUT_TRUST_ANCHORS: 'none' } });
    expect(told(none)).toEqual([
      'ok www.good.com. A: 198.51.100.1 (ttl 3600)',
      'no signature was checked: there is no trust anchor above',
    ]);
    expect(asked.some(question => question.includes('DNSKEY'))).toBe(false);
  });

  test("from IANA's trust anchors unless told otherwise", async () => {
    const ran = await run('www.good.com', {}, { environment: { ZONECUT_TRUST_ANCHORS: '' } });
    expect(told(ran)).toEqual([
      'FAIL bogus: no DNSKEY of . is what its DS records stand for (EDE 9, DNSKEY Missing)',
      'bogus, as the root is',
      'bogus, as the root is',
      'FAIL www.good.com. A: bogus: no DNSKEY of . is what its DS records stand for (EDE 9, DNSKEY Missing)',
    ]);
    const own = told(
      await run('www.good.com', { trustAnchor: [anchors] }, { environment: { ZONECUT_TRUST_ANCHORS: '' } }),
    );
    expect(own.at(-1)).toBe('ok www.good.com. A: 198.51.100.1 (ttl 3600) (secure)');
  });

  test('by the time of the capture when it is judged again, and from the anchors of then', async () => {
    const save = path.join(served.folder, 'capture.json');
    const live = await run('www.good.com', { save });
    const environment = { ZONECUT_TRUST_ANCHORS: '', ZONECUT_DNS_PORT: '9', ZONECUT_ADDRESS_MAP: '' };
    const again = await run(undefined, { from: save }, { environment });
    expect(told(again)).toEqual(told(live));
    const shifted = async (days: number): Promise<readonly string[]> => {
      const capture = JSON.parse(await readFile(save, 'utf8'));
      const at = new Date(Date.parse(capture.at) + days * day * 1000).toISOString();
      const other = path.join(served.folder, 'shifted.json');
      await writeFile(other, JSON.stringify({ ...capture, at }));
      return told(await run(undefined, { from: other }, { environment }));
    };
    expect((await shifted(28))[1]).toMatch(/^! the signature of \S+ \w+ ends in #, at \d{4}-/);
    expect((await shifted(31)).at(-1)).toMatch(
      /bogus: .* does not count: valid to .* \(EDE 7, Signature Expired\)/,
    );
    expect((await shifted(-11)).at(-1)).toMatch(/\(EDE 8, Signature Not Yet Valid\)/);
  });

  test('not what was captured without signatures', async () => {
    const save = path.join(served.folder, 'old.json');
    await run('www.good.com', { save }, { environment: { ZONECUT_TRUST_ANCHORS: 'none' } });
    const { trustAnchors: _, ...old } = JSON.parse(await readFile(save, 'utf8'));
    await writeFile(save, JSON.stringify(old));
    expect(told(await run(undefined, { from: save }))).toContain(
      'no signature was checked: there is no trust anchor above',
    );
  });
});
