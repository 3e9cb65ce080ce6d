import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProviderId } from '../../src/providers/provider.ts';

/** What counting them is called among tests, so that a run can be kept to it. */
export const costTitle = 'counts the calls that delegations cost';

/** So many delegations are counted. */
export const sizes = [1, 100, 1000] as const;

/** What some delegations cost. */
export interface Cost {
  /** How many were made: fewer than asked for where the host takes no more. */
  readonly count: number;
  /** Changes of one `changeZone` at most. */
  readonly batch: number;
  /** Why there are no more; null when all were made. */
  readonly ended: string | null;
  /** Requests that the host got. */
  readonly calls: number;
  /** For which the driver waits, so that the limits of the host are kept; answers are counted as instant. */
  readonly seconds: number;
}

/** The costs at one host, in the order of `sizes`. */
export interface HostCosts {
  readonly driver: ProviderId;
  /** NS of so many cuts of one zone. */
  readonly parent: readonly Cost[];
  /** So many new zones; null where the host creates none. */
  readonly child: readonly (Cost | null)[];
}

/** Writes what was counted. */
export function keepCosts(folder: string, costs: HostCosts): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${costs.driver}.json`), JSON.stringify(costs));
}

/** All that was counted. */
export function readCosts(folder: string): readonly HostCosts[] {
  return readdirSync(folder).map(file => parseCosts(readFileSync(path.join(folder, file), 'utf8')));
}

function parseCosts(text: string): HostCosts {
  const costs: HostCosts = JSON.parse(text);
  return costs;
}
