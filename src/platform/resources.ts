/** Something that was opened and must be closed. */
export interface Resource {
  close(): Promise<void>;
}

/** Keeps what was opened, to close it in reverse order. */
export interface ResourceStack {
  /** Remembers the resource and returns it. */
  use<T extends Resource>(resource: T): T;
  /** Closes all, last opened first; a failure does not stop the others, the first one is thrown at the end. */
  closeAll(): Promise<void>;
}

/** An empty stack of resources. */
export function createResourceStack(): ResourceStack {
  const open: Resource[] = [];
  return {
    use(resource) {
      open.push(resource);
      return resource;
    },
    async closeAll() {
      const failures: unknown[] = [];
      for (let resource = open.pop(); resource; resource = open.pop()) {
        await resource.close().catch((error: unknown) => void failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** A loop seen as a resource: it runs until closed, and closing waits for its end. */
export function startLoop(run: (signal: AbortSignal) => Promise<void>): Resource {
  const stop = new AbortController();
  const ended = run(stop.signal);
  // Whoever closes sees the failure; until then it must not count as unhandled.
  ended.catch(() => undefined);
  return {
    async close() {
      stop.abort();
      await ended;
    },
  };
}
