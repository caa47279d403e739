import { describe, expect, it } from 'vitest';
import { createResourceStack, startLoop } from '../../src/platform/resources.ts';

describe('a stack of resources', () => {
  it('closes in reverse order of opening', async () => {
    const closed: string[] = [];
    const stack = createResourceStack();
    for (const name of ['store', 'engine', 'server'])
      stack.use({ close: () => Promise.resolve(void closed.push(name)) });
    await stack.closeAll();
    expect(closed).toEqual(['server', 'engine', 'store']);
  });

  it('closes the rest when one fails, then throws what went wrong', async () => {
    const closed: string[] = [];
    const stack = createResourceStack();
    stack.use({ close: () => Promise.resolve(void closed.push('store')) });
    stack.use({ close: () => Promise.reject(new Error('engine stuck')) });
    await expect(stack.closeAll()).rejects.toThrow('engine stuck');
    expect(closed).toEqual(['store']);
  });

  it('closes each resource once', async () => {
    let times = 0;
    const stack = createResourceStack();
    stack.use({ close: () => Promise.resolve(void times++) });
    await stack.closeAll();
    await stack.closeAll();
    expect(times).toBe(1);
  });
});

describe('a loop', () => {
  it('runs until closed, and closing waits for its end', async () => {
    let ended = false;
    const loop = startLoop(async signal => {
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()));
      await new Promise(resolve => setTimeout(resolve, 10));
      ended = true;
    });
    await loop.close();
    expect(ended).toBe(true);
  });

  it('hands a failure to whoever closes it', async () => {
    const loop = startLoop(() => Promise.reject(new Error('broke')));
    await expect(loop.close()).rejects.toThrow('broke');
  });
});
