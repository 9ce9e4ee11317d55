/** The interpreter itself: what it refuses, where it stops, and the arithmetic of the PTX ISA to the bit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Kernel } from './machine.js';
import { Memory } from './memory.js';

const HEAD = '.version 6.4\n.target sm_75\n.address_size 64\n';
const REGISTERS = `.reg .f64 %f<9>; .reg .pred %p<4>; .reg .b32 %r<9>; .reg .b64 %d<9>;`;

/** An entry with an input, an output and an integer, whose addresses stand in %d0 and %d1. */
const entry = (body: string) => `${HEAD}
.visible .entry test(.param .u64 p0, .param .u64 p1, .param .u32 p2)
{
  ${REGISTERS}
  ld.param.u64 %d0, [p0];
  cvta.to.global.u64 %d0, %d0;
  ld.param.u64 %d1, [p1];
  cvta.to.global.u64 %d1, %d1;
${body}
  ret;
}
`;

/** What a kernel stores, given what it may load. */
function run(text: string, input: Float64Array | Int32Array, length = 1, threads = 1): Float64Array {
  const memory = new Memory();
  const output = new Float64Array(length);
  const values = [memory.input(input), memory.output(output), 7];
  new Kernel(text).launch(memory, { grid: 1, block: threads, arguments: values });
  return output;
}

/** The value of %f0 after some instructions on the loaded %f1, %f2, %f3. */
function compute(instructions: string, ...values: number[]): number {
  const loads = values.map((_v, i) => `  ld.global.nc.f64 %f${i + 1}, [%d0+${8 * i}];\n`).join('');
  return run(entry(`${loads}${instructions}\n  st.global.f64 [%d1], %f0;`), Float64Array.from(values))[0];
}

describe('what is not understood is refused with its line', () => {
  it.each([
    ['an instruction', 'sin.approx.f64 %f0, 0d0000000000000000;', 'unknown instruction or modifier'],
    ['a modifier', 'add.rz.f64 %f0, %f0, %f0;', 'unknown instruction or modifier'],
    ['a missing modifier', 'div.f64 %f0, %f0, %f0;', 'unknown instruction or modifier'],
    ['a register that is not declared', 'mov.f64 %f9, %f0;', '%f9 is not declared'],
    ['a register of another type', 'add.rn.f64 %f0, %f0, %d0;', 'operands of another type'],
    ['a result of another type', 'add.s64 %f0, %d0, %d0;', 'operands of another type'],
    ['an operand too many', 'neg.f64 %f0, %f0, %f0;', 'operands of another type'],
    ['a predicate that is a number', 'and.pred %p0, %p0, 1;', 'operands of another type'],
    ['an integer of 33 bits', 'add.s32 %r0, %r0, 4294967296;', 'operands of another type'],
    ['a guard that is no predicate', '@%r0 ret;', '%r0 is no declared predicate'],
    ['a special register elsewhere', 'add.s32 %r0, %tid.x, 1;', 'only mov.u32 reads %tid.x'],
    ['a label that is not there', 'bra NOWHERE;', 'a label of this routine was expected'],
    ['a function that is not there', 'call (%f0), draw, (%r0);', 'a function defined above was expected'],
    ['a parameter of another type', 'ld.param.u64 %d2, [p2];', 'a parameter of type .u64 was expected'],
    ['a load of another space', 'ld.shared.f64 %f0, [%d0];', 'an unknown load'],
    ['an address that is a number', 'ld.global.f64 %f0, [%f0];', 'an address [register+offset] was expected'],
    ['a literal of 15 digits', 'mov.f64 %f0, 0d000000000000000;', 'no operand'],
    ['words', 'Hello world;', 'an instruction was expected'],
  ])('%s', (_name, line, message) => {
    // what the line reads is written
    const before = '  mov.f64 %f0, 0d3FF0000000000000;\n  mov.b32 %r0, 1;\n  setp.eq.s32 %p0, %r0, 1;\n';
    expect(() => new Kernel(entry(`${before}  ${line}`))).toThrow(/^ptx: line 15: /);
    expect(() => new Kernel(entry(`${before}  ${line}`))).toThrow(message);
  });

  it.each([
    ['a register that is written nowhere', entry('st.global.f64 [%d1], %f0;'), '%f0 is written nowhere'],
    ['a label that stands twice', entry('A:\n  mov.b32 %r0, 1;\nA:'), 'label A stands twice'],
    ['a routine that goes on beyond its end', `${HEAD}.visible .entry e()\n{\n}`, 'e was expected to end with ret'],
    ['two entries', entry('') + entry('').replace(HEAD, '').replace('test', 'other'), 'one entry was expected, got 2'],
    ['another address size', entry('').replace('64\n', '32\n'), 'line 3: .address_size 64 was expected'],
  ])('%s', (_name, text, message) => {
    expect(() => new Kernel(text)).toThrow(message);
  });
});

describe('memory', () => {
  const three = Float64Array.of(1, 2, 3);
  it.each([
    ['beyond the end', 'ld.global.nc.f64 %f0, [%d0+24];', /lies 0 bytes after a buffer/],
    ['before the start', 'ld.global.nc.f64 %f0, [%d0+-8];', /lies 8 bytes before a buffer/],
    ['misaligned', 'ld.global.nc.f64 %f0, [%d0+4];', /is no multiple of 8/],
    ['of another type', 'ld.global.nc.u32 %r0, [%d0];', /no numbers of this type/],
    ['at an address that was not converted', 'ld.param.u64 %d0, [p0]; ld.global.nc.f64 %f0, [%d0];', /far from all/],
    ['at an address cut to 32 bits', 'and.b64 %d0, %d0, 4294967295; ld.global.nc.f64 %f0, [%d0];', /far from all/],
    ['of what was never written', 'ld.global.f64 %f0, [%d1];', /was never written/],
    ['of what can be written, through the read-only cache', 'ld.global.nc.f64 %f0, [%d1];', /can be written: no .nc/],
    ['that stores to an input', 'st.global.f64 [%d0], 0d0000000000000000;', /is read only/],
  ])('an access %s stops with its line', (_name, line, message) => {
    expect(() => run(entry(`  ${line}`), three)).toThrow(message);
    expect(() => run(entry(`  ${line}`), three)).toThrow(/^ptx: thread 0, line 12: /);
  });

  it('is every thread its own', () => {
    const one = '0d3FF0000000000000';
    expect(() => run(entry(`  st.global.f64 [%d1], ${one};`), three, 1, 2)).toThrow(/thread 1.*two threads store to/);
    const neighbour = `  mov.u32 %r0, %tid.x;
  mad.wide.u32 %d2, %r0, 8, %d1;
  st.global.f64 [%d2], ${one};
  setp.eq.s32 %p0, %r0, 1;
  @%p0 ld.global.f64 %f0, [%d2+-8];`;
    expect(() => run(entry(neighbour), three, 2, 2)).toThrow(/thread 1.*is another thread's/);
  });

  it('of a thread is empty when it begins', () => {
    const local = (condition: string) => `  .local .align 8 .b8 stack[16];
  mov.u32 %r0, %tid.x;
  setp.${condition}.s32 %p0, %r0, 0;
  mov.u64 %d2, stack;
  @%p0 st.local.f64 [%d2+8], 0d3FF0000000000000;
  ld.local.f64 %f0, [%d2+8];
  mad.wide.u32 %d3, %r0, 8, %d1;
  st.global.f64 [%d3], %f0;`;
    expect([...run(entry(local('ge')), three, 3, 3)]).toEqual([1, 1, 1]);
    expect(() => run(entry(local('eq')), three, 3, 3)).toThrow(/thread 1.*was never written/);
    expect(() => run(entry(local('ge').replace('[16]', '[8]')), three, 3, 3)).toThrow(/0 bytes after a buffer/);
  });

  it('ends a thread that would run for ever', () => {
    expect(() => run(entry('TOP:\n  bra TOP;'), three)).toThrow('has not ended');
  });
});

describe('threads', () => {
  it('know their block, and what they do not write is garbage of either sign', () => {
    const text = entry(`  mov.u32 %r0, %ctaid.x;
  mov.u32 %r1, %ntid.x;
  mov.u32 %r2, %tid.x;
  mad.lo.s32 %r3, %r0, %r1, %r2;
  mad.wide.u32 %d2, %r3, 8, %d1;
  @%p0 mov.f64 %f0, 0d3FF0000000000000;
  @!%p0 mov.f64 %f0, 0d4000000000000000;
  setp.lt.s32 %p1, %r3, 0;
  @%p1 setp.lt.s32 %p0, %r3, 0;
  st.global.f64 [%d2], %f0;`);
    const memory = new Memory();
    const output = new Float64Array(6);
    const values = [memory.input(Float64Array.of(0)), memory.output(output), 0];
    new Kernel(text).launch(memory, { grid: 3, block: 2, arguments: values });
    expect([...output]).toEqual([2, 1, 2, 1, 2, 1]);
  });

  it('call functions with arguments and a result', () => {
    const twice = `.func (.reg .f64 %y) scaled(.reg .f64 %x, .reg .b32 %n)
{
  .reg .f64 %s;
  cvt.rn.f64.s32 %s, %n;
  mul.rn.f64 %y, %x, %s;
  ret;
}
`;
    const calls = `  ld.global.nc.f64 %f0, [%d0];
  call (%f0), scaled, (%f0, 3);
  ld.param.u32 %r0, [p2];
  call (%f1), scaled, (%f0, %r0);
  st.global.f64 [%d1], %f1;`;
    expect(run(entry(calls).replace(HEAD, HEAD + twice), Float64Array.of(1.5))[0]).toBe(1.5 * 3 * 7);
  });
});

/** Doubles of all kinds and magnitudes. */
const double = fc.oneof(
  fc.double(),
  fc.double({ min: -4, max: 4 }),
  fc.constantFrom(0, -0, 5e-324, -5e-324, 2 ** -1022, Number.MAX_VALUE, Number.POSITIVE_INFINITY, Number.NaN),
);

describe('arithmetic', () => {
  it('fma rounds once: it finds the rounding error of every product', () => {
    const product = 'mul.rn.f64 %f4, %f1, %f2; neg.f64 %f4, %f4; fma.rn.f64 %f0, %f1, %f2, %f4;';
    const normal = fc.double({ min: 1e-100, max: 1e100 });
    /** Dekker (1971): a·b − fl(a·b) from products of halves, all exact. */
    const dekker = (a: number, b: number) => {
      const halves = (x: number) => {
        const c = x * (2 ** 27 + 1);
        const high = c - (c - x);
        return [high, x - high];
      };
      const [[ah, al], [bh, bl]] = [halves(a), halves(b)];
      return al * bl - (a * b - ah * bh - al * bh - ah * bl);
    };
    fc.assert(
      fc.property(normal, normal, fc.boolean(), (a, b, negative) => {
        const x = negative ? -a : a;
        expect(compute(product, x, b)).toBe(dekker(x, b));
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  it('fma where nothing is lost, or everything, is a·b + c', () => {
    const fma = 'fma.rn.f64 %f0, %f1, %f2, %f3;';
    fc.assert(
      fc.property(double, double, (a, c) => {
        expect(compute(fma, a, 1, c)).toBe(a + c);
        expect(compute(fma, -1, a, c)).toBe(-a + c);
        expect(compute(fma, a, c, -0)).toBe(a * c);
      }),
      { numRuns: 300, seed: 4 },
    );
    const max = Number.MAX_VALUE;
    const infinite = Number.POSITIVE_INFINITY;
    for (const [a, b, c, wanted] of [
      [max, 2, -max, max], // the product alone would be infinite
      [max, 2, -infinite, -infinite],
      [max, 1, 2 ** 969, max],
      [max, 1, 2 ** 970, infinite], // half a unit beyond the largest: to even
      [2 ** -537, 2 ** -537, 0, 5e-324],
      [2 ** -538, 2 ** -537, 0, 0], // half the smallest: to even
      [2 ** -538, 3 * 2 ** -537, 0, 2 * 5e-324],
      [-(2 ** -600), 2 ** -600, 0, -0],
      [1 + 2 ** -52, 1 - 2 ** -53, -1, 2 ** -53 - 2 ** -105],
      [0, infinite, 1, Number.NaN],
      [3, 2, -6, 0],
      [-0, 2, -0, -0],
    ]) {
      expect(compute(fma, a, b, c), `${a}·${b} + ${c}`).toBe(wanted);
    }
  });

  it('min and max take the number where the other is none, and −0 for less than +0', () => {
    for (const [a, b, low, high] of [
      [Number.NaN, 1, 1, 1],
      [1, Number.NaN, 1, 1],
      [Number.NaN, Number.NaN, Number.NaN, Number.NaN],
      [0, -0, -0, 0],
      [-0, 0, -0, 0],
      [-3, 2, -3, 2],
    ]) {
      expect(compute('min.f64 %f0, %f1, %f2;', a, b)).toBe(low);
      expect(compute('max.f64 %f0, %f1, %f2;', a, b)).toBe(high);
    }
  });

  it('comparisons are false for a NaN, of words signed or not', () => {
    const chosen = (code: string) => `${code} selp.f64 %f0, 0d3FF0000000000000, 0d0000000000000000, %p0;`;
    const compare = (name: string, a: number, b: number) => compute(chosen(`setp.${name}.f64 %p0, %f1, %f2;`), a, b);
    for (const name of ['eq', 'ne', 'lt', 'le', 'gt', 'ge']) {
      expect(compare(name, Number.NaN, 1) + compare(name, 1, Number.NaN) + compare(name, Number.NaN, Number.NaN)).toBe(
        0,
      );
    }
    expect(['eq', 'ne', 'lt', 'le', 'gt', 'ge'].map((name) => compare(name, 0, -0))).toEqual([1, 0, 0, 1, 0, 1]);
    expect(['eq', 'ne', 'lt', 'le', 'gt', 'ge'].map((name) => compare(name, 1, 2))).toEqual([0, 1, 1, 1, 0, 0]);
    const words = (type: string) => compute(chosen(`mov.b32 %r0, -1; setp.lt.${type} %p0, %r0, 1;`));
    expect([words('s32'), words('u32')]).toEqual([1, 0]);
  });

  it('bits of doubles, and words of 64 bits', () => {
    const bits = (code: string, x: number) => compute(`mov.b64 %d2, %f1; ${code} mov.b64 %f0, %d2;`, x);
    fc.assert(
      fc.property(double, (x) => {
        expect(bits('', x)).toBe(x);
        expect(bits('shl.b64 %d2, %d2, 1; shr.u64 %d2, %d2, 1;', x)).toBe(Math.abs(x));
      }),
      { numRuns: 200, seed: 5 },
    );
    expect(bits('shl.b64 %d2, %d2, 64;', 3)).toBe(0);
    expect(bits('shr.u64 %d2, %d2, -1;', -3)).toBe(0); // amounts are unsigned and clamped
    expect(bits('shr.u64 %d2, %d2, 52; add.s64 %d2, %d2, -1; shl.b64 %d2, %d2, 52;', 8)).toBe(4);
    // (2^32 − 1)² + 1 and −1·8 + 16 need the whole word
    const whole = (code: string) => compute(`mov.b32 %r0, -1; ${code}`);
    expect(
      whole('mul.wide.u32 %d2, %r0, %r0; add.s64 %d2, %d2, 1; shr.u64 %d2, %d2, 1; cvt.rn.f64.s64 %f0, %d2;'),
    ).toBe(Number(((2n ** 32n - 1n) ** 2n + 1n) / 2n));
    expect(whole('mov.b64 %d2, 16; mad.wide.s32 %d2, %r0, 8, %d2; cvt.rn.f64.s64 %f0, %d2;')).toBe(8);
  });

  it('conversions round to nearest even', () => {
    const convert = (type: string, value: bigint) => compute(`mov.b64 %d2, ${value}; cvt.rn.f64.${type} %f0, %d2;`);
    for (const [value, wanted] of [
      [2n ** 53n + 1n, 2 ** 53],
      [2n ** 53n + 3n, 2 ** 53 + 4],
      [-(2n ** 53n) - 1n, -(2 ** 53)],
    ] as const) {
      expect(convert('s64', value)).toBe(wanted);
    }
    expect([convert('s64', -1n), convert('u64', -1n)]).toEqual([-1, 2 ** 64]);
    expect(compute('mov.b32 %r0, -1; cvt.u64.u32 %d2, %r0; cvt.rn.f64.s64 %f0, %d2;')).toBe(2 ** 32 - 1);
    expect(compute('mov.b32 %r0, -7; cvt.rn.f64.s32 %f0, %r0;')).toBe(-7);
  });

  it('words of 32 bits wrap, signed or not, and nothing is divided by 0', () => {
    const word = (code: string) => compute(`mov.b32 %r0, -7; ${code} cvt.rn.f64.s32 %f0, %r1;`);
    for (const [code, wanted] of [
      ['add.s32 %r1, %r0, -2147483648;', 2147483641],
      ['sub.s32 %r1, %r0, 2147483647;', 2147483642],
      ['mul.lo.s32 %r1, %r0, 1000000000;', Math.imul(-7, 1e9)],
      ['mul.hi.u32 %r1, %r0, 16;', 15],
      ['mad.lo.s32 %r1, %r0, 3, 1;', -20],
      ['div.s32 %r1, %r0, 2;', -3],
      ['rem.s32 %r1, %r0, 2;', -1],
      ['div.u32 %r1, %r0, 2;', 2147483644],
      ['rem.u32 %r1, %r0, 2;', 1],
      ['min.s32 %r1, %r0, 2;', -7],
      ['max.s32 %r1, %r0, 2;', 2],
      ['xor.b32 %r1, %r0, -1;', 6],
      ['shr.u32 %r1, %r0, 28;', 15],
      ['shr.u32 %r1, %r0, 32;', 0],
    ] as const) {
      expect(word(code), code).toBe(wanted);
    }
    expect(() => word('rem.u32 %r1, %r0, 0;')).toThrow('division by 0');
  });
});
