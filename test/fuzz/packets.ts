import { isDeepStrictEqual } from 'node:util';
import { optionFault } from '../../src/dns/edns.ts';
import type { Message } from '../../src/dns/message.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { isZonecutError } from '../../src/error.ts';
import { Dice } from '../dns/generate.ts';
import { randomMessage, randomReferral } from '../dns/generate-message.ts';
import { hostilePacket } from './hostile.ts';
import { mutatedOctets } from './mutate.ts';
import { packetVectors } from './seeds.ts';
import { measure, Tally } from './tally.ts';
import { lookAt, viewFault } from './views.ts';

/** No packet takes longer to decode, in milliseconds. */
const packetLimitMs = 5;

/** Messages that mutations start from at one time; one of them is replaced every few packets. */
const poolSize = 256;
const poolAge = 32;

/** Mutates `count` packets. */
export function fuzzPackets(count: number, seed: number): Tally {
  const tally = new Tally('wire');
  const dice = new Dice(seed);
  const vectors = packetVectors();
  const pool = Array.from({ length: poolSize }, () => freshPacket(dice));
  for (let at = 0; at < count; at += 1) {
    if (at % poolAge === 0) pool[dice.below(poolSize)] = freshPacket(dice);
    const from = vectors.length > 0 && dice.oneIn(4) ? dice.pick(vectors) : dice.pick(pool);
    const packet = dice.oneIn(4000) ? hostilePacket(dice) : mutatedOctets(dice, from, dice.pick(pool));
    tryPacket(tally, at, packet);
  }
  return tally;
}

function freshPacket(dice: Dice): Uint8Array {
  if (dice.oneIn(4)) return encodeMessage(randomReferral(dice, dice.between(1, 13)));
  return encodeMessage(randomMessage(dice, dice.oneIn(500) ? 200 : 4));
}

/** One packet: a value or ZC_WIRE, in time; a value encodes to what decodes to it. */
function tryPacket(tally: Tally, at: number, packet: Uint8Array): void {
  const input = (): string => Buffer.from(packet).toString('hex');
  let message: Message | null = null;
  let thrown: unknown = null;
  const milliseconds = measure(tally, packetLimitMs, () => {
    try {
      message = decodeMessage(packet);
    } catch (error) {
      thrown = error;
    }
  });
  tally.cases += 1;
  tally.octets += packet.length;
  tally.took(milliseconds, input);
  if (milliseconds > packetLimitMs) tally.fail(at, `took ${milliseconds.toFixed(2)} ms`, input());
  if (thrown !== null && !isZonecutError(thrown, 'ZC_WIRE')) {
    tally.fail(at, `threw ${String(thrown instanceof Error ? thrown.stack : thrown)}`, input());
  }
  const look = measure(tally, packetLimitMs, () => lookAt(packet));
  if (look > packetLimitMs) tally.fail(at, `took ${look.toFixed(2)} ms to view`, input());
  const viewed = viewFault(packet, message);
  if (viewed !== null) tally.fail(at, viewed, input());
  if (message === null) return;
  tally.values += 1;
  const fault = wayBackFault(message);
  if (fault !== null) tally.fail(at, fault, input());
}

/** What is wrong with a decoded message on its way to octets and back; null when nothing is. */
function wayBackFault(message: Message): string | null {
  try {
    for (const option of message.edns?.options ?? []) optionFault(option);
    const octets = encodeMessage(message);
    const again = decodeMessage(octets);
    // Names that came compressed where they must not be sent so can take more room than a message has.
    if (again.truncated && !message.truncated)
      return octets.length > 0x4000 ? null : 'is truncated by encoding';
    return isDeepStrictEqual(again, message) ? null : 'is another message after encoding';
  } catch (error) {
    if (isZonecutError(error, 'ZC_WIRE') && / is \d+ octets, 65535 at most$/.test(error.message)) return null;
    return `encoding threw ${String(error instanceof Error ? error.stack : error)}`;
  }
}
