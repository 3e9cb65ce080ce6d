import { expect, test } from 'vitest';
import { Rest } from '../../src/world/rest.ts';

/** The rests that are taken where so many messages came of so many, one time after the other. */
function restsOf(times: readonly (readonly [came: number, awaited: number])[]): readonly number[] {
  const rests: number[] = [];
  const rest = new Rest(ms => rests.push(ms));
  for (const [came, awaited] of times) rest.take(came, awaited);
  return rests;
}

test('who waits for very many answers rests while few come, longer each time, up to a bound', () => {
  const few = Array.from({ length: 8 }, () => [999, 4_000] as const);
  expect(restsOf(few)).toEqual([0.5, 1, 2, 4, 8, 16, 16, 16]);
});

test('who has much to read, or waits for little, does not rest, and rests less the next time', () => {
  const much = [
    [1_000, 4_000],
    [0, 511],
    [0, 0],
  ] as const;
  expect(restsOf(much)).toEqual([]);
  const few = [0, 512] as const;
  expect(restsOf([few, few, few, few, ...much, few, few])).toEqual([0.5, 1, 2, 4, 1, 2]);
});

test('a rest ends', () => {
  expect(new Rest().take(0, 4_000)).toBeUndefined();
});
