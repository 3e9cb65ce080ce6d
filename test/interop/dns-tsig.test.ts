import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Message, makeQuery } from '../../src/dns/message.ts';
import { type Name, parseName } from '../../src/dns/name.ts';
import { soaOf } from '../../src/dns/rdata.ts';
import { groupRecords, rrsetOf } from '../../src/dns/rrset.ts';
import {
  applyDifferences,
  type Transfer,
  TransferReader,
  type TransferRequest,
} from '../../src/dns/transfer.ts';
import {
  signTsigRequest,
  type TsigSignOptions,
  type TsigVerdict,
  verifyTsigResponse,
} from '../../src/dns/tsig.ts';
import { makeTsigKey, parseTsigKey, parseTsigKeyFile, type TsigKey } from '../../src/dns/tsig-key.ts';
import { TsigStreamVerifier } from '../../src/dns/tsig-stream.ts';
import { makeUpdate, type Prerequisite, type UpdateChange } from '../../src/dns/update.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { makeZone, soaRRset, type Zone } from '../../src/dns/zone.ts';
import { printRRset } from '../../src/dns/zonefile.ts';
import { dropTestFolder, makeTestFolder, type Named, startNamed } from './dns-named.ts';
import { askTcp, askUdp } from './dns-wire.ts';
import { zoneText } from './dns-zones.ts';

const apex = parseName('live.example.');
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** In the words of named.conf. */
const algorithms = [
  'hmac-sha256',
  'hmac-sha384',
  'hmac-sha512',
  'hmac-sha256-128',
  'hmac-sha384-192',
  'hmac-sha512-256',
  'hmac-sha512-504',
] as const;

const keyStatements = algorithms.map(
  algorithm =>
    `key "Key.${algorithm}" { algorithm ${algorithm}; secret "${randomBytes(40).toString('base64')}"; };`,
);

const keys: readonly TsigKey[] = parseTsigKeyFile(keyStatements.join('\n'));

const [firstKey] = keys;
if (firstKey === undefined) throw new Error('no keys');
const key: TsigKey = firstKey;
let folder = '';
let named: Named | null = null;

beforeAll(async () => {
  folder = await makeTestFolder();
  const many = Array.from({ length: 600 }, (_, at) => `host${at} A 192.0.2.${at % 250}\n`).join('');
  await writeFile(path.join(folder, 'zone'), zoneText + many);
  const allowed = keys.map(({ name }) => `key "${name}";`).join(' ');
  named = await startNamed(
    folder,
    `${keyStatements.join('\n')}
zone "${apex}" {
  type primary; file "zone"; ixfr-from-differences yes; journal "zone.jnl";
  allow-update { ${allowed} }; allow-transfer { ${allowed} };
};`,
    // One record a message: a stream of hundreds.
    'transfer-format one-answer;',
  );
});

afterAll(async () => {
  await named?.stop();
  await dropTestFolder(folder);
});

let lastId = 0;

async function exchange(
  message: Message,
  by: TsigKey,
  options: Partial<TsigSignOptions> = {},
): Promise<{ readonly verdict: TsigVerdict; readonly response: Message }> {
  lastId += 1;
  const octets = encodeMessage({ ...message, id: lastId });
  const signed = signTsigRequest(octets, by, { nowSeconds: nowSeconds(), ...options });
  const response = await askUdp(signed.octets, named?.address ?? '', named?.port ?? 0);
  const verdict = verifyTsigResponse(response, by, signed.mac, { nowSeconds: nowSeconds() });
  return { verdict, response: decodeMessage(response) };
}

async function update(
  changes: readonly UpdateChange[],
  prerequisites: readonly Prerequisite[] = [],
): Promise<string> {
  const { verdict, response } = await exchange(makeUpdate({ zone: apex, prerequisites, changes }), key);
  expect(verdict.kind).toBe('verified');
  return response.rcode;
}

describe('named', () => {
  test.each(keys.map((one, at) => [algorithms[at], one] as const))(
    'knows the signature of a query by %s, and its own holds',
    async (_, one) => {
      const { verdict, response } = await exchange(makeQuery(apex, 'SOA', { udpSize: null }), one);
      expect(response.rcode).toBe('NOERROR');
      expect(verdict).toMatchObject({ kind: 'verified', peerError: 'NOERROR' });
      if (verdict.kind !== 'verified') return;
      expect(decodeMessage(verdict.message).answer).toMatchObject([{ type: 'SOA' }]);
      expect(decodeMessage(verdict.message).additional.every(({ type }) => type !== 'TSIG')).toBe(true);
    },
  );

  test('says BADTRUNC, signed, to a MAC cut to fewer octets than its key asks for', async () => {
    const { verdict, response } = await exchange(makeQuery(apex, 'SOA'), key, { macOctets: 16 });
    expect(response.rcode).toBe('NOTAUTH');
    expect(verdict).toMatchObject({ kind: 'verified', peerError: 'BADTRUNC' });
  });

  test('says BADSIG, without a signature, to a wrong secret', async () => {
    const wrong = makeTsigKey(key.name, key.algorithm, randomBytes(32).toString('base64'));
    const { verdict, response } = await exchange(makeQuery(apex, 'SOA'), wrong);
    expect(response.rcode).toBe('NOTAUTH');
    expect(verdict).toMatchObject({ kind: 'rejected', error: 'BADSIG' });
  });

  test('says BADKEY, without a signature, to a key that it does not know', async () => {
    const { verdict } = await exchange(makeQuery(apex, 'SOA'), { ...key, name: parseName('unknown.key') });
    expect(verdict).toMatchObject({ kind: 'rejected', error: 'BADKEY' });
  });

  test('says BADTIME, signed and with its own clock, to a signature of an hour ago', async () => {
    const octets = encodeMessage({ ...makeQuery(apex, 'SOA'), id: 9 });
    const then = nowSeconds() - 3600;
    const signed = signTsigRequest(octets, key, { nowSeconds: then });
    const response = await askUdp(signed.octets, named?.address ?? '', named?.port ?? 0);
    const verdict = verifyTsigResponse(response, key, signed.mac, { nowSeconds: then });
    expect(verdict).toMatchObject({ kind: 'verified', peerError: 'BADTIME' });
    if (verdict.kind !== 'verified') return;
    expect(Math.abs((verdict.peerTimeSeconds ?? 0) - nowSeconds())).toBeLessThan(10);
  });
});

async function look(owner: string, type: string): Promise<readonly string[]> {
  const { response } = await exchange(makeQuery(parseName(owner), type), key);
  return groupRecords(response.answer).flatMap(({ data }) => data);
}

describe('an UPDATE message of ours, at named', () => {
  const owner = parseName(`new.${apex}`);

  test('adds, changes and deletes', async () => {
    expect(await update([{ kind: 'add', rrset: rrsetOf(owner, 'A', 60, '192.0.2.20', '192.0.2.21') }])).toBe(
      'NOERROR',
    );
    expect(await look(owner, 'A')).toEqual(['192.0.2.20', '192.0.2.21']);
    expect(
      await update([
        { kind: 'delete-records', rrset: rrsetOf(owner, 'A', 60, '192.0.2.20') },
        { kind: 'add', rrset: rrsetOf(owner, 'TXT', 60, '"x"') },
      ]),
    ).toBe('NOERROR');
    expect(await look(owner, 'A')).toEqual(['192.0.2.21']);
    expect(await update([{ kind: 'delete-rrset', owner, type: 'TXT' }])).toBe('NOERROR');
    expect(await look(owner, 'TXT')).toEqual([]);
    expect(await update([{ kind: 'delete-name', owner }])).toBe('NOERROR');
    expect(await look(owner, 'A')).toEqual([]);
  });

  const nothing: readonly UpdateChange[] = [{ kind: 'delete-name', owner: parseName(`nobody.${apex}`) }];
  const ns1 = parseName(`ns1.${apex}`);

  test.each<readonly [string, Prerequisite, string]>([
    ['an RRset that is there', { kind: 'rrset-exists', owner: ns1, type: 'A' }, 'NOERROR'],
    ['an RRset that is not', { kind: 'rrset-exists', owner: ns1, type: 'MX' }, 'NXRRSET'],
    ['the data that is there', { kind: 'rrset-is', rrset: rrsetOf(ns1, 'A', 0, '127.0.0.1') }, 'NOERROR'],
    ['other data', { kind: 'rrset-is', rrset: rrsetOf(ns1, 'A', 0, '127.0.0.1', '127.0.0.2') }, 'NXRRSET'],
    ['the absence of an RRset', { kind: 'rrset-absent', owner: ns1, type: 'MX' }, 'NOERROR'],
    ['the absence of one that is there', { kind: 'rrset-absent', owner: ns1, type: 'A' }, 'YXRRSET'],
    ['a name in use', { kind: 'name-in-use', owner: ns1 }, 'NOERROR'],
    ['a name not in use', { kind: 'name-in-use', owner: parseName(`nobody.${apex}`) }, 'NXDOMAIN'],
    ['a free name', { kind: 'name-free', owner: parseName(`nobody.${apex}`) }, 'NOERROR'],
    ['a name that is not free', { kind: 'name-free', owner: ns1 }, 'YXDOMAIN'],
  ])('with the prerequisite of %s gets the right answer', async (_, prerequisite, rcode) => {
    expect(await update(nothing, [prerequisite])).toBe(rcode);
  });
});

/** Transfers over TCP with a signature on the request and checks the stream. */
async function transfer(
  request: TransferRequest,
  before: Zone | null = null,
): Promise<{ transfer: Transfer; messages: number }> {
  const query = makeQuery(request.apex, request.kind.toUpperCase(), { udpSize: null });
  const soa = before === null ? [] : [{ ...soaRecord(before) }];
  const signed = signTsigRequest(encodeMessage({ ...query, id: 77, authority: soa }), key, {
    nowSeconds: nowSeconds(),
  });
  const stream = new TsigStreamVerifier(key, signed.mac);
  const reader = new TransferReader(request);
  let messages = 0;
  let done: Transfer | null = null;
  await askTcp(signed.octets, named?.address ?? '', named?.port ?? 0, octets => {
    messages += 1;
    const verdict = stream.feed(octets, nowSeconds());
    if (verdict.kind !== 'verified' && verdict.kind !== 'pending') throw new Error(JSON.stringify(verdict));
    const step = reader.feed(decodeMessage(verdict.message));
    if (step.kind === 'failed') throw new Error(step.problem);
    if (step.kind === 'more') return 'more';
    done = step.transfer;
    return 'enough';
  });
  expect(stream.end()).toBeNull();
  if (done === null) throw new Error('no transfer');
  return { transfer: done, messages };
}

function soaRecord(zone: Zone): {
  owner: Name;
  type: string;
  class: string;
  ttl: number;
  data: Zone['rrsets'][number]['data'][number];
} {
  const { owner, type, ttl, data } = soaRRset(zone);
  const [rdata] = data;
  if (rdata === undefined) throw new Error('no SOA');
  return { owner, type, class: 'IN', ttl, data: rdata };
}

function zoneOfTransfer(found: Transfer): Zone {
  if (found.kind !== 'zone') throw new Error(`not a zone: ${found.kind}`);
  return makeZone(apex, found.rrsets);
}

const serialOf = (zone: Zone): number => {
  const [data] = soaRRset(zone).data;
  return data === undefined ? 0 : soaOf(data).serial;
};

const textOf = (zone: Zone): readonly string[] => zone.rrsets.map(printRRset).sort();

describe('a zone transfer from named', () => {
  test('brings the whole zone in signed messages', async () => {
    const { transfer: found, messages } = await transfer({ kind: 'axfr', apex });
    const zone = zoneOfTransfer(found);
    expect(messages).toBeGreaterThan(600);
    expect(zone.rrsets.filter(({ owner }) => owner.startsWith('host'))).toHaveLength(600);
    expect(found).toMatchObject({ outside: 0 });
  });

  test('brings what changed, which applied to the old zone gives the new one', async () => {
    const before = zoneOfTransfer((await transfer({ kind: 'axfr', apex })).transfer);
    for (const text of ['192.0.2.30', '192.0.2.31', '192.0.2.32']) {
      await update([{ kind: 'add', rrset: rrsetOf(`changed.${apex}`, 'A', 60, text) }]);
    }
    await update([{ kind: 'delete-rrset', owner: parseName(`host7.${apex}`), type: 'A' }]);
    const after = zoneOfTransfer((await transfer({ kind: 'axfr', apex })).transfer);
    const { transfer: found } = await transfer({ kind: 'ixfr', apex, serial: serialOf(before) }, before);
    if (found.kind !== 'differences') throw new Error(`not differences: ${found.kind}`);
    expect(found.differences).toHaveLength(4);
    expect(textOf(applyDifferences(before, found.differences))).toEqual(textOf(after));
    expect((await transfer({ kind: 'ixfr', apex, serial: serialOf(after) }, after)).transfer).toMatchObject({
      kind: 'current',
      serial: serialOf(after),
    });
  });

  test('falls back to the whole zone where named has no journal', async () => {
    const zone = zoneOfTransfer((await transfer({ kind: 'axfr', apex })).transfer);
    const [data] = soaRRset(zone).data;
    if (data === undefined) throw new Error('no SOA');
    const old = makeZone(
      apex,
      zone.rrsets.map(rrset =>
        rrset.type === 'SOA' ? rrsetOf(apex, 'SOA', 3600, data.replace(String(serialOf(zone)), '1')) : rrset,
      ),
    );
    expect((await transfer({ kind: 'ixfr', apex, serial: 1 }, old)).transfer.kind).toBe('zone');
  });
});

test('the key of a command line is the one of named.conf', () => {
  expect(parseTsigKey(`hmac-sha256:${key.name}:${key.secret.reveal()}`)).toMatchObject({
    name: key.name,
    algorithm: 'hmac-sha256',
  });
});
