import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import wabt from 'wabt';
import { repositoryRoot } from '../../test/support/engine.ts';

/** The kernel's source. */
export const kernelSource: string = join(repositoryRoot, 'src/gallery/search/kernel.wat');
/** The file that `npm run build:kernel` writes. */
export const kernelBinary: string = join(repositoryRoot, 'src/gallery/search/kernel-binary.ts');

/** The text of kernel-binary.ts as it follows from kernel.wat. */
export async function assembleKernel(): Promise<string> {
  const { parseWat } = await wabt();
  const parsed = parseWat('kernel.wat', await readFile(kernelSource, 'utf8'), { simd: true, threads: true });
  try {
    parsed.resolveNames();
    // wabt's own validation refuses shared memory whatever its settings; the engine's does not.
    const lines = Buffer.from(parsed.toBinary({}).buffer)
      .toString('base64')
      .match(/.{1,100}/g)!;
    return `// Made of kernel.wat by "npm run build:kernel".

/** The assembled search kernel, base64. */
export const KERNEL_BINARY: string = [
${lines.map(line => `  '${line}',\n`).join('')}].join('');
`;
  } finally {
    parsed.destroy();
  }
}
