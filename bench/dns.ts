import dnsPacket from 'dns-packet';
import { type Message, makeQuery } from '../src/dns/message.ts';
import { octetsOfName, parseName } from '../src/dns/name.ts';
import { MessageView, nothing } from '../src/dns/view.ts';
import { referralCut } from '../src/dns/view-delegation.ts';
import { decodeMessage, encodeMessage } from '../src/dns/wire.ts';
import { alternate, type Effort, type Side } from './measure.ts';
import { plainReferral, signedReferral } from './messages.ts';
import { type Goal, printTable, type Row } from './table.ts';
import { benchZoneFile } from './zone-file.ts';

const effort: Effort = { rounds: 9, roundMs: 250 };

/** The codec against dns-packet, the most used one of npm, and zone files against the tools of NLnet Labs and ISC. */
export async function benchDns(flags: readonly string[]): Promise<void> {
  benchReferral('a referral to com, 13 NS, 14 glue, OPT', plainReferral);
  benchReferral('the same as a root server signs it, 13 NS, DS, RRSIG, 26 glue, OPT', signedReferral);
  benchQuery();
  await benchZoneFile(flags);
}

const viewGoals: readonly Goal[] = [
  { kind: 'faster', atLeast: 10 },
  { kind: 'rate', atLeast: 300_000 },
];

function benchReferral(title: string, message: Message): void {
  // A Buffer, as the sockets of Node give it; dns-packet takes nothing else.
  const octets = Buffer.from(encodeMessage(message));
  const forPeer = dnsPacket.decode(octets);
  const view = new MessageView();
  const cut = octetsOfName(parseName('com'));
  printTable(`dns: ${title} (${octets.length} octets)`, [
    ...rowsOf(
      [
        { name: 'dns-packet decode', run: () => dnsPacket.decode(octets).answers.length },
        { name: 'decodeMessage', run: () => decodeMessage(octets).authority.length },
        {
          name: 'view: read',
          run: () => {
            view.read(octets);
            return view.recordCount;
          },
        },
        {
          name: 'view: read, cut, NS, glue',
          run: () => {
            view.read(octets);
            return auditOf(view, cut);
          },
        },
      ],
      {
        decodeMessage: [{ kind: 'faster', atLeast: 3 }],
        'view: read': viewGoals,
        'view: read, cut, NS, glue': viewGoals,
      },
    ),
    ...rowsOf(
      [
        { name: 'dns-packet encode', run: () => dnsPacket.encode(forPeer).length },
        { name: 'encodeMessage', run: () => encodeMessage(message).length },
      ],
      {},
    ),
  ]);
}

/** What a bulk audit reads of a referral: whether it is one to `cut`, the names of its NS, the addresses of its glue. */
function auditOf(view: MessageView, cut: Uint8Array): number {
  const at = referralCut(view);
  if (at === nothing || !view.isName(at, cut)) throw new Error('no referral');
  let seen = 0;
  for (let index = view.authorityStart; index < view.additionalStart; index += 1) {
    const target = view.targetAt(index);
    if (target !== nothing) seen = (seen + view.hashName(target)) | 0;
  }
  for (let index = view.additionalStart; index < view.recordCount; index += 1) {
    const address = view.addressAt(index);
    if (address !== nothing)
      seen = (seen + (view.octets[address + 3] ?? 0) + view.hashName(view.ownerAt(index))) | 0;
  }
  return seen;
}

function benchQuery(): void {
  const names = Array.from({ length: 512 }, (_, at) => parseName(`name-${at}.dev.example.com`));
  const messages = names.map((name, at) => makeQuery(name, 'NS', { id: at }));
  const forPeer = messages.map(message => dnsPacket.decode(Buffer.from(encodeMessage(message))));
  let at = 0;
  const next = <T>(items: readonly T[]): T => {
    at = (at + 1) & 511;
    const item = items[at];
    if (item === undefined) throw new Error('fewer than 512');
    return item;
  };
  printTable(
    'dns: a query with OPT, of 512 different names',
    rowsOf(
      [
        { name: 'dns-packet encode', run: () => dnsPacket.encode(next(forPeer)).length },
        { name: 'encodeMessage', run: () => encodeMessage(next(messages)).length },
        {
          name: 'makeQuery, encodeMessage',
          run: () => encodeMessage(makeQuery(next(names), 'NS', { id: at })).length,
        },
      ],
      { 'makeQuery, encodeMessage': [{ kind: 'rate', atLeast: 500_000 }] },
    ),
  );
}

/** Measures `sides` against the first of them. */
function rowsOf(sides: readonly [Side, ...Side[]], goals: Readonly<Record<string, readonly Goal[]>>): Row[] {
  const [first, ...others] = alternate(sides, effort);
  if (first === undefined) return [];
  const peer = { name: sides[0].name, cost: first };
  return [
    { name: sides[0].name, cost: first },
    ...others.map((cost, at) => {
      const name = sides[at + 1]?.name ?? '';
      return { name, cost, peer, goals: goals[name] ?? [] };
    }),
  ];
}
