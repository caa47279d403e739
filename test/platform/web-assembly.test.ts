import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { compileModule, createSharedMemory, instantiateModule } from '../../src/platform/web-assembly.ts';

/** (module (func (export "answer") (result i32) (i32.const 42))) */
const ANSWER = 'AGFzbQEAAAABBQFgAAF/AwIBAAcKAQZhbnN3ZXIAAAoGAQQAQSoL';

describe('a WebAssembly module', () => {
  it('is optimized before its first call', () => {
    setFlagsFromString('--allow-natives-syntax');
    const isOptimized = new Function('call', 'return %IsTurboFanFunction(call)');
    const { answer } = instantiateModule<{ answer: () => number }>(compileModule(ANSWER));
    expect(isOptimized(answer)).toBe(true);
    expect(answer()).toBe(42);
  });

  it('shares a memory that grows', () => {
    const memory = createSharedMemory(100_000);
    expect(memory.buffer.byteLength).toBe(131_072);
    memory.grow(1);
    expect(memory.buffer.byteLength).toBe(196_608);
  });
});
