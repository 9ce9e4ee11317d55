/**
 * Every kernel of the samples and of the shipped models through NVIDIA's assembler, where it is on the PATH: what a driver
 * would refuse shows here. Registers and spills of the kernels of two assets are printed.
 *
 * The time that ptxas takes grows faster than a kernel, to half a minute for the gradient of an HMM of eight assets. So
 * kernels beyond a size are checked, but machine code is made of them only with POOLGRAD_PTXAS=all.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { type Precision, segmentInput } from '../../src/graph/index.js';
import { SAMPLES, SAMPLES_F32 } from '../targets/programs.js';
import { CASES, programsOf } from './cases.js';
import { emitted } from './target.js';

/** Models whose minutes have flows or recorded trades beside an arbitrage that takes many numbers. */
const PARTS = /^(e-clp|stableswap|hmm, curvature).*(flow|trades)/;

/** Of the kernels of which machine code is made in any case: characters, and assets of the model (0 for samples). */
const LARGEST = { text: 80_000, assets: 2 };

const missing = spawnSync('ptxas', ['--version']).status !== 0;
if (missing) console.warn('ptx: kernels are not assembled: ptxas is not on the PATH');

interface Text {
  readonly name: string;
  readonly text: string;
  readonly assets: number;
  readonly precision: Precision;
}

/** Kernels by their text: those of the samples, and those that roll-outs compile to answer. */
function kernelTexts(): Text[] {
  const found = new Map<string, Text>();
  const add = (kernel: Text) => {
    if (!found.has(kernel.text)) found.set(kernel.text, kernel);
  };
  for (const [precision, samples] of [
    ['float64', SAMPLES],
    ['float32', SAMPLES_F32],
  ] as const) {
    for (const { name, program } of samples) {
      add({ name, text: emitted(program, precision).text, assets: 0, precision });
    }
    rolloutTexts(precision, add);
  }
  return [...found.values()];
}

/** Kernels that roll-outs compile to answer, named by what they store. */
function rolloutTexts(precision: Precision, add: (kernel: Text) => void): void {
  for (const c of CASES) {
    for (const program of programsOf(c, precision)) {
      const { text, live } = emitted(program, precision);
      const stored = live.buffers.flatMap((b) => (b.kind === 'output' ? [b.name] : [])).join(' ');
      const segments = live.inputs.some((i) => i.name.startsWith(segmentInput(''))) ? ', segments' : '';
      add({ name: `${c.name}, ${c.assets} assets: ${stored}${segments}`, text, assets: c.assets, precision });
    }
  }
}

const execute = promisify(execFile);

describe.skipIf(missing)('ptxas', () => {
  const kernels = missing ? [] : kernelTexts();
  const folder = missing ? '' : mkdtempSync(join(tmpdir(), 'poolgrad-ptx-'));
  afterAll(() => {
    if (!missing) rmSync(folder, { recursive: true });
  });
  const file = (k: Text) => join(folder, `${kernels.indexOf(k)}.ptx`);
  for (const k of kernels) writeFileSync(file(k), k.text);

  /** What ptxas says of each kernel, at most one a core at a time. */
  async function assemble(chosen: readonly Text[], architecture: string): Promise<ReadonlyMap<Text, string>> {
    const said = new Map<Text, string>();
    const waiting = [...chosen];
    const work = async () => {
      for (let k = waiting.shift(); k !== undefined; k = waiting.shift()) {
        const { stdout, stderr } = await execute('ptxas', [`-arch=${architecture}`, '-v', file(k), '-o', devNull]);
        said.set(k, stdout + stderr);
        expect(said.get(k), k.name).not.toMatch(/error|warning/i);
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
    return said;
  }

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
    ['holds gradients of up to three assets in registers', (k: Text) => k.assets <= 3 && !PARTS.test(k.name), 200],
    ['nearly so where a minute has several parts', (k: Text) => k.assets <= 3 && PARTS.test(k.name), 1400],
    ['and keeps of eight assets what a cache holds', (k: Text) => k.assets === 8, 1200],
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

/** Registers, and bytes of a thread's stack, of spill stores and of spill loads. */
function usage(said: string): readonly number[] {
  const [, ...bytes] = /(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads/.exec(said) ?? [];
  const [, registers] = /Used (\d+) registers/.exec(said) ?? [];
  expect(registers).toBeDefined();
  return [registers, ...bytes].map(Number);
}

const usageText = (said: string): string =>
  usage(said)
    .map((n) => String(n).padStart(5))
    .join(' ');
