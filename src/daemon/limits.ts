import type { EmbedderEntry } from '../config/catalog.ts';
import type { QualityConfig } from '../config/sections/quality.ts';
import type { QualityLimits } from '../domain/quality.ts';

/** The limits with what the settings leave to the embedder: norms mean nothing across embedders. */
export function qualityLimits(
  quality: QualityConfig,
  embedder: Pick<EmbedderEntry, 'quality'>,
  use: 'recognition' | 'enrollment',
): QualityLimits {
  const { minNorm, minEnrollNorm } = embedder.quality;
  const own = use === 'recognition' ? minNorm : minEnrollNorm;
  return { ...quality, minNorm: quality.minNorm === 'auto' ? own : quality.minNorm };
}
