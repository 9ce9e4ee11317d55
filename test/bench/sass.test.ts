/**
 * What the counts of the bench take ops to cost, counted again in what ptxas makes of chains of them; and the counts of
 * whole kernels beside what it makes of those. By ptxas 13.0, of which the costs are; where it is not on the PATH nothing
 * is tested.
 */
import { describe, expect, it } from 'vitest';
import { cases } from '../../bench/cases.js';
import { COSTS, onceOf } from '../../bench/counts.js';
import { assemble, assemblerRelease, type Unit } from '../../bench/sass.js';
import { countingTarget } from '../../bench/warp.js';
import { lower, ops, schedule } from '../../src/graph/index.js';
import { emit } from '../../src/targets/cuda/emit.js';
import { createCudaTarget } from '../../src/targets/cuda/index.js';
import { kernelOf } from '../../src/targets/cuda/ptx.js';
import { Registers, Writer } from '../../src/targets/cuda/writer.js';
import type { Format } from '../../src/targets/precision.js';
import { emitted } from '../ptx/target.js';

const RELEASE = '13.0';
const missing = assemblerRelease() !== RELEASE;
if (missing) console.warn(`bench: costs of ops are not counted again: ptxas ${RELEASE} is not on the PATH`);

const ARCHITECTURE = 'sm_90';

/** Ops of numbers, whose chains have nothing beside them but an addition, and the comparison that makes a mask. */
const CHAINED = [
  'add',
  'sub',
  'mul',
  'div',
  'sqrt',
  'neg',
  'abs',
  'max',
  'min',
  'exponent',
  'mantissa',
  'where',
  'stop',
] as const;
type Chained = (typeof CHAINED)[number];

/** A kernel that applies an op so many times, each time to what the last one made and an addition changed. */
function chain(op: Chained, format: Format, times: number): string {
  const registers = new Registers();
  const w = new Writer(registers);
  const bytes = format === 'f64' ? 8 : 4;
  const thread = w.keep('i32', 'mov.u32 %, %tid.x');
  const at = w.keep('b64', `mad.wide.u32 %, ${thread}, ${bytes}, ${w.keep('b64', 'ld.param.u64 %, [p0]')}`);
  let [x, y, z] = [0, 1024, 2048].map((offset) => w.keep(format, `ld.global.${format} %, [${at}+${offset}]`));
  for (let n = 0; n < times; n++) {
    const mask = op === 'where' ? [w.keep('bool', `setp.lt.${format} %, ${x}, ${z}`)] : [];
    const to = registers.of(format);
    const given = [...mask, x, y, z].slice(0, ops[op].args.length);
    emit[format][op](w, to, given[0], given[1], given[2], '');
    x = w.keep(format, `add.rn.${format} %, ${to}, ${y}`);
    [y, z] = [z, y];
  }
  w.write(`st.global.${format} [${at}], ${x}`);
  w.write('ret');
  const text = `${registers.declarations()}${w.text()}`;
  return `.version 6.4\n.target sm_75\n.address_size 64\n\n.visible .entry rollout(\n\t.param .u64 p0\n)\n{\n${text}}\n`;
}

const [FEW, MANY] = [4, 36];

describe.skipIf(missing)('the instructions of an op', () => {
  const ofFormats = (['f64', 'f32'] as const).flatMap((f) => CHAINED.map((op) => [f, op] as const));
  it.each(ofFormats)('%s %s', (format, op) => {
    const [few, many] = [FEW, MANY].map((n) => assemble(chain(op, format, n), ARCHITECTURE).instructions);
    const found = (u: Unit) => (many[u] - few[u]) / (MANY - FEW);
    const number = format === 'f64' ? 'double' : 'single';
    const table: Partial<Record<Unit, number>> = COSTS[format][op];
    const beside: Partial<Record<Unit, number>> = op === 'where' ? COSTS[format].less : {};
    for (const u of ['double', 'single', 'special', 'integer'] as const) {
      const wanted = (table[u] ?? 0) + (beside[u] ?? 0) + (u === number ? 1 : 0);
      // single ones of a long chain are done in another way: the last, or where two make one
      expect(Math.abs(found(u) - wanted), `${u}: ${wanted} were expected, got ${found(u)}`).toBeLessThan(0.25);
    }
  });
});

describe.skipIf(missing)('the instructions of a kernel, each counted once', () => {
  const chosen = cases.filter((c) => /^\((a'|b|c)\)/.test(c.name));
  const calls = chosen.flatMap((c) =>
    (['float64', 'float32'] as const).flatMap((p) => (['value', 'gradient'] as const).map((call) => ({ c, p, call }))),
  );
  it.each(calls.map((x) => [`${x.c.name}, ${x.call}, ${x.p}`, x] as const))('%s', (_, { c, p: precision, call }) => {
    const target = countingTarget();
    const { rollout, raw, windows } = c.build(target, { precision }, 2881, 1);
    rollout[call](raw, windows.slice(0, 1), 2881);
    rollout.dispose();
    const unit = precision === 'float64' ? 'double' : 'single';
    for (const p of target.programs) {
      const counted = onceOf(p);
      // optimised further, what stands once may be copied to where several ways lead from it
      const { instructions } = assemble(emitted(p.program, precision).text, ARCHITECTURE, '-O1');
      // the assembler's are more by one routine for the slow cases of ÷ and one for √
      expect(counted[unit]).toBeLessThanOrEqual(instructions[unit]);
      expect(counted[unit]).toBeGreaterThan(0.95 * instructions[unit] - SLOW[unit]);
      expect(counted.special).toBeLessThanOrEqual(instructions.special);
    }
  });
});

describe.skipIf(missing)('a fused kernel', () => {
  it('has fewer double instructions, and other roundings spelled out as before', () => {
    expect(createCudaTarget('cuda').exact).toBe(true);
    expect(createCudaTarget('cuda', { fuse: true }).exact).toBe(false);
    const target = countingTarget();
    const c = cases.find((c) => c.name.startsWith('(b) ')) as (typeof cases)[number];
    const { rollout, raw, windows } = c.build(target, {}, 2881, 1);
    rollout.value(raw, windows.slice(0, 1), 2881);
    rollout.dispose();
    const plan = schedule(lower(target.programs[1].program));
    const [plain, fused] = [false, true].map((fuse) => kernelOf(plan, { arch: 'sm_75', fuse }).text);
    expect(fused).not.toMatch(/(add|sub|mul)\.rn/);
    expect(fused.replaceAll('.rn.', '.')).toBe(plain.replaceAll('.rn.', '.'));
    for (const code of ['div.rn.f64', 'cvt.rn.f64']) expect(fused).toContain(code);
    const [before, after] = [plain, fused].map((text) => assemble(text, ARCHITECTURE));
    expect(after.instructions.double).toBeLessThan(0.95 * before.instructions.double);
    expect(after.fused).toBeGreaterThan(before.fused);
  });
});

/** Of the routines for the slow cases of ÷ and √. */
const SLOW = { double: 25, single: 15 };
