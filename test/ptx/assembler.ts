/** NVIDIA's assembler for tests, where it is on the PATH: kernels and what ptxas says of them. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { type Precision, segmentInput } from '../../src/graph/index.js';
import { SAMPLES, SAMPLES_F32 } from '../targets/programs.js';
import { type Case, programsOf } from './cases.js';
import { emitted } from './target.js';

export const missing = spawnSync('ptxas', ['--version']).status !== 0;
if (missing) console.warn('ptx: kernels are not assembled: ptxas is not on the PATH');

export interface Kernel {
  readonly name: string;
  readonly text: string;
  /** Of the model; 0 for samples. */
  readonly assets: number;
  readonly precision: Precision;
}

/** Kernels by their text: those of the samples, and those that roll-outs compile to answer. */
export function kernelsOf(cases: readonly Case[]): Kernel[] {
  const found = new Map<string, Kernel>();
  const add = (kernel: Kernel) => {
    if (!found.has(kernel.text)) found.set(kernel.text, kernel);
  };
  for (const [precision, samples] of [
    ['float64', SAMPLES],
    ['float32', SAMPLES_F32],
  ] as const) {
    for (const { name, program } of samples) {
      add({ name, text: emitted(program, precision).text, assets: 0, precision });
    }
    addRollouts(cases, precision, add);
  }
  return [...found.values()];
}

/** Kernels that roll-outs compile to answer, named by what they store. */
function addRollouts(cases: readonly Case[], precision: Precision, add: (kernel: Kernel) => void): void {
  for (const c of cases) {
    for (const program of programsOf(c, precision)) {
      const { text, live } = emitted(program, precision);
      const stored = live.buffers.flatMap((b) => (b.kind === 'output' ? [b.name] : [])).join(' ');
      const segments = live.inputs.some((i) => i.name.startsWith(segmentInput(''))) ? ', segments' : '';
      add({ name: `${c.name}, ${c.assets} assets: ${stored}${segments}`, text, assets: c.assets, precision });
    }
  }
}

const execute = promisify(execFile);

/** What ptxas says of each kernel, at most one a core at a time; fails where it warns of anything. */
export async function assemble(kernels: readonly Kernel[], architecture: string): Promise<ReadonlyMap<Kernel, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'poolgrad-ptx-'));
  const said = new Map<Kernel, string>();
  const waiting = [...kernels.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [i, kernel] = next;
      const file = join(folder, `${i}.ptx`);
      writeFileSync(file, kernel.text);
      const { stdout, stderr } = await execute('ptxas', [`-arch=${architecture}`, '-v', file, '-o', devNull]);
      said.set(kernel, stdout + stderr);
      expect(said.get(kernel), kernel.name).not.toMatch(/error|warning/i);
    }
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  } finally {
    rmSync(folder, { recursive: true });
  }
  return said;
}

/** Registers, and bytes of a thread's stack, of spill stores and of spill loads. */
export function usage(said: string): readonly number[] {
  const [, ...bytes] = /(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads/.exec(said) ?? [];
  const [, registers] = /Used (\d+) registers/.exec(said) ?? [];
  expect(registers).toBeDefined();
  return [registers, ...bytes].map(Number);
}

export const usageText = (said: string): string =>
  usage(said)
    .map((n) => String(n).padStart(5))
    .join(' ');
