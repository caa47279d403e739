import { onTestFinished } from 'vitest';

/** Has the running test close the resource when it has ended, the latest first. */
export function use<T extends { close(): Promise<unknown> }>(resource: T): T {
  onTestFinished(async () => void (await resource.close()));
  return resource;
}
