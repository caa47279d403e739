import { describe, expect, it } from 'vitest';
import { door, UNDECIDED } from './watched-door.ts';

describe('who was let in at a door', () => {
  it('is let in anew only after they have left, and the cooldown behind that', async () => {
    const { see, end, told, pass, looked } = door();
    await looked('gate');
    await see('a');
    await pass(60_000);
    await see('b');
    await end('a');
    await pass(20_000);
    await see('c');
    await end('b');
    await end('c');
    await pass(4999);
    await see('d');
    await end('d');
    await pass(4999);
    await see('e');
    await end('e');
    await pass(5000);
    await see('f');
    expect(told()).toEqual(['a grant', 'b cooldown', 'c cooldown', 'd cooldown', 'e cooldown', 'f grant']);
  });

  it('has not left because a camera shows nothing', async () => {
    const { see, end, told, world, pass, looked } = door();
    await looked('gate');
    await see('a');
    await end('a');
    world.monotonic += 590_000;
    await pass(3900);
    await see('b');
    await end('b');
    await pass(5000);
    await see('c');
    expect(told()).toEqual(['a grant', 'b cooldown', 'c grant']);
  });

  it('has left ten minutes after their camera is gone for good', async () => {
    const { see, end, told, pass } = door({ cameras: ['gate', 'yard'] });
    await see('a', { camera: 'yard' });
    await end('a');
    await pass(604_800);
    await see('b');
    await end('b');
    await pass(605_000);
    await see('c');
    expect(told()).toEqual(['a grant', 'b cooldown', 'c grant']);
  });

  it('is in view from when the track began, however late it gets its name', async () => {
    const { see, told, pass, looked } = door({ here: ['ada'] });
    await looked('gate');
    await see('a', UNDECIDED);
    await pass(9000);
    await see('a');
    expect(told()).toEqual(['a cooldown']);
  });

  it('may be in view of any camera still after a start', async () => {
    const { see, end, told, world, pass, looked } = door({ here: ['ada'], cameras: ['gate', 'yard'] });
    await looked('gate');
    await pass(10_000);
    await see('a', { camera: 'yard' });
    await looked('yard');
    await end('a');
    await pass(4999, ['gate', 'yard']);
    expect(world.left).toEqual([]);
    await pass(1, ['gate', 'yard']);
    expect(world.left).toEqual(['ada']);
    await see('b');
    expect(told()).toEqual(['a cooldown', 'b grant']);
  });

  it('is looked for two seconds after a start also where there is no cooldown', async () => {
    const { see, end, told, pass, looked } = door({ here: ['ada'], cooldownMs: 0 });
    await looked('gate');
    await pass(1999);
    await see('a');
    await end('a');
    await pass(2000);
    await see('b');
    await end('b');
    await see('c');
    expect(told()).toEqual(['a cooldown', 'b grant', 'c grant']);
  });

  it('has left once, and not before a face without a name has gone that was there already', async () => {
    const { see, end, world, pass, looked } = door();
    await looked('gate');
    await see('a');
    await see('b', UNDECIDED);
    await end('a');
    await pass(9000);
    expect(world.left).toEqual([]);
    await end('b');
    await pass(1000);
    expect(world.left).toEqual(['ada']);
  });
});
