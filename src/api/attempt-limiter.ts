const WINDOW_MS = 60_000;
const MAX_FAILURES = 20;
const MAX_ADDRESSES = 4096;

/** Counts failed authentications per address. */
export interface AttemptLimiter {
  /** Notes a failure; returns the whole seconds to wait once the address has failed more than 20 times in a minute, else 0. */
  failed(address: string): number;
}

/** A limiter that remembers at most 4096 addresses, the oldest forgotten first; `now` in milliseconds. */
export function createAttemptLimiter(now: () => number): AttemptLimiter {
  const windows = new Map<string, { until: number; failures: number }>();
  return {
    failed(address) {
      const time = now();
      const key = network(address);
      let window = windows.get(key);
      if (window === undefined || window.until <= time) {
        windows.delete(key);
        if (windows.size >= MAX_ADDRESSES) windows.delete(windows.keys().next().value!);
        window = { until: time + WINDOW_MS, failures: 0 };
        windows.set(key, window);
      }
      window.failures++;
      return window.failures > MAX_FAILURES ? Math.max(1, Math.ceil((window.until - time) / 1000)) : 0;
    },
  };
}

/** One host owns a whole IPv6 /64, so its first four groups are the address that counts. */
function network(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('::') as [string, string?];
  const front = head === '' ? [] : head.split(':');
  if (tail === undefined) return front.slice(0, 4).join(':');
  const back = tail === '' ? [] : tail.split(':');
  const zeros: string[] = Array(Math.max(0, 8 - front.length - back.length)).fill('0');
  return [...front, ...zeros, ...back].slice(0, 4).join(':');
}
