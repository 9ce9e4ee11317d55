/**
 * What NVIDIA's assembler (ptxas, of the CUDA toolkit) makes of a kernel: registers, spills, and machine instructions by
 * the unit that executes them. It says nothing of how often each is executed.
 *
 * A cubin is an ELF file; from Volta on an instruction has 16 bytes, of which the lowest 9 bits name the operation. What
 * each name stands for was found by assembling kernels of that one operation (test/bench/sass.test.ts does so again).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The unit that executes an instruction; moves go to whichever is idle. */
export type Unit = 'double' | 'single' | 'special' | 'integer' | 'memory' | 'local' | 'branch' | 'move';

const UNITS: Readonly<Record<Unit, readonly number[]>> = {
  // multiply, add, compare, fused multiply-add
  double: [0x28, 0x29, 0x2a, 0x2b],
  single: [0x20, 0x21, 0x23],
  // reciprocals and roots; conversions
  special: [0x108, 0x104, 0x105, 0x106, 0x110, 0x111, 0x112],
  // everything that is in no other row: integers, comparisons, choices, predicates
  integer: [],
  memory: [0x181, 0x182, 0x186],
  local: [0x183, 0x187],
  branch: [0x141, 0x142, 0x144, 0x145, 0x147, 0x14d, 0x150],
  move: [0x02, 0x24, 0x82],
};
const NOTHING = 0x118;
const FUSED = [0x2b, 0x23];
const CALL = 0x144;
const unitOf = new Map(Object.entries(UNITS).flatMap(([unit, codes]) => codes.map((c) => [c, unit as Unit])));

export interface Assembled {
  readonly registers: number;
  /** Bytes of spill stores and loads, as the text names them. */
  readonly spillStores: number;
  readonly spillLoads: number;
  readonly instructions: Readonly<Record<Unit, number>>;
  /** Of them, fused multiply-adds, which ÷ and √ have too; and calls of slow paths. */
  readonly fused: number;
  readonly calls: number;
}

/** The assembler's release, such as `13.0`; null where there is none. */
export function assemblerRelease(): string | null {
  const { status, stdout } = spawnSync('ptxas', ['--version'], { encoding: 'utf8' });
  return status === 0 ? (/release (\d+\.\d+)/.exec(stdout)?.[1] ?? '') : null;
}

/** Assembles a kernel for an architecture such as `sm_90`. Throws what ptxas says where it refuses. */
export function assemble(text: string, architecture: string, ...options: readonly string[]): Assembled {
  const folder = mkdtempSync(join(tmpdir(), 'poolgrad-sass-'));
  try {
    const [from, to] = [join(folder, 'kernel.ptx'), join(folder, 'kernel.cubin')];
    writeFileSync(from, text);
    const words = [`-arch=${architecture}`, '-v', ...options, from, '-o', to];
    const { status, stdout, stderr } = spawnSync('ptxas', words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`ptxas: ${stderr}`);
    const figure = (pattern: RegExp) => Number(pattern.exec(stdout + stderr)?.[1] ?? 0);
    return {
      registers: figure(/Used (\d+) registers/),
      spillStores: figure(/(\d+) bytes spill stores/),
      spillLoads: figure(/(\d+) bytes spill loads/),
      ...count(operations(readFileSync(to))),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function count(found: readonly number[]): Pick<Assembled, 'instructions' | 'fused' | 'calls'> {
  const instructions = Object.fromEntries(Object.keys(UNITS).map((unit) => [unit, 0])) as Record<Unit, number>;
  for (const code of found) if (code !== NOTHING) instructions[unitOf.get(code) ?? 'integer']++;
  const how = (...codes: number[]) => found.filter((c) => codes.includes(c)).length;
  return { instructions, fused: how(...FUSED), calls: how(CALL) };
}

const BYTES = 16;
const OPERATION = 0x1ff;

/** The operations of all code sections (.text…) of an ELF file of 64 bits. */
function operations(file: Buffer): number[] {
  const table = Number(file.readBigUInt64LE(0x28));
  const [size, sections, names] = [0x3a, 0x3c, 0x3e].map((at) => file.readUInt16LE(at));
  const header = (i: number) => table + i * size;
  const place = (i: number) => [0x18, 0x20].map((at) => Number(file.readBigUInt64LE(header(i) + at)));
  const [namesAt] = place(names);
  const found: number[] = [];
  for (let i = 0; i < sections; i++) {
    const name = namesAt + file.readUInt32LE(header(i));
    if (file.toString('latin1', name, name + 5) !== '.text') continue;
    const [from, bytes] = place(i);
    for (let at = from; at < from + bytes; at += BYTES) found.push(file.readUInt16LE(at) & OPERATION);
  }
  return found;
}
