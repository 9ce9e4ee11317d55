/** Floor 1, cuda target. The random draw as a PTX function: the bits of runtime.ts. */
import type { Format } from '../precision.js';

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57];
const WEYL = [0x9e3779b9, 0xbb67ae85];
const ROUNDS = 10;

interface DrawFunction {
  readonly name: string;
  readonly text: string;
}

/**
 * draw(seed, lane, step, index) → a number in (0, 1): Philox4x32-10, key (seed, 0), counter (lane, step, index, 0). A call
 * stands for it in the kernel; all of its draws are in one format.
 */
export const DRAW: Readonly<Record<Format, DrawFunction>> = {
  f64: drawFunction('f64', [
    // (20 high bits of the first word, 32 of the second, and a half) · 2⁻⁵²
    'shr.u32 %c0, %c0, 12',
    'cvt.u64.u32 %high, %c0',
    'cvt.u64.u32 %low, %c1',
    'shl.b64 %high, %high, 32',
    'or.b64 %high, %high, %low',
    'cvt.rn.f64.u64 %value, %high',
    'add.rn.f64 %value, %value, 0d3FE0000000000000',
    'mul.rn.f64 %value, %value, 0d3CB0000000000000',
  ]),
  f32: drawFunction('f32', [
    // (20 high bits of the first word, 3 of the second, and a half) · 2⁻²³
    'shr.u32 %c0, %c0, 12',
    'shl.b32 %c0, %c0, 3',
    'shr.u32 %c1, %c1, 29',
    'or.b32 %c0, %c0, %c1',
    'cvt.rn.f32.u32 %value, %c0',
    'add.rn.f32 %value, %value, 0f3F000000',
    'mul.rn.f32 %value, %value, 0f34000000',
  ]),
};

/** The function whose last instructions make a number of the words %c0 and %c1. */
function drawFunction(format: Format, conversion: readonly string[]): DrawFunction {
  const lines: string[] = [];
  const write = (instruction: string) => lines.push(`\t${instruction};\n`);
  write('mov.b32 %c0, %lane');
  write('mov.b32 %c1, %step');
  write('mov.b32 %c2, %index');
  write('mov.b32 %c3, 0');
  for (let round = 0; round < ROUNDS; round++) {
    write(`mul.hi.u32 %h0, %c0, ${MULTIPLIERS[0]}`);
    write(`mul.lo.u32 %l0, %c0, ${MULTIPLIERS[0]}`);
    write(`mul.hi.u32 %h1, %c2, ${MULTIPLIERS[1]}`);
    write(`mul.lo.u32 %l1, %c2, ${MULTIPLIERS[1]}`);
    write(`add.s32 %k, %seed, ${Math.imul(WEYL[0], round)}`);
    write('xor.b32 %c0, %h1, %c1');
    write('xor.b32 %c0, %c0, %k');
    write('xor.b32 %c2, %h0, %c3');
    write(`xor.b32 %c2, %c2, ${Math.imul(WEYL[1], round)}`);
    write('mov.b32 %c1, %l1');
    write('mov.b32 %c3, %l0');
  }
  for (const instruction of conversion) write(instruction);
  write('ret');
  const name = format === 'f64' ? 'draw' : 'draw_f32';
  const words = format === 'f64' ? '\t.reg .b64 %high, %low;\n' : '';
  const text =
    `.func (.reg .${format} %value) ${name}(.reg .b32 %seed, .reg .b32 %lane, .reg .b32 %step, .reg .b32 %index)\n{\n` +
    `\t.reg .b32 %c0, %c1, %c2, %c3, %h0, %h1, %l0, %l1, %k;\n${words}${lines.join('')}}\n\n`;
  return { name, text };
}
