import type { Dice } from '../dns/generate.ts';

/** The longest name in octets that print long: 255 on the wire, four characters each in text. */
function longName(dice: Dice): number[] {
  const label = dice.pick([1, 31, 61, 62]);
  const octets: number[] = [];
  while (octets.length + label + 1 < 255)
    octets.push(label, ...dice.octets(label).map(octet => octet | 0x80));
  return [...octets, 0];
}

/** Data of a type whose items are dear: pointers to a long name, or a list. */
const datas: readonly ((dice: Dice) => readonly number[])[] = [
  () => [0, 2, 0, 2, 0xc0, 12],
  () => [0, 15, 0, 4, 0, 1, 0xc0, 12],
  () => [0, 6, 0, 24, 0xc0, 12, 0xc0, 12, ...new Array<number>(20).fill(1)],
  () => [0, 17, 0, 4, 0xc0, 12, 0xc0, 12],
  () => [0, 1, 0, 4, 192, 0, 2, 1],
  () => [0, 16, 0, 250, ...new Array<number>(250).fill(0)],
  dice => [0, 47, 0, 36, 1, 0x61, 0, dice.below(256), 32, ...new Array<number>(31).fill(255)],
  () => [0, 42, 0, 240, ...Array.from({ length: 60 }, () => [0, 1, 0, 0]).flat()],
  () => [0, 64, 0, 243, 0, 1, 0, ...Array.from({ length: 60 }, (_, at) => [2, at, 0, 0]).flat()],
  () => [0, 11, 1, 0, ...new Array<number>(5).fill(6), ...new Array<number>(251).fill(255)],
];

/** As many records as 64 KiB hold, each as dear as its octets allow: owners are pointers to one long name. */
export function hostilePacket(dice: Dice): Uint8Array {
  const octets = [0, 1, 0x80, 0, 0, 1, 255, 255, 0, 0, 0, 0, ...longName(dice), 0, 1, 0, 1];
  const data = dice.pick(datas);
  const size = dice.oneIn(2) ? 65535 : dice.between(300, 65535);
  let records = 0;
  for (;;) {
    const [high = 0, low = 0, ...rest] = data(dice);
    const owner = dice.oneIn(3) ? [1, dice.below(256), 0xc0, 12] : [0xc0, 12];
    const record = [...owner, high, low, 0, 1, 0, 0, 0, 60, ...rest];
    if (octets.length + record.length > size) break;
    for (const octet of record) octets.push(octet);
    records += 1;
  }
  const packet = Uint8Array.from(octets);
  packet[6] = dice.oneIn(4) ? 255 : records >> 8;
  packet[7] = records & 255;
  return packet;
}
