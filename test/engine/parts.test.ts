import { describe, expect, it } from 'vitest';
import { inParts } from '../../src/engine/face-parts.ts';
import { itemByItem } from '../../src/engine/item-by-item.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);

/** Doubles its items when told to, and remembers what it was given. */
function heldBack() {
  const given: (readonly number[])[] = [];
  const release: (() => void)[] = [];
  const compute = async (part: readonly number[]) => {
    given.push(part);
    await new Promise<void>(resolve => release.push(resolve));
    return part.map(item => 2 * item);
  };
  return { given, release, compute };
}

describe('work in parts', () => {
  it('goes through a model one item at a time, so that each model only ever sees one batch size', async () => {
    const given: (readonly number[])[] = [];
    const doubled = await itemByItem(numbers(3), async part => {
      given.push(part);
      return part.map(item => 2 * item);
    });
    expect(given).toEqual([[0], [1], [2]]);
    expect(doubled).toEqual([0, 2, 4]);
  });

  it('is offered at once where it is a camera that waits, and answered in order', async () => {
    const { given, release, compute } = heldBack();
    const doubled = inParts(numbers(5), 'camera', compute);
    expect(given).toEqual([[0, 1], [2, 3], [4]]);
    for (const go of release.reverse()) go();
    expect(await doubled).toEqual([0, 2, 4, 6, 8]);
  });

  it('takes one place at a time among the uploads', async () => {
    const { given, release, compute } = heldBack();
    const doubled = inParts(numbers(3), 'upload', compute);
    expect(given).toEqual([[0, 1]]);
    release[0]();
    await expect.poll(() => given).toEqual([[0, 1], [2]]);
    release[1]();
    expect(await doubled).toEqual([0, 2, 4]);
  });

  it('fails only when no part is under way any more: the pixels are lent until then', async () => {
    const { release, compute } = heldBack();
    let isOver = false;
    const failing = inParts(numbers(4), 'camera', part =>
      part[0] === 0 ? Promise.reject(new Error('lost')) : compute(part),
    ).catch((error: Error) => {
      isOver = true;
      return error.message;
    });
    await new Promise(setImmediate);
    expect(isOver).toBe(false);
    release[0]();
    expect(await failing).toBe('lost');
  });
});
