/** Runs tasks of one key one after the other, in the order in which they came; tasks of other keys run beside them. */
export interface Queue {
  run<T>(key: string, task: () => Promise<T>): Promise<T>;
}

/** A Queue that holds nothing. */
export function createQueue(): Queue {
  const last = new Map<string, Promise<unknown>>();
  return {
    run: async (key, task) => {
      const before = last.get(key) ?? Promise.resolve();
      const mine = before.then(task, task);
      const settled = mine.then(
        () => undefined,
        () => undefined,
      );
      last.set(key, settled);
      try {
        return await mine;
      } finally {
        if (last.get(key) === settled) last.delete(key);
      }
    },
  };
}
