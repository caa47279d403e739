/** Whether whole pictures are wanted of a camera: those that are not cost a decoder and its reader most of what they do besides decoding. */
export interface WholeGate {
  readonly isOpen: boolean;
  set(open: boolean): void;
  /** Calls back at each change, until the answer is called. */
  watch(onChange: (open: boolean) => void): () => void;
}

/** A gate that is closed. */
export function createWholeGate(): WholeGate {
  const watchers = new Set<(open: boolean) => void>();
  let isOpen = false;
  return {
    get isOpen() {
      return isOpen;
    },
    set: open => {
      if (open === isOpen) return;
      isOpen = open;
      for (const tell of [...watchers]) tell(open);
    },
    watch: onChange => {
      watchers.add(onChange);
      return () => void watchers.delete(onChange);
    },
  };
}
