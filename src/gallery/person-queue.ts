/** Runs tasks of one person one after another, of different persons side by side. */
export interface PersonQueue {
  run<T>(customerId: string, customerPersonId: string, task: () => Promise<T>): Promise<T>;
}

/** An empty queue; a task that fails does not stop the next. */
export function createPersonQueue(): PersonQueue {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run: async (customerId, customerPersonId, task) => {
      const key = `${customerId}\0${customerPersonId}`;
      const before = tails.get(key) ?? Promise.resolve();
      const result = before.then(task);
      const tail = result.catch(() => undefined);
      tails.set(key, tail);
      try {
        return await result;
      } finally {
        if (tails.get(key) === tail) tails.delete(key);
      }
    },
  };
}
