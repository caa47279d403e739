import type { Picture } from '../domain/image.ts';
import type { Logger } from '../platform/logger.ts';

/** The same, but what it throws is logged once instead: nobody's preview may stop a camera. */
export function guardedPreview(
  preview: ((picture: Picture, capturedAt: number) => void) | undefined,
  log: Logger,
): (picture: Picture, capturedAt: number) => void {
  let told = false;
  return (picture, capturedAt) => {
    try {
      preview?.(picture, capturedAt);
    } catch (error) {
      if (!told) log.error({ err: error }, 'A picture could not be shown');
      told = true;
    }
  };
}
