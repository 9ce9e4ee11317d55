/** Floor 1, cuda target. The random draw as a PTX function: the bits of runtime.ts. */

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57];
const WEYL = [0x9e3779b9, 0xbb67ae85];
const ROUNDS = 10;

/** draw(seed, lane, step, index) → f64 in (0, 1): Philox4x32-10, key (seed, 0), counter (lane, step, index, 0). */
export const DRAW_FUNCTION = drawFunction();

function drawFunction(): string {
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
  // (20 high bits of the first word, 32 of the second, and a half) · 2⁻⁵²
  write('shr.u32 %c0, %c0, 12');
  write('cvt.u64.u32 %high, %c0');
  write('cvt.u64.u32 %low, %c1');
  write('shl.b64 %high, %high, 32');
  write('or.b64 %high, %high, %low');
  write('cvt.rn.f64.u64 %value, %high');
  write('add.rn.f64 %value, %value, 0d3FE0000000000000');
  write('mul.rn.f64 %value, %value, 0d3CB0000000000000');
  write('ret');
  return (
    '.func (.reg .f64 %value) draw(.reg .b32 %seed, .reg .b32 %lane, .reg .b32 %step, .reg .b32 %index)\n{\n' +
    '\t.reg .b32 %c0, %c1, %c2, %c3, %h0, %h1, %l0, %l1, %k;\n\t.reg .b64 %high, %low;\n' +
    `${lines.join('')}}\n\n`
  );
}
