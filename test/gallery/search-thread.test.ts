import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createTemplateIndex, type TemplateIndex } from '../../src/gallery/template-index.ts';
import { type Logger, silentLogger } from '../../src/platform/logger.ts';
import { repositoryRoot } from '../support/engine.ts';
import { embeddingOf, MODEL } from '../support/people.ts';

const root = pathToFileURL(`${repositoryRoot}/`);
const workerFile = new URL('dist/src/gallery/search/scan-worker.js', root);
const crashing = new URL(
  `data:text/javascript,${encodeURIComponent(
    "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { throw new Error('crashed on purpose'); }); parentPort.postMessage('ready');",
  )}`,
);

/** A few more than the main thread scans by itself. */
const PERSONS = 16_400;
const embeddings = Array.from({ length: PERSONS }, (_, seed) => embeddingOf(seed));

describe('an index that is large enough for the search thread', () => {
  let index: TemplateIndex;
  afterEach(() => index.close());

  const fill = (file: URL, log: Logger = silentLogger) => {
    index = createTemplateIndex(MODEL, { log, workerFile: file });
    for (let seed = 0; seed < PERSONS; seed++) {
      const person = { id: `p${seed}`, customerId: 'c', customerPersonId: `of-p${seed}` };
      const template = { id: `t${seed}`, personId: person.id, customerId: 'c', norm: 3 };
      index.add(person, { ...template, embedding: embeddings[seed] });
    }
  };
  /** Losses that a log tells of. */
  const counting = () => {
    const told: string[] = [];
    const log = { ...silentLogger, error: (_: object, text: string) => told.push(text) } as unknown as Logger;
    return { log, told };
  };

  it('finds everybody, before its thread is ready, with it, and after it is closed', async () => {
    const { log, told } = counting();
    fill(workerFile, log);
    for (let seed = 0; seed < 40; seed++) {
      const { best } = await index.search('c', embeddings[seed * 400]);
      expect(best).toMatchObject({ personId: `p${seed * 400}`, similarity: expect.closeTo(1, 6) });
      await sleep(5);
    }
    await index.close();
    expect((await index.search('c', embeddings[7])).best?.personId).toBe('p7');
    expect(told).toEqual([]);
  });

  it('answers every search although its thread dies over each', async () => {
    const { log, told } = counting();
    fill(crashing, log);
    for (let seed = 0; seed < 400 && told.length < 2; seed++) {
      const searches = [seed, seed + 1, seed + 2].map(each => index.search('c', embeddings[each]));
      const found = await Promise.all(searches);
      expect(found.map(({ best }) => best?.personId)).toEqual(
        [seed, seed + 1, seed + 2].map(each => `p${each}`),
      );
      await sleep(10);
    }
    expect(told).toHaveLength(2);
  });
});
