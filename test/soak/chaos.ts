import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../src/world/world.ts';
import type { Running } from '../interop/programs.ts';
import type { Server } from './internet.ts';

/** What was done to the servers. */
export interface Harm {
  readonly kills: number;
  readonly stops: number;
  /** Seconds, added up over all servers, in which one did not serve. */
  readonly awaySeconds: number;
}

/** Servers that are killed and stopped by chance, and come back. */
export interface Chaos {
  /** Harms servers until the signal; resolves when all of them serve again. */
  run(signal: AbortSignal): Promise<Harm>;
  /** Ends all servers. */
  end(): Promise<void>;
}

/** So many servers at most are away at once. */
const maxAway = 3;

interface Place {
  readonly server: Server;
  running: Running;
  away: boolean;
}

/** Starts all servers. */
export async function startServers(servers: readonly Server[], random: Random): Promise<Chaos> {
  const places: Place[] = [];
  for (const server of servers) places.push({ server, running: await server.start(), away: false });
  const harm = { kills: 0, stops: 0, awaySeconds: 0 };

  const stopFor = async ({ running }: Place, seconds: number): Promise<void> => {
    harm.stops += 1;
    signalFamily(running.pid, 'SIGSTOP');
    await sleep(1000 * seconds);
    signalFamily(running.pid, 'SIGCONT');
  };
  const killFor = async (place: Place, seconds: number): Promise<void> => {
    harm.kills += 1;
    signalFamily(place.running.pid, 'SIGKILL');
    await place.running.stop();
    await sleep(1000 * seconds);
    place.running = await place.server.start();
  };

  return {
    run: async signal => {
      const underWay = new Set<Promise<void>>();
      while (!signal.aborted) {
        await sleep(500 + random.below(2000));
        const up = places.filter(({ away }) => !away);
        const place = up[random.below(up.length)];
        if (place === undefined || places.length - up.length >= maxAway || signal.aborted) continue;
        const seconds = 1 + random.below(7);
        place.away = true;
        harm.awaySeconds += seconds;
        const work = (random.below(2) === 0 ? stopFor : killFor)(place, seconds).finally(() => {
          place.away = false;
          underWay.delete(work);
        });
        underWay.add(work);
      }
      await Promise.all(underWay);
      return harm;
    },
    end: async () => {
      await Promise.all(places.map(({ running }) => running.stop()));
    },
  };
}

/** Sends a signal to a process and to those that it made: NSD's children are who answers. */
function signalFamily(pid: number, signal: NodeJS.Signals): void {
  for (const member of familyOf(pid)) {
    try {
      process.kill(member, signal);
    } catch {
      // It ended meanwhile.
    }
  }
}

function familyOf(pid: number): readonly number[] {
  let text = '';
  try {
    text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    return [];
  }
  const children = text
    .split(' ')
    .filter(word => word.trim() !== '')
    .map(Number);
  return [pid, ...children.flatMap(familyOf)];
}
