import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader, framed } from '../../src/world/framing.ts';

const message = fc.uint8Array({ minLength: 0, maxLength: 600 });

test('messages come out whole and in order wherever the chunks end', () => {
  const property = fc.property(
    fc.array(message, { maxLength: 6 }),
    fc.infiniteStream(fc.nat(90)),
    (sent, cuts) => {
      const stream = Buffer.concat(sent.map(framed));
      const reader = new FrameReader();
      const got: Uint8Array[] = [];
      for (let at = 0; at < stream.length; ) {
        const end = Math.min(stream.length, at + 1 + Number(cuts.next().value));
        got.push(...reader.push(new Uint8Array(stream.subarray(at, end))));
        at = end;
      }
      expect(got.map(octets => [...octets])).toEqual(sent.map(octets => [...octets]));
      expect(reader.unfinished).toBe(false);
    },
  );
  fc.assert(property, { numRuns: 200 });
});

test('a message that has begun is unfinished', () => {
  const reader = new FrameReader();
  expect(reader.push(new Uint8Array([0, 3, 1]))).toEqual([]);
  expect(reader.unfinished).toBe(true);
  expect(reader.push(new Uint8Array([2, 3]))).toEqual([new Uint8Array([1, 2, 3])]);
  expect(reader.unfinished).toBe(false);
});
