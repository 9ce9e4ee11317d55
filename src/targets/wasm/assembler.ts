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
  i32ge: 0x4e,
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
const END = 0x0b;
/** What SIMD instructions begin with. */
const VECTOR = 0xfd;

/** Bytes, written front to back. */
class Bytes {
  private held = new Uint8Array(64);
  private length = 0;

  /** Those written so far. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.held.subarray(0, this.length);
  }

  byte(value: number): this {
    if (this.length === this.held.length) this.reserve(1);
    this.held[this.length++] = value;
    return this;
  }

  append(bytes: ArrayLike<number>): this {
    this.reserve(bytes.length);
    this.held.set(bytes, this.length);
    this.length += bytes.length;
    return this;
  }

  /** Unsigned LEB128 of 0 … 2³² − 1. */
  unsigned(value: number): this {
    let rest = value >>> 0;
    for (; rest >= 0x80; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    return this.byte(rest);
  }

  /** Signed LEB128 of a 64-bit integer. */
  signed(value: bigint): this {
    for (let rest = value; ; rest >>= 7n) {
      const low = Number(rest & 0x7fn);
      // done when what is left is only copies of the sign bit
      if (rest >= -64n && rest < 64n) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  /** 64 bits, little-endian. */
  bits(value: bigint): this {
    return this.append(new Uint8Array(BigInt64Array.of(BigInt.asIntN(64, value)).buffer));
  }

  /** What `write` writes, its length before it. */
  sized(write: (content: Bytes) => void): this {
    const content = new Bytes();
    write(content);
    return this.unsigned(content.length).append(content.written);
  }

  text(name: string): this {
    return this.sized((b) => b.append(new TextEncoder().encode(name)));
  }

  /** A vector: how many entries, then each. */
  vector<T>(entries: readonly T[], write: (content: Bytes, entry: T) => void): this {
    this.unsigned(entries.length);
    for (const entry of entries) write(this, entry);
    return this;
  }

  section(id: number, write: (content: Bytes) => void): this {
    return this.byte(id).sized(write);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.held.length) return;
    const larger = new Uint8Array(Math.max(2 * this.held.length, this.length + more));
    larger.set(this.written);
    this.held = larger;
  }
}

/** The bits of a float64. */
export function bitsOf(value: number): bigint {
  return new BigInt64Array(Float64Array.of(value).buffer)[0];
}

/** The code of one function, written front to back. */
export class FunctionBody {
  private readonly code = new Bytes();
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
    return this.with(0x20, local);
  }
  set(local: number): this {
    return this.with(0x21, local);
  }
  tee(local: number): this {
    return this.with(0x22, local);
  }
  op(code: (typeof Op)[keyof typeof Op]): this {
    this.code.byte(code);
    return this;
  }
  simd(code: (typeof Simd)[keyof typeof Simd]): this {
    return this.with(VECTOR, code);
  }

  i32(value: number): this {
    this.code.byte(0x41).signed(BigInt(value | 0));
    return this;
  }
  i64(value: bigint): this {
    this.code.byte(0x42).signed(BigInt.asIntN(64, value));
    return this;
  }
  f64(value: number): this {
    this.code.byte(0x44).bits(bitsOf(value));
    return this;
  }
  /** The same 64 bits in both lanes. */
  v128(bits: bigint): this {
    this.code.byte(VECTOR).unsigned(0x0c).bits(bits).bits(bits);
    return this;
  }

  /** The first of four i32. */
  firstI32(): this {
    this.code.byte(VECTOR).unsigned(0x1b).byte(0);
    return this;
  }
  /** i32 at the address on the stack + offset. */
  loadI32(offset: number): this {
    this.code.byte(0x28).byte(2).unsigned(offset);
    return this;
  }
  /** The i32 on the stack, to the address below it + offset. */
  storeI32(offset: number): this {
    this.code.byte(0x36).byte(2).unsigned(offset);
    return this;
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
    this.code.byte(0x04).byte(result ?? NO_RESULT);
    return this;
  }
  else(): this {
    this.code.byte(0x05);
    return this;
  }
  /** Opens a block that a branch to it repeats. */
  loop(): this {
    this.code.byte(0x03).byte(NO_RESULT);
    return this;
  }
  end(): this {
    this.code.byte(END);
    return this;
  }
  /** Branches to the block `depth` levels out if the i32 on the stack is not 0. */
  branchIf(depth: number): this {
    return this.with(0x0d, depth);
  }
  call(index: number): this {
    return this.with(0x10, index);
  }

  /** Writes the function as an entry of the code section. */
  encode(into: Bytes): void {
    const runs: [number, ValueType][] = [];
    for (const type of this.locals) {
      const last = runs.at(-1);
      if (last !== undefined && last[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    into.sized((b) => {
      b.vector(runs, (declared, [count, type]) => declared.unsigned(count).byte(type));
      b.append(this.code.written).byte(END);
    });
  }

  private memory(code: number, align: number, offset: number): this {
    this.code.byte(VECTOR).unsigned(code).byte(align).unsigned(offset);
    return this;
  }
  private with(code: number, immediate: number): this {
    this.code.byte(code).unsigned(immediate);
    return this;
  }
}

/**
 * A module over the imported memory `env.memory` (at most 65,536 pages), which is shared between threads or not.
 * The functions are numbered as given; `exported` names some of them.
 */
export function assemble(
  functions: readonly FunctionBody[],
  exported: Readonly<Record<string, number>>,
  shared: boolean,
): Uint8Array<ArrayBuffer> {
  const limits = shared ? 3 : 1;
  return new Bytes()
    .append([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    .section(1, (types) =>
      types.vector(functions, (b, f) => {
        b.byte(0x60).vector(f.params, (params, p) => params.byte(p));
        b.vector(f.result === null ? [] : [f.result], (results, r) => results.byte(r));
      }),
    )
    .section(2, (imports) =>
      imports.unsigned(1).text('env').text('memory').byte(2).byte(limits).unsigned(1).unsigned(65536),
    )
    .section(3, (types) => types.vector([...functions.keys()], (b, type) => b.unsigned(type)))
    .section(7, (exports) =>
      exports.vector(Object.entries(exported), (b, [name, index]) => b.text(name).byte(0).unsigned(index)),
    )
    .section(10, (code) => code.vector(functions, (b, f) => f.encode(b)))
    .written.slice();
}
