import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Embedding, type Face, similarity } from '../../src/domain/face.ts';
import { boxHeight } from '../../src/domain/geometry.ts';
import type { Match, Person } from '../../src/domain/person.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { decodeStill } from '../../src/ingest/still-image.ts';
import type { PersonSearch } from '../../src/recognition/parts.ts';
import { groupPhoto } from '../support/media.ts';
import { type VideoPart, videoFrames } from './video-frames.ts';

/** Enrolled people by name, searched one by one: what the gallery does, without a store. */
export class People implements PersonSearch {
  readonly #templates = new Map<string, Embedding[]>();
  readonly #persons = new Map<string, Person>();

  enroll(name: string, templates: readonly Embedding[]): this {
    this.#templates.set(name, [...templates]);
    this.#persons.set(name, {
      id: name,
      customerId: 'default',
      customerPersonId: name,
      profile: {},
      images: [],
      createdAt: 0,
      updatedAt: 0,
    });
    return this;
  }

  async search(_customer: string, probe: Embedding): Promise<Match> {
    const ranked = [...this.#templates]
      .map(([name, templates]) => ({
        name,
        similarity: Math.max(...templates.map(({ vector }) => similarity(vector, probe.vector))),
      }))
      .sort((a, b) => b.similarity - a.similarity)
      .map(({ name, similarity }) => ({
        personId: name,
        customerPersonId: name,
        templateId: name,
        similarity,
      }));
    const [best, runnerUp] = ranked;
    if (best === undefined) return { margin: 0 };
    const margin = best.similarity - (runnerUp?.similarity ?? -1);
    return { best, ...(runnerUp === undefined ? {} : { runnerUp }), margin };
  }

  isEnrolled(personId: string): boolean {
    return this.#persons.has(personId);
  }

  get(personId: string): Person | undefined {
    return this.#persons.get(personId);
  }

  persons(): number {
    return this.#persons.size;
  }
}

/** The largest face of each picture of a part of a video, as enrollment sees it. */
export async function facesOfVideo(engine: Engine, part: VideoPart): Promise<Face[]> {
  const faces: Face[] = [];
  for await (const frame of videoFrames(part)) {
    const found = await engine.detect(frame, 'upload');
    const [largest] = found.sort((a, b) => boxHeight(b.box) - boxHeight(a.box));
    if (largest) faces.push(...(await engine.describe(frame, [largest], { lane: 'upload' })));
  }
  return faces;
}

/** The people of the group photographs that are large enough to be enrolled; strangers to whoever is in the videos. */
export async function strangers(engine: Engine, minHeight: number): Promise<Map<string, Embedding>> {
  const found = new Map<string, Embedding>();
  for (const number of [1, 2, 3, 4, 5, 6] as const) {
    const bytes = await readFile(await groupPhoto(number));
    const { picture } = await decodeStill(bytes, {
      input: { width: 640, height: 480 },
      maxPixels: 25_000_000,
    });
    const large = (await engine.detect(picture, 'upload')).filter(({ box }) => boxHeight(box) >= minHeight);
    for (const face of await engine.describe(picture, large, { lane: 'upload' }))
      found.set(`stranger-${randomUUID()}`, face.embedding);
  }
  return found;
}
