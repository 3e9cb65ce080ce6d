import { type Survivors, survivors } from './survivors.ts';

/** Each mutant that nothing gives away, by the key of `Fate`, with its entry in the list. */
export const listed: ReadonlyMap<string, Survivors> = new Map(
  survivors.flatMap(entry => entry.mutants.map(key => [key, entry] as const)),
);
