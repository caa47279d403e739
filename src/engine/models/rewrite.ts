import type { CatalogEntry } from '../../config/catalog.ts';
import { blockedPrelu } from './blocked-prelu.ts';
import { cutOutputs } from './cut-outputs.ts';
import { freeBatch } from './free-batch.ts';
import { readModel, writeModel } from './onnx.ts';
import { uint8Input } from './uint8-input.ts';

/**
 * The graph that the engine runs, made from the file its author ships: a free batch, uint8 pixels [N, height, width, channels]
 * in (rgb or gray, normalised inside the graph), the entry's own rewrites applied. Deterministic. Throws RangeError for anything but an ONNX model.
 */
export function prepareGraph(shipped: Uint8Array, entry: CatalogEntry): Uint8Array {
  let model = readModel(shipped);
  for (const rewrite of entry.rewrites) {
    if (rewrite === 'cut-outputs') model = cutOutputs(model, outputsOf(entry));
    if (rewrite === 'blocked-prelu') model = blockedPrelu(model);
  }
  return writeModel(uint8Input(freeBatch(model), entry.input));
}

/** The author's graph with the entry's outputs declared and nothing else changed: what the prepared graph is compared with. */
export function referenceGraph(shipped: Uint8Array, entry: CatalogEntry): Uint8Array {
  if (!entry.rewrites.includes('cut-outputs')) return shipped;
  const model = readModel(shipped);
  const { outputs } = cutOutputs(model, outputsOf(entry));
  return writeModel({ ...model, outputs });
}

/** Names of the tensors that the entry's decoding reads; none where it finds them by their shapes. */
function outputsOf(entry: CatalogEntry): string[] {
  return 'output' in entry ? Object.values(entry.output).flat() : [];
}
