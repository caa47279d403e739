import type { DetectorEntry } from '../config/catalog.ts';
import type { EngineConfig } from '../config/schema.ts';
import { StartupError } from '../domain/errors.ts';

/** Checks that the detector can take the configured input sizes. Throws StartupError that names the setting and a size that fits. */
export function checkInputSizes(detector: DetectorEntry, config: EngineConfig): void {
  const { size, multipleOf } = detector.input;
  for (const setting of ['cameraInput', 'uploadInput'] as const) {
    const [width, height] = config[setting].split('x').map(Number);
    if (size !== 'any' && (size.width !== width || size.height !== height))
      throw new StartupError(
        `engine.${setting} is ${width}x${height}, but the detector ${detector.id} takes ${size.width}x${size.height} only.`,
      );
    if (width % multipleOf !== 0 || height % multipleOf !== 0)
      throw new StartupError(
        `engine.${setting} is ${width}x${height}, but the detector ${detector.id} needs sides that are multiples of ${multipleOf}, for example ${nextMultiple(width, multipleOf)}x${nextMultiple(height, multipleOf)}.`,
      );
  }
}

function nextMultiple(side: number, multiple: number): number {
  return Math.ceil(side / multiple) * multiple;
}
