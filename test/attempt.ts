import type { TestContext } from 'vitest';

/** The most attempts that a test has. */
export const attempts = 2;

const isTwice = process.env['TWICE'] !== undefined;

/**
 * What the configurations of vitest say of attempts. On a machine that judges a commit a test may wait for a core: it is tried
 * once more, and the report names it. With TWICE=1 every first attempt fails at its end, which shows what cannot be tried again.
 */
export const trying: { readonly retry: number; readonly setupFiles: string[] } = {
  retry: isTwice || process.env['CI'] !== undefined ? attempts - 1 : 0,
  setupFiles: isTwice ? ['./test/twice.ts'] : [],
};

/**
 * Which attempt of its test this is: 0 at first, 1 when it is tried again.
 *
 * A test that changes what others see too begins each attempt at a name of its own: what the one before it left half done is in
 * nobody's way.
 */
export function attemptOf({ task }: Pick<TestContext, 'task'>): number {
  return task.result?.retryCount ?? 0;
}

/** The same for what is measured before tests are named, and for what goes before all of them: nobody else tries it again. */
export async function triedAgain<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; attempt < attempts; attempt += 1) {
    try {
      return await act();
    } catch {
      // Once more, on a machine that may be calmer.
    }
  }
  return await act();
}

/** `label` for the first attempt, and another label for each after it. */
export function labelOfAttempt(label: string, attempt: number): string {
  return attempt === 0 ? label : `again${attempt}-${label}`;
}
