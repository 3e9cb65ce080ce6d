import { type Dice, randomString, Sketch } from './generate.ts';

/** Puts the value of one parameter. */
type Maker = (dice: Dice, to: Sketch) => void;

const addresses =
  (size: number): Maker =>
  (dice, to) =>
    to.bytes(dice.octets(size * dice.between(1, 3)));

const protocols: Maker = (dice, to) => {
  for (let left = dice.between(1, 3); left > 0; left -= 1) {
    const id = randomString(dice);
    to.string(
      id.length > 0 ? id : Uint8Array.from(Buffer.from(dice.pick(['h2', 'h3', 'f\\oo,bar', 'http/1.1']))),
    );
  }
};

/** Values of the keys that have a format (registry "Service Parameter Keys (SvcParamKeys)"), but for mandatory. */
const values: ReadonlyMap<number, Maker> = new Map<number, Maker>([
  [1, protocols],
  [2, () => {}],
  [3, (dice, to) => to.u16(dice.below(65536))],
  [4, addresses(4)],
  [5, (dice, to) => to.bytes(dice.octets(dice.between(1, 60)))],
  [6, addresses(16)],
  [
    7,
    (dice, to) => to.bytes(Buffer.from(dice.pick(['/dns-query{?dns}', '/q{?dns,x}', '/{dns}', '/ä{?dns}']))),
  ],
  [8, () => {}],
]);

/** Puts parameters that may stand together, in the order of their keys (RFC 9460 section 2.2). */
export function randomParameters(dice: Dice, to: Sketch): void {
  const keys = new Set<number>();
  for (let left = dice.below(5); left > 0; left -= 1) keys.add(dice.pick([...values.keys()]));
  if (dice.oneIn(4)) keys.add(dice.between(65280, 65534));
  if (dice.oneIn(4)) keys.add(dice.between(1000, 65000));
  // no-default-alpn is nothing without alpn (RFC 9460 section 7.1.1).
  if (keys.has(2)) keys.add(1);
  const sorted = [...keys].sort((a, b) => a - b);
  const mandatory = dice.oneIn(4) ? sorted.filter(() => dice.oneIn(2)) : [];
  if (mandatory.length > 0) {
    to.u16(0);
    to.u16(mandatory.length * 2);
    for (const key of mandatory) to.u16(key);
  }
  for (const key of sorted) {
    const value = new Sketch();
    (values.get(key) ?? ((_, into) => into.bytes(randomString(dice))))(dice, value);
    const { octets } = value.made();
    to.u16(key);
    to.u16(octets.length);
    to.bytes(octets);
  }
}
