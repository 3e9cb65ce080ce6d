import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { decodeMessage, encodeMessage } from '../../src/dns/wire.ts';
import { isZonecutError } from '../../src/error.ts';
import { Dice } from '../dns/generate.ts';
import { randomMessage } from '../dns/generate-message.ts';
import { Tally } from './tally.ts';

/**
 * Octets that decoding one small packet may allocate, whatever its counts say.
 *
 * A list of 65,535 places takes eight times as much.
 */
const allocationLimit = 65536;
const packetOctets = 512;
const decodesAtOnce = 40;
const tries = 5;

/** Decodes packets whose counts lie, and measures what memory each takes. */
export function fuzzCounts(count: number, seed: number): Tally {
  const tally = new Tally('counts');
  const dice = new Dice(seed);
  const collect = collector();
  let worst = 0;
  for (let at = 0; at < count; at += 1) {
    const packet = at === 0 ? new Uint8Array(12) : encodeMessage(randomMessage(dice)).slice(0, packetOctets);
    for (let index = 4; index < 12; index += 1) if (at === 0 || !dice.oneIn(3)) packet[index] = 255;
    const octets = allocationOf(packet, collect);
    tally.cases += 1;
    tally.octets += packet.length;
    worst = Math.max(worst, octets);
    if (octets > allocationLimit) {
      tally.fail(at, `took ${octets} octets of memory`, Buffer.from(packet).toString('hex'));
    }
  }
  console.log(`counts: ${worst} octets of memory at most for a packet of up to ${packetOctets}`);
  return tally;
}

/** Octets of memory that one decoding takes: the least of several measures, for others allocate too. */
function allocationOf(packet: Uint8Array, collect: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let left = tries; left > 0; left -= 1) {
    collect();
    const before = process.memoryUsage();
    for (let again = decodesAtOnce; again > 0; again -= 1) decode(packet);
    const after = process.memoryUsage();
    const grown = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
    // Memory that was given back meanwhile says nothing.
    if (grown >= 0) least = Math.min(least, Math.round(grown / decodesAtOnce));
    if (least <= allocationLimit) break;
  }
  return least;
}

function decode(packet: Uint8Array): void {
  try {
    decodeMessage(packet);
  } catch (error) {
    if (!isZonecutError(error, 'ZC_WIRE')) throw error;
  }
}

/** What collects garbage at once. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('this Node gives no garbage collector');
  return () => {
    collect();
  };
}
