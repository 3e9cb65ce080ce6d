import { type Message, makeQuery, makeResponse } from '../src/dns/message.ts';
import { parseName } from '../src/dns/name.ts';
import { type RRset, recordsOf, rrsetOf } from '../src/dns/rrset.ts';

const letters = 'abcdefghijklm';
const servers = [...letters].map(letter => `${letter}.gtld-servers.net`);

/** What a root server says of com: 13 NS, 13 A and one AAAA as glue, OPT; 501 octets. */
export const plainReferral: Message = referral([], [...addresses(4), ...addresses(6).slice(0, 1)]);

/** As it says it to a resolver that validates: DS and its RRSIG too, and an AAAA for every server; 1,172 octets. */
export const signedReferral: Message = referral(
  [
    rrsetOf(
      'com',
      'DS',
      86400,
      '19718 13 2 8ACBB0CD28F41250A80A491389424D341522D946B0DA0C0291F2D3D771D7805A',
    ),
    rrsetOf(
      'com',
      'RRSIG',
      86400,
      `DS 8 1 86400 20260715050000 20260702040000 54393 . ${Buffer.alloc(256, 0xa5).toString('base64')}`,
    ),
  ],
  [...addresses(4), ...addresses(6)],
);

function addresses(family: 4 | 6): readonly RRset[] {
  return servers.map((server, at) =>
    family === 4
      ? rrsetOf(server, 'A', 172800, `192.${at + 5}.6.30`)
      : rrsetOf(server, 'AAAA', 172800, `2001:503:a83e::${at + 1}:30`),
  );
}

function referral(security: readonly RRset[], glue: readonly RRset[]): Message {
  const query = makeQuery(parseName('a-domain.com'), 'A', { id: 4711, dnssecOk: true });
  return {
    ...makeResponse(query),
    authority: [rrsetOf('com', 'NS', 172800, ...servers), ...security].flatMap(recordsOf),
    additional: glue.flatMap(recordsOf),
  };
}
