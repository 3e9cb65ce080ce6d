import type { EdnsOption, Message } from '../../src/dns/message.ts';
import { nameFromOctets, parseName } from '../../src/dns/name.ts';
import { rdataFromOctets } from '../../src/dns/rdata.ts';
import type { ResourceRecord } from '../../src/dns/rrset.ts';
import { type Dice, randomName, randomString } from './generate.ts';
import { generatedTypes, randomData } from './generate-rdata.ts';

/** Types that a section may hold wherever they stand; TSIG is the last record of a message or none. */
const recordTypes = generatedTypes.filter(type => type !== 'TSIG');

/** A record of any type. */
export function randomRecord(dice: Dice, type: string = dice.pick(recordTypes)): ResourceRecord {
  return {
    owner: nameFromOctets(randomName(dice)),
    type,
    class: 'IN',
    ttl: dice.below(0x80000000),
    data: rdataFromOctets(type, randomData(dice, type).octets),
  };
}

/** Records, some of which share their owner, so that names compress. */
function randomSection(dice: Dice, most: number): readonly ResourceRecord[] {
  const records: ResourceRecord[] = [];
  for (let left = dice.below(most + 1); left > 0; left -= 1) {
    const record = randomRecord(dice);
    const owner = records.length > 0 && dice.oneIn(2) ? dice.pick(records).owner : record.owner;
    records.push({ ...record, owner });
  }
  return records;
}

/** An EDNS option: legal values of those that have a format, and others. */
function randomOption(dice: Dice): EdnsOption {
  const name = (): Uint8Array => randomName(dice);
  const makers: ReadonlyMap<number, () => Uint8Array> = new Map([
    [3, () => randomString(dice)],
    [5, () => dice.octets(dice.below(8))],
    [8, () => Uint8Array.of(0, 1, 24, 0, ...dice.octets(3))],
    [9, () => dice.octets(dice.pick([0, 4]))],
    [10, () => dice.octets(dice.pick([8, 16, 40]))],
    [11, () => dice.octets(dice.pick([0, 2]))],
    [12, () => new Uint8Array(dice.below(60))],
    [13, name],
    [14, () => dice.octets(2 * dice.below(4))],
    [15, () => Uint8Array.of(0, dice.below(31), ...Buffer.from('why not'))],
    [18, name],
    [19, () => Uint8Array.of(2, 0, ...dice.octets(4))],
    [dice.below(65536), () => dice.octets(dice.below(20))],
  ]);
  const code = dice.pick([...makers.keys()]);
  return { code, data: makers.get(code)?.() ?? new Uint8Array() };
}

/** A message of any kind: `most` records a section, types of all kinds, with and without EDNS and TSIG. */
export function randomMessage(dice: Dice, most = 4): Message {
  const options: EdnsOption[] = [];
  const edns = dice.oneIn(2);
  while (edns && options.length < 4 && dice.oneIn(2)) options.push(randomOption(dice));
  const additional = [...randomSection(dice, most)];
  if (dice.oneIn(10)) additional.push({ ...randomRecord(dice, 'TSIG'), class: 'ANY', ttl: 0 });
  return {
    id: dice.below(65536),
    response: dice.oneIn(2),
    opcode: dice.pick(['QUERY', 'QUERY', 'QUERY', 'NOTIFY', 'UPDATE', 'STATUS', 'OPCODE15']),
    authoritative: dice.oneIn(2),
    truncated: dice.oneIn(8),
    recursionDesired: dice.oneIn(2),
    recursionAvailable: dice.oneIn(2),
    authenticData: dice.oneIn(4),
    checkingDisabled: dice.oneIn(4),
    rcode:
      edns && dice.oneIn(4)
        ? 'BADVERS'
        : dice.pick(['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED', 'RCODE15']),
    questions: dice.oneIn(8)
      ? []
      : [
          {
            name: nameFromOctets(randomName(dice)),
            type: dice.pick([...recordTypes, 'ANY', 'AXFR']),
            class: 'IN',
          },
        ],
    answer: randomSection(dice, most),
    authority: randomSection(dice, most),
    additional,
    edns: edns ? { udpSize: dice.below(65536), version: 0, dnssecOk: dice.oneIn(2), options } : null,
  };
}

/** A referral: `servers` NS records of one cut, now and then its DS records, and an address of nearly every server. */
export function randomReferral(dice: Dice, servers: number): Message {
  const cut = nameFromOctets(randomName(dice));
  const at = (owner: ResourceRecord['owner'], type: string): ResourceRecord => ({
    ...randomRecord(dice, type),
    owner,
  });
  const ns = Array.from({ length: servers }, () => at(cut, 'NS'));
  const ds = Array.from({ length: dice.below(3) }, () => at(cut, 'DS'));
  const glue = ns.flatMap(({ data }) =>
    dice.oneIn(4) ? [] : [at(parseName(data), dice.pick(['A', 'AAAA']))],
  );
  return {
    ...randomMessage(dice, 0),
    response: true,
    opcode: 'QUERY',
    rcode: 'NOERROR',
    authoritative: false,
    truncated: false,
    answer: [],
    authority: [...ns, ...ds],
    additional: glue,
  };
}
