/** Floor 1, wasm target. A compact WebAssembly encoder: LEB128, function bodies, the sections of a module. */

export const Type = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = (typeof Type)[keyof typeof Type];

/** One-byte instructions without immediates. */
export const Op = {
  i32eqz: 0x45,
  i32eq: 0x46,
  i32ne: 0x47,
  i32lt: 0x48,
  i32gt: 0x4a,
  i32add: 0x6a,
  i32sub: 0x6b,
  i32mul: 0x6c,
  i32div: 0x6d,
  i32divU: 0x6e,
  i32rem: 0x6f,
  i32remU: 0x70,
  i32and: 0x71,
  i32or: 0x72,
  i32xor: 0x73,
  i32shrU: 0x76,
  i64or: 0x84,
  i64mul: 0x7e,
  i64shl: 0x86,
  i64shrU: 0x88,
  i32wrap: 0xa7,
  i64extendU: 0xad,
  f64add: 0xa0,
  f64mul: 0xa2,
  f64fromI32: 0xb7,
  f64fromI64U: 0xba,
  select: 0x1b,
} as const;

/** 128-bit instructions without immediates; f64x2 unless the name says otherwise. */
export const Simd = {
  i32x4splat: 0x11,
  splat: 0x14,
  lt: 0x49,
  le: 0x4b,
  not: 0x4d,
  and: 0x4e,
  andNot: 0x4f,
  or: 0x50,
  select: 0x52,
  anyTrue: 0x53,
  i64x2allTrue: 0xc3,
  /** Of two f64, towards zero; the other two are 0. */
  i32x4truncate: 0xfc,
  i64x2shl: 0xcb,
  i64x2shrU: 0xcd,
  i64x2add: 0xce,
  abs: 0xec,
  neg: 0xed,
  sqrt: 0xef,
  add: 0xf0,
  sub: 0xf1,
  mul: 0xf2,
  div: 0xf3,
  /** y < x ? y : x, as JavaScript would write it (min itself treats NaN and −0 differently). */
  pmin: 0xf6,
  /** x < y ? y : x */
  pmax: 0xf7,
} as const;

const NO_RESULT = 0x40;

/** Unsigned LEB128 of 0 … 2³² − 1. */
function unsigned(value: number): number[] {
  const out: number[] = [];
  let rest = value >>> 0;
  for (; rest >= 0x80; rest >>>= 7) out.push((rest & 0x7f) | 0x80);
  out.push(rest);
  return out;
}

/** Signed LEB128 of a 64-bit integer. */
function signed(value: bigint): number[] {
  const out: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    // done when what is left is only copies of the sign bit
    if (rest >= -64n && rest < 64n) return [...out, low];
    out.push(low | 0x80);
  }
}

/** The bits of a float64. */
export function bitsOf(value: number): bigint {
  return new BigInt64Array(Float64Array.of(value).buffer)[0];
}

/** The code of one function, written front to back. */
export class FunctionBody {
  private readonly code: number[] = [];
  private readonly locals: ValueType[] = [];

  constructor(
    readonly params: readonly ValueType[],
    readonly result: ValueType | null = null,
  ) {}

  /** A new local variable; 0 until it is set. */
  local(type: ValueType): number {
    this.locals.push(type);
    return this.params.length + this.locals.length - 1;
  }

  get(local: number): this {
    return this.write(0x20, unsigned(local));
  }
  set(local: number): this {
    return this.write(0x21, unsigned(local));
  }
  tee(local: number): this {
    return this.write(0x22, unsigned(local));
  }
  op(code: (typeof Op)[keyof typeof Op]): this {
    return this.write(code, []);
  }
  simd(code: (typeof Simd)[keyof typeof Simd]): this {
    return this.write(0xfd, unsigned(code));
  }

  i32(value: number): this {
    return this.write(0x41, signed(BigInt(value | 0)));
  }
  i64(value: bigint): this {
    return this.write(0x42, signed(BigInt.asIntN(64, value)));
  }
  f64(value: number): this {
    return this.write(0x44, littleEndian(bitsOf(value)));
  }
  /** The same 64 bits in both lanes. */
  v128(bits: bigint): this {
    const lane = littleEndian(bits);
    this.write(0xfd, unsigned(0x0c));
    this.code.push(...lane, ...lane);
    return this;
  }

  /** The first of four i32. */
  firstI32(): this {
    this.write(0xfd, unsigned(0x1b));
    this.code.push(0);
    return this;
  }
  /** i32 at the address on the stack + offset. */
  loadI32(offset: number): this {
    return this.write(0x28, [2, ...unsigned(offset)]);
  }
  /** One f64 at address + offset, in both lanes. */
  loadSplat(offset: number): this {
    return this.memory(0x0a, 3, offset);
  }
  /** Two f64 at address + offset. */
  loadPair(offset: number): this {
    return this.memory(0x00, 4, offset);
  }
  storePair(offset: number): this {
    return this.memory(0x0b, 4, offset);
  }

  /** Opens a block that runs if the i32 on the stack is not 0; `result` is what it leaves on the stack. */
  if(result: ValueType | null = null): this {
    return this.write(0x04, [result ?? NO_RESULT]);
  }
  else(): this {
    return this.write(0x05, []);
  }
  /** Opens a block that a branch to it repeats. */
  loop(): this {
    return this.write(0x03, [NO_RESULT]);
  }
  end(): this {
    return this.write(0x0b, []);
  }
  /** Branches to the block `depth` levels out if the i32 on the stack is not 0. */
  branchIf(depth: number): this {
    return this.write(0x0d, unsigned(depth));
  }
  call(index: number): this {
    return this.write(0x10, unsigned(index));
  }

  /** The function as an entry of the code section. */
  encode(): number[] {
    const runs: [number, ValueType][] = [];
    for (const type of this.locals) {
      const last = runs.at(-1);
      if (last !== undefined && last[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    const declared = vector(runs.map(([count, type]) => [...unsigned(count), type]));
    return sized(declared.concat(this.code, [0x0b]));
  }

  private memory(code: number, align: number, offset: number): this {
    this.write(0xfd, unsigned(code));
    return this.write(align, unsigned(offset));
  }
  private write(code: number, immediate: readonly number[]): this {
    this.code.push(code);
    for (const byte of immediate) this.code.push(byte);
    return this;
  }
}

function littleEndian(bits: bigint): number[] {
  return [...new Uint8Array(BigInt64Array.of(BigInt.asIntN(64, bits)).buffer)];
}

function sized(content: readonly number[]): number[] {
  return unsigned(content.length).concat(content);
}

function vector(entries: readonly (readonly number[])[]): number[] {
  return unsigned(entries.length).concat(...entries);
}

function text(name: string): number[] {
  return sized([...new TextEncoder().encode(name)]);
}

const section = (id: number, content: readonly number[]) => [id].concat(sized(content));

/**
 * A module over the imported shared memory `env.memory` (at most 65,536 pages).
 * The functions are numbered as given; `exported` names some of them.
 */
export function assemble(functions: readonly FunctionBody[], exported: Readonly<Record<string, number>>): Uint8Array {
  const types = functions.map((f) => [
    0x60,
    ...vector(f.params.map((p) => [p])),
    ...vector(f.result === null ? [] : [[f.result]]),
  ]);
  const memory = [...text('env'), ...text('memory'), 2, 3, ...unsigned(1), ...unsigned(65536)];
  const exports = Object.entries(exported).map(([name, index]) => [...text(name), 0, ...unsigned(index)]);
  const sections = [
    section(1, vector(types)),
    section(2, vector([memory])),
    section(3, vector(functions.map((_f, i) => unsigned(i)))),
    section(7, vector(exports)),
  ].flat();
  const code = section(10, vector(functions.map((f) => f.encode())));
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0].concat(sections, code));
}
