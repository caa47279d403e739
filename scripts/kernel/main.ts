// Assembles each kernel.wat into kernel-binary.ts beside it: node dist/scripts/kernel/main.js
import { writeFile } from 'node:fs/promises';
import { assembleKernel, binaryIn, KERNELS } from './assemble.ts';

for (const folder of KERNELS) {
  await writeFile(binaryIn(folder), await assembleKernel(folder));
  console.log(`wrote ${binaryIn(folder)}`);
}
