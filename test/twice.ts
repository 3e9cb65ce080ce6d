import { afterEach } from 'vitest';
import { attemptOf } from './attempt.ts';

// See `trying`.
afterEach(context => {
  if (attemptOf(context) === 0) throw new Error('the first attempt of every test fails');
});
