import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { respond } from '../../src/authority/authority.ts';
import { makeZoneSet } from '../../src/authority/zone-set.ts';
import { type Message, makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { type ResourceRecord, recordsOf } from '../../src/dns/rrset.ts';
import { signTsigResponse, tsigErrorResponse, verifyTsigRequest } from '../../src/dns/tsig.ts';
import { makeTsigKey, type TsigAlgorithm, type TsigKey } from '../../src/dns/tsig-key.ts';
import { TsigStreamSigner } from '../../src/dns/tsig-stream.ts';
import { readUpdate } from '../../src/dns/update.ts';
import { applyUpdate } from '../../src/dns/update-apply.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { rrsetAt, soaRRset, type Zone } from '../../src/dns/zone.ts';
import { dropTestFolder, makeTestFolder, must } from './dns-named.ts';
import { type OctetServer, serveOctets } from './dns-wire.ts';
import { zoneOf } from './dns-zones.ts';
import { type Finished, runProgram } from './programs.ts';

const apex = parseName('ours.example.');
const many = Array.from({ length: 500 }, (_, at) => `host${at} A 192.0.2.${at % 250}\n`).join('');
const text = `$TTL 300\n@ SOA ns1 hostmaster 1 7200 900 1209600 600\n@ NS ns1\nns1 A 127.0.0.1\n${many}`;

const algorithms: readonly TsigAlgorithm[] = [
  'hmac-sha1',
  'hmac-sha224',
  'hmac-sha256',
  'hmac-sha384',
  'hmac-sha512',
];
const keys: readonly TsigKey[] = algorithms.map(algorithm =>
  makeTsigKey(`key.${algorithm}`, algorithm, randomBytes(32).toString('base64')),
);

let zone: Zone = zoneOf(text, apex);
let clockOffsetSeconds = 0;
let server: OctetServer | null = null;
let folder = '';

const nowSeconds = (): number => Math.floor(Date.now() / 1000) + clockOffsetSeconds;

/** A primary server in a few lines: signed queries, updates and transfers, and nothing without a signature. */
function answer(request: Uint8Array): readonly Uint8Array[] {
  const verdict = verifyTsigRequest(request, keys, { nowSeconds: nowSeconds() });
  const query = decodeMessage(request);
  if (verdict.kind === 'failed') {
    const refusal = encodeMessage({ ...makeResponse(query, verdict.rcode), edns: null });
    return [tsigErrorResponse(refusal, verdict, { nowSeconds: nowSeconds() })];
  }
  if (verdict.kind !== 'verified') return [encodeMessage(makeResponse(query, 'REFUSED'))];
  const message = decodeMessage(verdict.message);
  if (message.questions[0]?.type === 'AXFR') return transfer(message, verdict.key, verdict.mac);
  const response = message.opcode === 'UPDATE' ? update(message) : respond(makeZoneSet([zone]), message);
  return [
    signTsigResponse(encodeMessage(response), verdict.key, verdict.mac, { nowSeconds: nowSeconds() }).octets,
  ];
}

function update(message: Message): Message {
  const read = readUpdate(message);
  if (read.kind === 'refused') return makeResponse(message, read.rcode);
  const applied = applyUpdate(zone, read.update);
  if (applied.kind === 'refused') return makeResponse(message, applied.rcode);
  zone = applied.zone;
  return makeResponse(message);
}

/** Two records a message; all but the first, the last and every hundredth go unsigned. */
function transfer(query: Message, key: TsigKey, mac: Uint8Array): readonly Uint8Array[] {
  const soa = recordsOf(soaRRset(zone));
  const others = zone.rrsets.filter(({ type }) => type !== 'SOA').flatMap(recordsOf);
  const records: readonly ResourceRecord[] = [...soa, ...others, ...soa];
  const signer = new TsigStreamSigner(key, mac);
  const messages: Uint8Array[] = [];
  for (let at = 0; at < records.length; at += 2) {
    const octets = encodeMessage({ ...makeResponse(query), edns: null, answer: records.slice(at, at + 2) });
    const options = { nowSeconds: nowSeconds() };
    messages.push(at + 2 < records.length ? signer.pass(octets, options) : signer.sign(octets, options));
  }
  return messages;
}

beforeAll(async () => {
  folder = await makeTestFolder();
  server = await serveOctets(answer);
});

afterAll(async () => {
  await server?.close();
  await dropTestFolder(folder);
});

beforeEach(() => {
  zone = zoneOf(text, apex);
  clockOffsetSeconds = 0;
});

const onCommandLine = ({ algorithm, name, secret }: TsigKey): string =>
  `${algorithm}:${name}:${secret.reveal()}`;

async function nsupdate(
  key: TsigKey,
  lines: readonly string[],
  flags: readonly string[] = [],
): Promise<Finished> {
  const file = path.join(folder, 'commands');
  const head = [`server ${server?.address} ${server?.port}`, `zone ${apex}`];
  await writeFile(file, `${[...head, ...lines, 'send'].join('\n')}\n`);
  return runProgram('nsupdate', [...flags, '-t', '5', '-y', onCommandLine(key), file]);
}

function at(index: number): TsigKey {
  const key = keys[index];
  if (key === undefined) throw new Error('no such key');
  return key;
}

const dataAt = (owner: string, type: string): readonly string[] | undefined =>
  rrsetAt(zone, parseName(`${owner}.${apex}`), type)?.data;

describe('nsupdate, with a key', () => {
  test.each(
    [...algorithms.keys()].flatMap(
      index =>
        [
          [algorithms[index], 'UDP', index, []],
          [algorithms[index], 'TCP', index, ['-v']],
        ] as const,
    ),
  )('of %s over %s adds and deletes here', async (_algorithm, _protocol, index, flags) => {
    const commands = [
      'update add new 60 A 192.0.2.77',
      `update delete host3.${apex} A`,
      `update add host4.${apex} 60 A 192.0.2.78`,
    ];
    const { status, stderr } = await nsupdate(
      at(index),
      [commands[0]?.replace('new', `new.${apex}`) ?? '', ...commands.slice(1)],
      flags,
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(dataAt('new', 'A')).toEqual(['192.0.2.77']);
    expect(dataAt('host3', 'A')).toBeUndefined();
    expect(dataAt('host4', 'A')).toEqual(['192.0.2.4', '192.0.2.78']);
  });

  test.each([
    [`prereq yxrrset host1.${apex} A`, true],
    [`prereq yxrrset host1.${apex} TXT`, false, 'NXRRSET'],
    [`prereq yxrrset host1.${apex} A 192.0.2.1`, true],
    [`prereq yxrrset host1.${apex} A 192.0.2.2`, false, 'NXRRSET'],
    [`prereq nxrrset host1.${apex} TXT`, true],
    [`prereq nxrrset host1.${apex} A`, false, 'YXRRSET'],
    [`prereq yxdomain host1.${apex}`, true],
    [`prereq yxdomain nobody.${apex}`, false, 'NXDOMAIN'],
    [`prereq nxdomain nobody.${apex}`, true],
    [`prereq nxdomain host1.${apex}`, false, 'YXDOMAIN'],
  ])('and "%s" is judged rightly', async (prerequisite, holds, rcode = '') => {
    const { status, stderr } = await nsupdate(at(2), [prerequisite, `update add new.${apex} 60 TXT "x"`]);
    expect(dataAt('new', 'TXT')).toEqual(holds ? ['"x"'] : undefined);
    expect(status).toBe(holds ? 0 : 2);
    expect(stderr).toContain(rcode);
  });

  test('with a wrong secret is told BADSIG, with an unknown one BADKEY, with another clock BADTIME', async () => {
    const line = [`update add new.${apex} 60 A 192.0.2.77`];
    const wrong = makeTsigKey('key.hmac-sha256', 'hmac-sha256', randomBytes(32).toString('base64'));
    expect((await nsupdate(wrong, line)).stderr).toMatch(/BADSIG|bad.*sig|NOTAUTH/i);
    expect((await nsupdate({ ...at(2), name: parseName('unknown.key') }, line)).stderr).toMatch(
      /BADKEY|NOTAUTH/,
    );
    clockOffsetSeconds = 4000;
    expect((await nsupdate(at(2), line)).stderr).toMatch(/BADTIME|clocks|NOTAUTH/);
    expect(dataAt('new', 'A')).toBeUndefined();
  });
});

describe('dig, with a key', () => {
  const dig = (key: TsigKey, ...args: readonly string[]): Promise<string> =>
    must('dig', [
      '+norecurse',
      '-y',
      onCommandLine(key),
      `@${server?.address}`,
      '-p',
      String(server?.port),
      ...args,
    ]);

  test.each(keys.map(key => [key.algorithm, key] as const))(
    'of %s takes our signature over UDP and TCP',
    async (_, key) => {
      for (const protocol of ['+notcp', '+tcp']) {
        const output = await dig(key, `host5.${apex}`, 'A', protocol);
        expect(output).toContain('192.0.2.5');
        expect(output).toContain('NOERROR');
        expect(output).not.toMatch(/warning|couldn't verify|failure/i);
      }
    },
  );

  test('takes a transfer in hundreds of messages of which few are signed', async () => {
    const output = await dig(at(2), apex, 'AXFR');
    expect(output).not.toMatch(/warning|failed|couldn't verify/i);
    expect(output).toMatch(/XFR size: 504 records \(messages 252,/);
    const signatures = output.split('\n').filter(line => /\sTSIG\s/.test(line));
    expect(signatures.length).toBeGreaterThan(2);
    expect(signatures.length).toBeLessThan(10);
  });

  test('tells of our BADSIG, BADKEY and BADTIME', async () => {
    const wrong = makeTsigKey('key.hmac-sha256', 'hmac-sha256', randomBytes(32).toString('base64'));
    expect(await dig(wrong, apex, 'SOA')).toMatch(/BADSIG/);
    expect(await dig({ ...at(2), name: parseName('unknown.key') }, apex, 'SOA')).toMatch(/BADKEY/);
    clockOffsetSeconds = -4000;
    expect(await dig(at(2), apex, 'SOA')).toMatch(/BADTIME/);
  });
});
