import { setFlagsFromString } from 'node:v8';

/** Bytes of a page of WebAssembly memory. */
export const PAGE_BYTES = 65_536;

/** A memory that several threads use at once; `buffer` is another object after each `grow`. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  /** Adds pages; throws RangeError where there is no room. */
  grow(pages: number): number;
}

/** A compiled module; may be posted to other threads. */
export type CompiledModule = object;

/** What Facegate uses of WebAssembly, which the types of Node 20 lack. */
interface WebAssemblyApi {
  readonly Memory: new (options: { initial: number; maximum: number; shared: true }) => SharedMemory;
  readonly Module: new (bytes: Uint8Array) => CompiledModule;
  readonly Instance: new (module: CompiledModule, imports: object) => { readonly exports: unknown };
}

const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

/** All that 32 bits address, 4 GiB: only reserved until it is grown into. */
const MAX_PAGES = 65_536;

/** A memory of at least `bytes` zeros that can grow up to 4 GiB. */
export function createSharedMemory(bytes: number): SharedMemory {
  return new Memory({ initial: Math.ceil(bytes / PAGE_BYTES), maximum: MAX_PAGES, shared: true });
}

/**
 * The module in `binary`, base64, optimized before its first call. V8 would else run code that is five times slower, and optimize it
 * only after many calls: the first searches and frames after each start would pay for it.
 */
export function compileModule(binary: string): CompiledModule {
  setFlagsFromString('--no-liftoff');
  setFlagsFromString('--no-wasm-lazy-compilation');
  try {
    return new Module(Buffer.from(binary, 'base64'));
  } finally {
    setFlagsFromString('--liftoff');
    setFlagsFromString('--wasm-lazy-compilation');
  }
}

/** What an instance of the module exports, as its caller knows it to be. */
export function instantiateModule<Exports>(module: CompiledModule, imports: object = {}): Exports {
  return new Instance(module, imports).exports as Exports;
}
