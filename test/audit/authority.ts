import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server as TcpServer } from 'node:net';
import { type Message, makeResponse } from '../../src/dns/message.ts';
import { type Name, parseName } from '../../src/dns/name.ts';
import { parseRdata } from '../../src/dns/rdata.ts';
import type { ResourceRecord } from '../../src/dns/rrset.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import type { Endpoint } from '../../src/world/world.ts';

/** What is wrong with a generated delegation, and the checks that have to say so; those of `also` may. */
export interface Fault {
  readonly kind: string;
  readonly expected: readonly string[];
  readonly also?: readonly string[];
}

/** Every kind of fault that is planted. The first is none. */
export const faults: readonly Fault[] = [
  { kind: 'ok', expected: [] },
  { kind: 'absent', expected: ['delegation-missing'] },
  { kind: 'empty', expected: ['delegation-missing'] },
  { kind: 'refused', expected: ['lame-rcode'], also: ['dangling-partial'] },
  { kind: 'servfail', expected: ['lame-rcode'], also: ['dangling-partial'] },
  { kind: 'dead', expected: ['lame-rcode', 'delegation-dead'], also: ['dangling-zone'] },
  { kind: 'cached', expected: ['lame-not-authoritative'] },
  { kind: 'upward', expected: ['lame-upward-referral'] },
  { kind: 'silent', expected: ['lame-no-response'] },
  { kind: 'garbage', expected: ['lame-no-response'], also: ['lame-broken-response'] },
  { kind: 'renamed', expected: ['ns-set-mismatch'], also: ['stealth-ns'] },
  { kind: 'fewer', expected: ['ns-set-mismatch'], also: ['ns-single'] },
  {
    kind: 'uneven',
    expected: ['child-ns-inconsistent'],
    also: ['ns-set-mismatch', 'stealth-ns', 'child-only-stale-ns'],
  },
  {
    kind: 'disjoint',
    expected: ['ns-set-disjoint'],
    also: ['ns-set-mismatch', 'stealth-ns'],
  },
  { kind: 'moved', expected: ['glue-mismatch'], also: ['glue-incomplete'] },
  { kind: 'noglue', expected: ['glue-missing'] },
  { kind: 'skew', expected: ['serial-skew'], also: ['child-ns-inconsistent'] },
  { kind: 'single', expected: ['ns-single'] },
  { kind: 'split', expected: ['parent-inconsistent'], also: ['ns-set-mismatch', 'stealth-ns'] },
  { kind: 'alias', expected: ['child-is-alias'], also: ['delegation-missing'] },
  { kind: 'nosoa', expected: ['child-soa-missing'], also: ['lame-broken-response'] },
  { kind: 'same', expected: ['ns-shared-address'] },
  { kind: 'unnamed', expected: ['ns-unresolvable', 'ns-domain-unregistered'] },
];

const day = 86_400;
const root = '10.0.0.1';
const parents = ['10.0.0.2', '10.0.0.3'];
/** Children: the first and the second server of a name are at one of each. */
const first = ['10.1.0.1', '10.1.0.2', '10.1.0.3'];
const second = ['10.2.0.1', '10.2.0.2', '10.2.0.3'];
const elsewhere = '10.3.0.1';
const further = '10.3.0.2';
/** Nobody is there. */
const nobody = '10.4.0.1';

/** Names that are generated: number `at` has the fault of `faultAt`. */
export function generatedName(at: number, share: number): string {
  return `${faultAt(at, share).kind}-${at}.bulk.`;
}

/** One in `share` names has a fault, each kind in turn. */
export function faultAt(at: number, share: number): Fault {
  const [ok, ...rest] = faults;
  const fault = at % share === share - 1 ? rest[Math.floor(at / share) % rest.length] : ok;
  if (fault === undefined) throw new Error('no fault');
  return fault;
}

/** An authority for the root, `bulk.`, and every generated name, on real sockets of 127.0.0.1. */
export interface Authority {
  /** In the form of named.root. */
  readonly hints: string;
  /** By address: where it really listens. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  close(): Promise<void>;
}

/** How an authority differs from the usual one. */
export interface AuthorityOptions {
  /** Its addresses are of 11/8, which is public, in place of 10/8. */
  readonly isPublic?: boolean;
  /** Is told of every datagram: the address that was asked, and the port that it came from. */
  readonly onDatagram?: (address: string, port: number) => void;
}

/** Starts it. */
export async function startAuthority(options: AuthorityOptions = {}): Promise<Authority> {
  const addressOf = (address: string): string =>
    options.isPublic === true ? address.replace(/^10\./, '11.') : address;
  const sockets: Socket[] = [];
  const servers: TcpServer[] = [];
  const endpoints = new Map<string, Endpoint>();
  for (const address of [root, ...parents, ...first, ...second, elsewhere, further, nobody]) {
    const { socket, server, port } = await listen(octets => respond(address, octets, addressOf));
    socket.on('message', (_, from) => options.onDatagram?.(addressOf(address), from.port));
    sockets.push(socket);
    servers.push(server);
    endpoints.set(addressOf(address), { address: '127.0.0.1', port });
  }
  return {
    hints: `. ${day} NS a.root.\na.root. ${day} A ${addressOf(root)}\n`,
    endpoints,
    close: async () => {
      for (const socket of sockets) socket.close();
      await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
    },
  };
}

type Respond = (octets: Uint8Array) => Uint8Array | null;

async function listen(answerTo: Respond): Promise<{ socket: Socket; server: TcpServer; port: number }> {
  for (;;) {
    const socket = createSocket('udp4');
    await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve));
    socket.setRecvBufferSize(4 * 1024 * 1024);
    const { port } = socket.address();
    const server = createServer(connection => {
      connection.on('error', () => {});
      let rest = Buffer.alloc(0);
      connection.on('data', data => {
        rest = Buffer.concat([rest, data]);
        while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
          const end = 2 + rest.readUInt16BE(0);
          const answer = answerTo(rest.subarray(2, end));
          rest = rest.subarray(end);
          if (answer === null) continue;
          const length = Buffer.alloc(2);
          length.writeUInt16BE(answer.length);
          connection.write(Buffer.concat([length, answer]));
        }
      });
    });
    const isFree = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) {
      socket.close();
      continue;
    }
    server.unref();
    socket.on('message', (octets, from) => {
      const answer = answerTo(octets);
      if (answer !== null) socket.send(answer, from.port, from.address);
    });
    return { socket, server, port };
  }
}

const isBulk = /^([a-z]+)-(\d+)\.bulk\.$/;

/** What the server at `address` sends back; null for nothing. */
function respond(
  address: string,
  octets: Uint8Array,
  addressOf: (address: string) => string,
): Uint8Array | null {
  if (address === nobody) return null;
  let query: Message;
  try {
    query = decodeMessage(octets);
  } catch {
    return null;
  }
  const [question] = query.questions;
  if (question === undefined) return null;
  const answer = answerOf(address, question.name, question.type, makeResponse(query));
  if (answer === null || answer instanceof Uint8Array) {
    if (answer !== null) answer.set(octets.subarray(0, 2));
    return answer;
  }
  return encodeMessage(turned(answer, addressOf));
}

let turns = 0;

/** The records of each section in another order each time, as many servers give them, and with their addresses. */
function turned(message: Message, addressOf: (address: string) => string): Message {
  turns += 1;
  const turn = (records: readonly ResourceRecord[]): readonly ResourceRecord[] => {
    const at = turns % Math.max(1, records.length);
    const placed = records.map(record =>
      record.type === 'A' ? { ...record, data: parseRdata('A', addressOf(record.data)) } : record,
    );
    return [...placed.slice(at), ...placed.slice(0, at)];
  };
  const { answer, authority, additional } = message;
  return { ...message, answer: turn(answer), authority: turn(authority), additional: turn(additional) };
}

type Answered = Message | Uint8Array | null;

function answerOf(address: string, name: Name, type: string, empty: Message): Answered {
  if (address === root) return rootAnswer(name, type, empty);
  const cut = name.split('.').slice(-3).join('.');
  const [, kind = '', number = '0'] = isBulk.exec(cut) ?? [];
  if (parents.includes(address)) return parentAnswer(address, cut, kind, Number(number), name, type, empty);
  return childAnswer(address, cut, kind, Number(number), name, type, empty);
}

function rr(owner: string, type: string, data: string, ttl = day): ResourceRecord {
  return { owner: parseName(owner), type, class: 'IN', ttl, data: parseRdata(type, data) };
}

function isName(name: Name, text: string): boolean {
  return String(name) === text;
}

function soa(owner: string, serial: number): ResourceRecord {
  return rr(
    owner,
    'SOA',
    `ns1.${owner === '.' ? '' : owner} host.${owner} ${serial} 7200 3600 1209600 300`,
    3600,
  );
}

function rootAnswer(name: Name, type: string, empty: Message): Message {
  if (isName(name, '.') && (type === 'NS' || type === 'SOA')) {
    const data =
      type === 'NS' ? rr('.', 'NS', 'a.root.') : rr('.', 'SOA', 'a.root. host.root. 1 7200 3600 1209600 300');
    return { ...empty, authoritative: true, answer: [data], additional: [rr('a.root.', 'A', root)] };
  }
  if (isName(name, 'bulk.') || name.endsWith('.bulk.')) {
    return {
      ...empty,
      authority: parents.map((_, at) => rr('bulk.', 'NS', `ns${at}.nic.bulk.`)),
      additional: parents.map((address, at) => rr(`ns${at}.nic.bulk.`, 'A', address)),
    };
  }
  const rcode = isName(name, 'a.root.') ? 'NOERROR' : 'NXDOMAIN';
  const answer = isName(name, 'a.root.') && type === 'A' ? [rr('a.root.', 'A', root)] : [];
  const authority = answer.length > 0 ? [] : [rr('.', 'SOA', 'a.root. host.root. 1 7200 3600 1209600 300')];
  return { ...empty, authoritative: true, rcode, answer, authority };
}

/** The first and the second server of a name. */
function pairOf(at: number): readonly [string, string] {
  return [first[at % 3] ?? '', second[Math.floor(at / 3) % 3] ?? ''];
}

function parentAnswer(
  address: string,
  cut: string,
  kind: string,
  at: number,
  name: Name,
  type: string,
  empty: Message,
): Message {
  const own = { ...empty, authoritative: true };
  if (isName(name, 'bulk.') && type === 'SOA') return { ...own, answer: [soa('bulk.', 1)] };
  if (isName(name, 'bulk.') && type === 'NS') {
    return { ...own, answer: parents.map((_, index) => rr('bulk.', 'NS', `ns${index}.nic.bulk.`)) };
  }
  const index = parents.findIndex((_, server) => isName(name, `ns${server}.nic.bulk.`));
  if (index >= 0 && type === 'A') return { ...own, answer: [rr(name, 'A', parents[index] ?? '')] };
  const negative = { ...own, authority: [soa('bulk.', 1)] };
  if (index >= 0 || isName(name, 'nic.bulk.') || isName(name, 'bulk.') || kind === 'empty') return negative;
  if (kind === 'alias') return { ...own, answer: [rr(cut, 'CNAME', 'www.example.')] };
  if (kind === '' || kind === 'absent') return { ...negative, rcode: 'NXDOMAIN' };
  const [one, two] = pairOf(at);
  const targets = kind === 'single' ? [1] : kind === 'split' && address === parents[1] ? [1, 3] : [1, 2];
  const addresses = {
    1: one,
    2: kind === 'same' ? one : kind === 'silent' && at % 2 === 0 ? nobody : two,
    3: elsewhere,
  };
  const isOutside = kind === 'unnamed';
  return {
    ...empty,
    authority: targets.map(ns =>
      rr(cut, 'NS', isOutside && ns === 2 ? 'ns2.nowhere-at-all.' : `ns${ns}.${cut}`),
    ),
    additional: targets
      .filter(ns => !(kind === 'noglue' && ns === 2) && !(isOutside && ns === 2))
      .map(ns => rr(`ns${ns}.${cut}`, 'A', addresses[ns === 1 ? 1 : ns === 2 ? 2 : 3])),
  };
}

function childAnswer(
  address: string,
  cut: string,
  kind: string,
  at: number,
  name: Name,
  type: string,
  empty: Message,
): Answered {
  const [one, two] = pairOf(at);
  const isSecond = address === two || address === elsewhere || address === further;
  const own = { ...empty, authoritative: true };
  if (kind === '' || (address !== one && !isSecond)) return { ...empty, rcode: 'REFUSED' };
  if (isSecond || kind === 'dead') {
    if (kind === 'refused' || kind === 'dead') return { ...empty, rcode: 'REFUSED' };
    if (kind === 'servfail') return { ...empty, rcode: 'SERVFAIL' };
    if (kind === 'silent') return null;
    if (kind === 'garbage') return garbage();
    if (kind === 'upward') return { ...empty, authority: [rr('.', 'NS', 'a.root.')] };
  }
  const sets: Readonly<Record<string, readonly number[]>> = {
    renamed: [1, 3],
    fewer: [1],
    disjoint: [3, 4],
    uneven: isSecond ? [1, 3] : [1, 2],
    single: [1],
    split: [1, 2],
  };
  const targets = sets[kind] ?? [1, 2];
  const addressOf = (ns: number): string => {
    if (ns === 1) return one;
    if (ns === 2 && kind !== 'moved') return kind === 'same' ? one : two;
    return ns === 4 ? further : elsewhere;
  };
  const targetOf = (ns: number): string =>
    kind === 'unnamed' && ns === 2 ? 'ns2.nowhere-at-all.' : `ns${ns}.${cut}`;
  const ns = targets.map(target => rr(cut, 'NS', targetOf(target)));
  const glue = targets
    .filter(target => targetOf(target).endsWith(cut))
    .map(target => rr(`ns${target}.${cut}`, 'A', addressOf(target)));
  const serial = kind === 'skew' && isSecond ? 5 : 7;
  const isCached = kind === 'cached' && isSecond;
  const said = isCached ? { ...empty, recursionAvailable: true } : own;
  const isMinimal = at % 5 === 4;
  if (isName(name, cut) && type === 'SOA') {
    if (kind === 'nosoa' && isSecond) return { ...said, authority: [] };
    const beside = isMinimal ? {} : { authority: ns, additional: glue };
    return { ...said, answer: [soa(cut, serial)], ...beside };
  }
  if (isName(name, cut) && type === 'NS') return { ...said, answer: ns, additional: isMinimal ? [] : glue };
  const host = [1, 2, 3, 4].find(target => isName(name, `ns${target}.${cut}`));
  if (host !== undefined && type === 'A') return { ...said, answer: [rr(name, 'A', addressOf(host))] };
  return {
    ...said,
    authority: [soa(cut, serial)],
    rcode: host !== undefined || isName(name, cut) ? 'NOERROR' : 'NXDOMAIN',
  };
}

function garbage(): Uint8Array {
  return Uint8Array.of(0, 0, 0x84, 0, 0, 1, 0, 9, 0, 0, 0, 0, 0xc0, 0xff);
}
