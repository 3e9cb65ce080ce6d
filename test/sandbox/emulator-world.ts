import { makeQuery } from '../../src/dns/message.ts';
import type { Name } from '../../src/dns/name.ts';
import type { RRType } from '../../src/dns/rrset.ts';
import { createFaults, type Faults } from '../../src/sandbox/faults.ts';
import { createNameServers, type NameServerFleet } from '../../src/sandbox/name-servers.ts';
import type { Clock, Random } from '../../src/world/world.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

/** What an emulator runs on in a test: the time of day is the real one, all waiting stands still until it is let go on. */
export interface EmulatorWorld {
  readonly time: ManualClock;
  readonly clock: Clock;
  readonly random: Random;
  readonly nameServers: NameServerFleet;
  readonly faults: Faults;
}

/** A world whose name servers show publications after `delayMs`. */
export function emulatorWorld(servers: readonly Name[], delayMs = 0): EmulatorWorld {
  const time = manualClock();
  const clock: Clock = { now: () => Date.now(), elapsed: time.elapsed, sleep: time.sleep };
  return {
    time,
    clock,
    random: countingRandom(),
    nameServers: createNameServers(time, servers, delayMs),
    faults: createFaults(),
  };
}

/** A linear congruential generator: the same in every run. */
function countingRandom(): Random {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  return {
    bytes: count => Uint8Array.from({ length: count }, () => next() >>> 24),
    below: limit => Math.floor((next() / 2 ** 32) * limit),
  };
}

/** What one name server answers: the data, or the RCODE when there is none; null for silence. */
export function ask(
  world: EmulatorWorld,
  server: Name,
  name: Name,
  type: RRType,
): readonly string[] | string | null {
  const response = world.nameServers.answer(server, makeQuery(name, type));
  if (response === null) {
    return null;
  }
  const data = response.answer.map(record => record.data);
  return data.length === 0 ? response.rcode : data;
}
