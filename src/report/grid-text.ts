import type { CellState, LetsGo } from '../checks/grid.ts';
import { longestBound } from '../plan/bound.ts';
import type { Bound } from '../plan/plan.ts';
import type { Endpoint } from '../world/world.ts';
import { durationText, type Paint } from './paint.ts';

/** What each resolver has, for people. */
export type Grid = readonly { readonly resolver: Endpoint; readonly state: CellState }[];

/** `2 of 5 resolvers new`, or nothing when none was asked. */
export function gridSummary(grid: Grid): string {
  const fresh = grid.filter(({ state }) => state.kind === 'new').length;
  return grid.length === 0 ? '' : `${fresh} of ${grid.length} resolvers new`;
}

/** One line a resolver: its state, and when it lets go of the old answer by its own word. */
export function gridLines(grid: Grid, paint: Paint): readonly string[] {
  return grid.map(({ resolver, state }) => `${resolver.address.padEnd(16)} ${cellText(state, paint)}`);
}

/** What tells the states of a grid apart, without the seconds that pass anyway. */
export function gridKey(grid: Grid): string {
  return grid
    .map(({ resolver, state }) => {
      const count = state.kind === 'mixed' ? `${state.fresh}/${state.of}` : '';
      return `${resolver.address} ${resolver.port} ${state.kind} ${count}`;
    })
    .join('\n');
}

function cellText(state: CellState, paint: Paint): string {
  switch (state.kind) {
    case 'new':
      return paint.good('new');
    case 'mixed':
      return `${paint.warn(`mixed: ${state.fresh} of ${state.of} new`)}${letsGoText(state.letsGo)}`;
    case 'old':
      return `${paint.warn('old')}${letsGoText(state.letsGo)}`;
    case 'silent':
      return paint.bad(state.why);
  }
}

function letsGoText(letsGo: LetsGo | null): string {
  return letsGo === null ? '' : `, for ${durationText(letsGo.seconds)} at most: ${letsGo.reason}`;
}

/** Why a wait lasts as long as it does, in one sentence; nothing for none. */
export function boundText(bounds: readonly Bound[]): string {
  const longest = longestBound(bounds);
  return longest === null ? '' : `${longest.holds} lasts ${durationText(longest.seconds)}: ${longest.reason}`;
}
