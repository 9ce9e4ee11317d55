/** Kernels of the samples and of one small model through NVIDIA's assembler, where it is on the PATH; ptxas.test.ts has them all. */
import { describe, expect, it } from 'vitest';
import { assemble, kernelsOf, missing } from './assembler.js';
import { FEW } from './cases.js';

/** Characters: machine code of such a kernel is made within a second. */
const LARGEST = 20_000;

describe.skipIf(missing)('ptxas', () => {
  it('assembles small kernels', async () => {
    const small = kernelsOf(FEW.slice(0, 1)).filter((k) => k.text.length < LARGEST);
    for (const assets of [0, 2]) expect(small.filter((k) => k.assets === assets).length).toBeGreaterThan(3);
    expect((await assemble(small, 'sm_75')).size).toBe(small.length);
  }, 180_000);
});
