/**
 * Every kernel of the samples and of the shipped models through NVIDIA's assembler, where it is on the PATH: what a driver
 * would refuse shows here. Registers and spills of the kernels of two assets are printed.
 *
 * The time that ptxas takes grows faster than a kernel, to half a minute for the gradient of an HMM of eight assets. So
 * kernels beyond a size are checked, but machine code is made of them only with POOLGRAD_PTXAS=all.
 */
import { describe, expect, it } from 'vitest';
import { assemble, type Kernel, kernelsOf, missing, usage, usageText } from './assembler.js';
import { CASES } from './cases.js';

/** Models whose minutes have flows or recorded trades beside an arbitrage that takes many numbers. */
const PARTS = /^(e-clp|stableswap|hmm, curvature).*(flow|trades)/;

/** Of the kernels of which machine code is made in any case: characters, and assets of the model (0 for samples). */
const LARGEST = { text: 80_000, assets: 2 };

describe.skipIf(missing)('ptxas', () => {
  const kernels = missing ? [] : kernelsOf(CASES);
  const all = process.env.POOLGRAD_PTXAS === 'all';
  const small = kernels.filter((k) => all || (k.text.length <= LARGEST.text && k.assets <= LARGEST.assets));
  const large = kernels.filter((k) => !small.includes(k));

  it.each(['sm_75', 'sm_80', 'sm_90'])(`assembles ${small.length} kernels for %s`, async (architecture) => {
    const said = await assemble(small, architecture);
    expect(said.size).toBe(small.length);
    if (architecture !== 'sm_90') return;
    const lines = small
      .filter((k) => all || k.assets === 2)
      .map((k) => `${usageText(said.get(k) ?? '')} ${k.precision} ${k.name}`);
    console.log(`sm_90: registers, bytes of stack, of spill stores, of spill loads\n${lines.join('\n')}`);
  }, 600_000);

  it.each([
    ['holds gradients of up to three assets in registers', (k: Kernel) => k.assets <= 3 && !PARTS.test(k.name), 200],
    ['nearly so where a minute has several parts', (k: Kernel) => k.assets <= 3 && PARTS.test(k.name), 1400],
    ['and keeps of eight assets what a cache holds', (k: Kernel) => k.assets === 8, 1200],
  ] as const)(
    '%s',
    async (_name, chooses, most) => {
      const gradients = kernels.filter((k) => k.precision === 'float64' && k.name.includes(' d.') && chooses(k));
      expect(gradients.length).toBeGreaterThan(5);
      const said = await assemble(gradients, 'sm_90');
      const stacks = gradients.map((k) => `${usageText(said.get(k) ?? '')} ${k.name}`);
      console.log(stacks.join('\n'));
      expect(gradients.filter((k) => usage(said.get(k) ?? '')[1] > most).map((k) => k.name)).toEqual([]);
    },
    600_000,
  );

  // a virtual architecture: everything but machine code
  it.skipIf(large.length === 0)(`checks ${large.length} large kernels`, async () => {
    console.warn(`ptx: no machine code is made of ${large.length} large kernels; POOLGRAD_PTXAS=all makes it`);
    expect((await assemble(large, 'compute_75')).size).toBe(large.length);
  });
});
