import { randomUUID } from 'node:crypto';
import type { Embedding } from '../../src/domain/face.ts';
import { normalize } from '../../src/domain/face.ts';
import type { OperatingPoint } from '../../src/domain/identity.ts';
import type { Person, Template } from '../../src/domain/person.ts';
import type { GalleryChange } from '../../src/store/changes/change.ts';

/** The embedder of embeddings made here. */
export const MODEL = 'test-embedder';

/** What openGallery needs to check new images: one similarity for galleries of every size. */
export function enrollmentPolicy(similarity = 0.5, duplicates: 'warn' | 'refuse' = 'warn') {
  return {
    duplicates,
    operatingPoint: (persons: number): OperatingPoint => ({
      similarity,
      targetFpir: 1e-4,
      persons,
      comparisons: 0,
      supported: false,
    }),
  };
}

/** A pseudo-random unit-length embedding, the same for the same seed. */
export function embeddingOf(seed: number, dimension = 512, modelId = MODEL): Embedding {
  let state = (seed * 2654435761 + 1) >>> 0;
  const vector = Float32Array.from({ length: dimension }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return { modelId, vector: normalize(vector).unit };
}

/** An embedding in a plane: the similarity of two is the cosine of the angle between them, in degrees. */
export function embeddingAt(degrees: number, modelId = MODEL): Embedding {
  const angle = (degrees * Math.PI) / 180;
  return { modelId, vector: Float32Array.of(Math.cos(angle), Math.sin(angle), 0, 0) };
}

/** A person with one template per seed, as a change that makes them. */
export function newPersonChange(
  customerPersonId: string,
  seeds: readonly number[] = [1],
  customerId = 'default',
): Extract<GalleryChange, { kind: 'put_person' }> {
  const personId = randomUUID();
  const templates = seeds.map(
    (seed): Template => ({
      id: randomUUID(),
      personId,
      customerId,
      embedding: embeddingOf(seed),
      norm: seed + 0.1,
    }),
  );
  const person: Person = {
    id: personId,
    customerId,
    customerPersonId,
    profile: { firstName: 'Ada' },
    images: templates.map(({ id }, at) => ({
      templateId: id,
      name: `enroll/a_${at}.jpg`,
      createdAtMicros: at + 1,
    })),
    createdAt: 1,
    updatedAt: 1,
  };
  return { kind: 'put_person', opId: randomUUID(), at: 1, person, templates };
}

/** The change that deletes a person. */
export function deleteChange(personId: string): Extract<GalleryChange, { kind: 'delete_person' }> {
  return { kind: 'delete_person', opId: randomUUID(), at: 2, personId };
}
