import { afterAll, beforeAll, expect, test } from 'vitest';
import { cutsByTransfer } from '../../src/audit/transfer.ts';
import { makeResponse } from '../../src/dns/message.ts';
import { parseName } from '../../src/dns/name.ts';
import { recordsOf } from '../../src/dns/rrset.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { parseZoneFile } from '../../src/dns/zonefile.ts';
import { type DnsListener, listenOctets } from '../../src/world/listen.ts';
import { nodeWorld } from '../../src/world/node.ts';

const origin = parseName('example.');
const zone = `@ 60 SOA a b 1 2 3 4 5
@ 60 NS a
a 60 A 192.0.2.1
one 60 NS ns.one
one 60 NS ns.two
ns.one 60 A 192.0.2.2
two 60 NS ns.elsewhere.
`;

let listener: DnsListener;
const world = nodeWorld();

beforeAll(async () => {
  const { rrsets } = parseZoneFile(zone, { origin });
  const records = rrsets.flatMap(rrset => recordsOf(rrset));
  listener = await listenOctets({ address: '127.0.0.1', port: 0 }, async octets => {
    const query = decodeMessage(octets);
    const response = makeResponse(query, query.questions[0]?.name === origin ? 'NOERROR' : 'REFUSED');
    if (response.rcode !== 'NOERROR') return encodeMessage(response);
    const soa = records.filter(({ type }) => type === 'SOA');
    // One record a message, and another SOA at the end (RFC 5936 section 2.2).
    const answers = [...soa, ...records.filter(({ type }) => type !== 'SOA'), ...soa];
    const messages = answers.map(record =>
      encodeMessage({ ...response, authoritative: true, answer: [record] }),
    );
    return { messages, after: 'keep' };
  });
});

afterAll(async () => {
  await listener.close();
  await world.close();
});

test('a zone transfer gives the cuts of the zone', async () => {
  expect(await cutsByTransfer(world, origin, listener.endpoint)).toEqual(['one.example.', 'two.example.']);
});

test('a server that gives no transfer is named', async () => {
  await expect(cutsByTransfer(world, parseName('other.'), listener.endpoint)).rejects.toThrow(
    /127\.0\.0\.1 gives no transfer of other\./,
  );
});
