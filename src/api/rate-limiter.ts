const MAX_KEYS = 4096;

/** Counts how often each of many does something. */
export interface RateLimiter {
  /** Counts one more; returns the whole seconds to wait once there were more than the most in this window, else 0. */
  count(key: string): number;
}

/** A limiter that remembers at most 4096 keys, the oldest forgotten first; `now` in milliseconds. */
export function createRateLimiter(options: {
  readonly windowMs: number;
  readonly most: number;
  readonly now: () => number;
}): RateLimiter {
  const { windowMs, most, now } = options;
  const windows = new Map<string, { until: number; count: number }>();
  return {
    count(key) {
      const time = now();
      let window = windows.get(key);
      // A clock that was set back must not lock anybody out for longer.
      if (window === undefined || window.until <= time || window.until > time + windowMs) {
        windows.delete(key);
        if (windows.size >= MAX_KEYS) windows.delete(windows.keys().next().value!);
        window = { until: time + windowMs, count: 0 };
        windows.set(key, window);
      }
      window.count++;
      return window.count > most ? Math.max(1, Math.ceil((window.until - time) / 1000)) : 0;
    },
  };
}

/** The part of an address that one host owns: of IPv6 a whole /64, so its first four groups. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('::') as [string, string?];
  const front = head === '' ? [] : head.split(':');
  if (tail === undefined) return front.slice(0, 4).join(':');
  const back = tail === '' ? [] : tail.split(':');
  const zeros: string[] = Array(Math.max(0, 8 - front.length - back.length)).fill('0');
  return [...front, ...zeros, ...back].slice(0, 4).join(':');
}
