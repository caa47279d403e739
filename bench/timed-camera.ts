import { fork } from 'node:child_process';

/** A camera in a process of its own that tells when each picture was sent. */
export async function startCamera(clip: string) {
  const child = fork(new URL('./camera-program.js', import.meta.url), [clip]);
  const sent = new Map<number, number>();
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('The camera program ended.')));
    child.on('message', (message: { url: string } | { position: number; at: number }) => {
      if ('url' in message) resolve(message.url);
      else sent.set(message.position, message.at);
    });
  });
  return {
    url,
    /** When the picture of this number in a clip of so many was sent last, milliseconds since the epoch. */
    sentAt(number: number, of: number): number | undefined {
      const newest = [...sent.keys()].filter(position => position % of === number).at(-1);
      return newest === undefined ? undefined : sent.get(newest);
    },
    close: () => child.kill(),
  };
}

/** Milliseconds since the epoch, with fractions. */
export function epochNow(): number {
  return performance.timeOrigin + performance.now();
}
