import { DIMENSION, SIDE } from './network.ts';

/** Catalog id of dlib's embedder. */
export const DLIB_ID = 'dlib-resnet-128';

/**
 * What the engine must know of the net (norms on lfw-dev: 1.27 at 1 %, 1.43 median): pixels from dlib, dnn_face_recognition_ex.cpp. The template is ours, as our five points are not dlib's:
 * their mean place in the crops that dlib's own five points (iBUG 36, 39, 42, 45, 33; padding 0.25) give, over 448 photos of LFW.
 */
export function embedderEntry() {
  return {
    id: DLIB_ID,
    version: 1,
    task: 'embedder',
    family: 'arcface',
    source: { file: `${DLIB_ID}.onnx` },
    rewrites: [],
    licence: 'CC0 (weights by Davis King), files by @vladmandic/face-api (MIT)',
    provenance: 'dlib face recognition ResNet v1, 8-bit weights, trained on VGGFace and FaceScrub',
    input: {
      size: { width: SIDE, height: SIDE },
      layout: 'nchw',
      colour: 'rgb',
      mean: [122.782, 117.001, 104.298],
      std: 255,
    },
    output: { embedding: 'embedding' },
    dim: DIMENSION,
    template: [
      [47.04, 45.67],
      [99.93, 45.62],
      [73.28, 74.78],
      [51.62, 103.53],
      [95.71, 103.46],
    ],
    quality: { minNorm: 1.2, minEnrollNorm: 1.25 },
    calibration: {
      dataset:
        'lfw-dev: 2,684 photos of 1,241 people, every pair of two people, single photo against single photo',
      comparisons: 3_595_399,
      points: [
        { fmr: 0.01, similarity: 0.9092 },
        { fmr: 0.00316, similarity: 0.919 },
        { fmr: 0.001, similarity: 0.9276 },
        { fmr: 0.000316, similarity: 0.9353 },
        { fmr: 0.0001, similarity: 0.9426 },
        { fmr: 3.16e-5, similarity: 0.9487 },
        { fmr: 1e-5, similarity: 0.9543 },
        { fmr: 3.16e-6, similarity: 0.9579 },
        { fmr: 1e-6, similarity: 0.9618 },
      ],
    },
  };
}
