import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TraceFlags, trace } from '../../src/cli/commands/trace.ts';
import { type Box, type How, openBox, type Ran } from '../e2e/box.ts';
import { closedPort } from '../world/sockets.ts';

let box: Box;
let folder: string;

beforeAll(async () => {
  [box, folder] = await Promise.all([openBox({}, 'none'), mkdtemp(path.join(tmpdir(), 'zonecut-trace-'))]);
});
afterAll(() => Promise.all([box.close(), rm(folder, { recursive: true, force: true })]));

function run(name: string | undefined, type: string, flags: TraceFlags = {}, how: How = {}): Promise<Ran> {
  return box.run(context => trace(context, name, type, flags), how);
}

/** The text without what differs from one time to the next. */
function timeless(text: string): string {
  return text
    .replaceAll(/\d+(\.\d+)? ms|ttl \d+|\(delegation[^)]*\)|\(answer[^)]*\)/g, '#')
    .replaceAll(/ +/g, ' ');
}

/** JSON without the IDs of messages, which are drawn anew. */
function withoutIds(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner) => (key === 'id' ? undefined : inner)));
}

describe('zonecut trace', () => {
  test('says what the glue is worth and how long it took, below the walk', async () => {
    const { out, exitCode } = await run('example.com', 'A');
    expect(exitCode).toBe(0);
    expect(timeless(out).split('\n').slice(-4)).toEqual([
      expect.stringContaining('queries the first time'),
      "the glue of 2 name servers is what the names' own zones say",
      '# for all of it',
      '',
    ]);
  });

  test('a capture gives the same trace again, with nobody to ask', async () => {
    const save = path.join(folder, 'capture.json');
    const live = await run('office.example.com', 'NS', { save });
    const nobody = {
      ZONECUT_ADDRESS_MAP: '',
      ZONECUT_DNS_PORT: String((await closedPort()).port),
      ZONECUT_RESOLVERS: '127.0.0.1:9',
    };
    const again = await run(undefined, 'A', { from: save }, { environment: nobody });
    expect(again.error).toBeNull();
    expect(timeless(again.out)).toBe(timeless(live.out));
    expect(again.err).toMatch(/^as it was at \d{4}-/);
  });

  test('a capture keeps times, and what resolvers said', async () => {
    const save = path.join(folder, 'via.json');
    const { address, port } = box.internet.resolver;
    const live = await run('www.example.com', 'A', { save, via: [`${address}:${port}`] });
    expect(live.out).toMatch(/^ok {2}via \S+ {2}[\d.]+ ms {2}the same, ttl \d+ left$/m);
    const shown = (text: string): readonly string[] =>
      text.split('\n').filter(line => /^ *ok|for all of it/.test(line));
    const again = await run(undefined, 'A', { from: save });
    expect(shown(again.out)).toEqual(shown(live.out));
  });

  test('as JSON a capture gives the same to the last octet, the IDs of messages apart', async () => {
    const save = path.join(folder, 'json.json');
    const options = { options: { json: true } };
    const live = JSON.parse((await run('nosuch.example.com', 'A', { save }, options)).out);
    const again = JSON.parse((await run(undefined, 'A', { from: save }, options)).out);
    expect(live).toMatchObject({ schema: 'zonecut/trace/v1', outcome: { kind: 'nxdomain' }, via: [] });
    expect(withoutIds(again.levels)).toEqual(withoutIds(live.levels));
    expect(again.glue).toEqual(live.glue);
    expect(again.tookMs).toBe(live.tookMs);
  });

  test('--via compares: udp, tcp, and one that does not answer', async () => {
    const { address, port } = box.internet.resolver;
    const dead = (await closedPort()).port;
    const via = [`udp://${address}:${port}`, `tcp://${address}:${port}`, `127.0.0.1:${dead}`];
    const { out } = await run('www.example.com', 'A', { via });
    expect(timeless(out).match(/^\S+ via .*$/gm)).toEqual([
      `ok via udp://${address}:${port} # the same, # left`,
      `ok via tcp://${address}:${port} # the same, # left`,
      `FAIL via 127.0.0.1:${dead} - refused`,
    ]);
  });

  const pictures: readonly (readonly [TraceFlags, RegExp])[] = [
    [{ dot: true }, /^digraph "example\.com\. A" \{\n[\s\S]*-> e0;\n\}\n$/],
    [{ mermaid: true }, /^flowchart TD\n[\s\S]*--> e0\n/],
  ];
  test.each(pictures)('%o prints a picture and nothing else', async (flags, pattern) => {
    expect((await run('example.com', 'A', flags)).out).toMatch(pattern);
  });

  const wrong: readonly (readonly [string | undefined, TraceFlags, How, string])[] = [
    [undefined, {}, {}, 'a name is needed, or a capture'],
    ['example.com', { from: 'x' }, {}, '--from judges a capture again'],
    [undefined, { from: 'x', via: ['192.0.2.1'] }, {}, '--from judges a capture again'],
    [undefined, { from: '/nowhere' }, {}, '--from /nowhere cannot be read'],
    ['example.com', { save: '/nowhere/x' }, {}, '--save /nowhere/x cannot be written'],
    ['example.com', { via: ['ftp://192.0.2.1'] }, {}, 'is no resolver'],
    ['example.com', { via: ['https://host/{x}'] }, {}, 'no template of DNS over HTTPS'],
    ['example.com', { via: ['tls://a b'] }, {}, 'is no resolver'],
    ['example.com', { via: ['tls://nosuch.example.com'] }, {}, 'has no address that can be found'],
    ['example.com', { via: ['tls://127.0.0.1'], viaCa: '/nowhere' }, {}, '--via-ca /nowhere cannot be read'],
    ['example.com', { dot: true, mermaid: true }, {}, 'more than one of'],
    ['example.com', { dot: true }, { options: { json: true } }, 'more than one of'],
  ];
  test.each(wrong)('%s %o is told to be wrong', async (name, flags, how, sentence) => {
    const { error } = await run(name, 'A', flags, how);
    expect(error).toMatchObject({ code: 'ZC_USAGE', message: expect.stringContaining(sentence) });
  });

  test.each(['', '[]', 'null', '{"schema":"zonecut/trace/v1"}'])(
    'a file with %s is no capture',
    async text => {
      const file = path.join(folder, 'other.json');
      await writeFile(file, text);
      const { error } = await run(undefined, 'A', { from: file });
      expect(error).toMatchObject({ code: 'ZC_USAGE', message: expect.stringContaining('is no capture') });
    },
  );

  test('a capture is text that a person can read: an exchange a line', async () => {
    const save = path.join(folder, 'lines.json');
    await run('example.com', 'A', { save });
    const lines = (await readFile(save, 'utf8')).split('\n');
    const exchanges = lines.filter(line => line.startsWith('    {"server"'));
    expect(exchanges.length).toBe(JSON.parse(lines.join('\n')).exchanges.length);
  });
});
