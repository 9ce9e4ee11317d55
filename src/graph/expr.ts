/**
 * Floor 0. Nodes and the graph that they are made in: typed, hash-consed expressions with chaining in the manner of
 * TensorFlow.js, and the regions that they stand in.
 *
 * A node is a scalar of one lane. Equal nodes are one object, so a graph is a DAG without repetition. The region of a
 * node is the innermost scan whose carry or counter it depends on: that alone decides in which loop it is computed,
 * hence everything that does not depend on a loop is hoisted out of it by construction.
 *
 * A scan is the one control-flow op. It runs `length` steps (a run-time integer), maps carries to carries, may store
 * values to buffers by slot, and nests. Its body refers to nodes outside it directly (closures).
 */
import { type ComputedOp, type DType, type OpName, ops } from './ops.js';

/** What a leaf refers to. */
export type Attr =
  | null
  | { readonly value: number }
  | { readonly input: InputRef }
  | { readonly buffer: Buffer; readonly column: number }
  | { readonly scan: Scan; readonly index: number };

export interface InputRef {
  readonly name: string;
  /** run: one integer for the run; window: one for each window. */
  readonly per: 'run' | 'window';
}

export type Operand = Expr | number;

export class Expr {
  constructor(
    /** Creation order within the graph; arguments always have smaller ids. */
    readonly id: number,
    readonly op: OpName,
    readonly args: readonly Expr[],
    readonly attr: Attr,
    readonly region: Region,
    /** True when the value depends on series, clock and constants only: the same for every parameter set. */
    readonly uniform: boolean,
  ) {}

  get dtype(): DType {
    return ops[this.op].result;
  }
  /** The number of a constant (const, iconst, cconst, bconst), else undefined. */
  get constant(): number | undefined {
    return this.attr !== null && 'value' in this.attr ? this.attr.value : undefined;
  }

  add(y: Operand): Expr {
    return add(this, y);
  }
  sub(y: Operand): Expr {
    return sub(this, y);
  }
  mul(y: Operand): Expr {
    return mul(this, y);
  }
  /** Quotient; of two integers: towards zero. */
  div(y: Operand): Expr {
    return div(this, y);
  }
  /** Remainder of non-negative integers. */
  mod(y: Operand): Expr {
    return make('imod', [this, lift(y, 'i32')]);
  }
  neg(): Expr {
    return neg(this);
  }
  abs(): Expr {
    return make('abs', [this]);
  }
  maximum(y: Operand): Expr {
    return make(this.dtype === 'i32' ? 'imax' : 'max', [this, lift(y, this.dtype)]);
  }
  minimum(y: Operand): Expr {
    return make(this.dtype === 'i32' ? 'imin' : 'min', [this, lift(y, this.dtype)]);
  }
  exp(): Expr {
    return make('exp', [this]);
  }
  log(): Expr {
    return make('log', [this]);
  }
  expm1(): Expr {
    return make('expm1', [this]);
  }
  sqrt(): Expr {
    return make('sqrt', [this]);
  }
  square(): Expr {
    return mul(this, this);
  }
  reciprocal(): Expr {
    return div(1, this);
  }
  less(y: Operand): Expr {
    return less(this, y);
  }
  lessEqual(y: Operand): Expr {
    return make('lessEqual', [this, lift(y, 'f64')]);
  }
  greater(y: Operand): Expr {
    return less(y, this);
  }
  greaterEqual(y: Operand): Expr {
    return make('lessEqual', [lift(y, 'f64'), this]);
  }
  /** Equality of two integers. */
  equal(y: Operand): Expr {
    return make('ieq', [this, lift(y, 'i32')]);
  }
  and(y: Expr): Expr {
    return make(this.dtype === 'cond' ? 'cand' : 'and', [this, y]);
  }
  or(y: Expr): Expr {
    return make(this.dtype === 'cond' ? 'cor' : 'or', [this, y]);
  }
  not(): Expr {
    return make(this.dtype === 'cond' ? 'cnot' : 'not', [this]);
  }
  /** An integer as a float64. */
  float(): Expr {
    return make('float', [this]);
  }
  /** A float64 that is the same for all lanes as an integer, towards zero: what a series says of rows and lengths. */
  int(): Expr {
    if (!this.uniform)
      throw new TypeError('graph: int expects what is the same for all lanes, got what varies by lane');
    return make('int', [this]);
  }
  /** A uniform predicate as a mask of all lanes, to be combined with masks. */
  mask(): Expr {
    return make('mask', [this]);
  }
  /** The same value without a gradient. */
  stopGradient(): Expr {
    return make('stop', [this]);
  }
  /**
   * The same value, its gradient that of `y`: for what is found by a search, or by a formula whose derivative is dearer than
   * that of another. An adjoint that keeps all of a step does not compute the value again; `y` itself never is.
   */
  withGradientOf(y: Expr): Expr {
    return make('graft', [this.stopGradient(), y]);
  }
  /** The same value without a gradient, for an adjoint to keep rather than to compute again. */
  kept(): Expr {
    return this.withGradientOf(constant(0));
  }
}

/** Where a buffer lives, hence its shape. S sets, W windows; the set is always the fastest index. */
export type BufferKind =
  | 'series' // input  [rows][columns], the same for every lane
  | 'set' // input  [rows][columns][S]
  | 'lane' // input  [rows][columns][W][S]
  | 'output' // output [rows][columns][W][S]
  | 'tape'; // private to a lane while it runs: [rows][columns]

export interface Buffer {
  readonly id: number;
  readonly name: string;
  readonly kind: BufferKind;
  readonly columns: number;
  /** Rows of a tape or an output (an integer of the root region); inputs bring their own. */
  readonly rows: Expr | null;
  /** For inputs: whether a gradient may be asked for. Streams and outputs always carry one. */
  readonly differentiable: boolean;
}

/**
 * value is stored to buffer[slot][column], where `when` holds (always, if null). Under a mask it may be stored anyway; only an
 * adjoint writes such stores, to tapes.
 */
export interface Emit {
  readonly buffer: Buffer;
  readonly column: number;
  readonly slot: Expr;
  readonly value: Expr;
  readonly when: Expr | null;
  /** A ghost is known to the adjoint but not stored: the second run of a body whose first run stored it. */
  readonly ghost: boolean;
}

/** The root of a program, or (as a Scan) the body of a loop. */
export class Region {
  readonly emits: Emit[] = [];
  /** Scans directly inside, in order of creation. */
  readonly scans: Scan[] = [];
  constructor(
    readonly parent: Region | null,
    readonly depth: number,
  ) {}

  /** Whether `other` is this region or lies inside it. */
  contains(other: Region): boolean {
    let r: Region | null = other;
    while (r !== null && r.depth > this.depth) r = r.parent;
    return r === this;
  }
}

/**
 * A hint about an adjoint scan: in steps in which none of some masks holds it changes nothing. A target may note, while `of`
 * runs, which of its steps these are not, and visit those alone.
 */
export interface Visits {
  /** The scan through whose steps this one goes back. */
  readonly of: Scan;
  /** By each mask of a step here, the same one of a step of `of`. */
  readonly masks: ReadonlyMap<Expr, Expr>;
  /** The row of a step in the tapes that `of` fills: there, here, and of the first step here. */
  readonly row: Expr;
  readonly rowHere: Expr;
  readonly start: Expr;
  /** A load from the tape in which each step has its own row: room for a list of rows. */
  readonly entry: Expr;
}

export class Scan extends Region {
  /** Set when the body is complete: larger than the id of everything in it, smaller than that of its outs. */
  id = -1;
  readonly carries: Expr[] = [];
  readonly init: Expr[] = [];
  readonly next: Expr[] = [];
  /** The carries after the last step; complete once the scan is closed. */
  readonly outs: Expr[] = [];
  readonly counter: Expr;
  declare readonly parent: Region;
  /** A hint: once this mask is false in every lane, further steps change nothing and may be left out. */
  active: Expr | null = null;
  /** The carry that counts, by lane, the steps after which `active` still held: what an adjoint need not go through. */
  counted: number | null = null;
  visits: Visits | null = null;

  constructor(
    parent: Region,
    readonly name: string,
    readonly length: Expr,
    /** An upper bound of `length` known at the root: the rows of its tape. */
    readonly bound: Expr,
    /** The counter runs length−1 … 0. */
    readonly reverse: boolean,
    readonly serial: number,
  ) {
    super(parent, parent.depth + 1);
    this.counter = node('counter', [], { scan: this, index: 0 }, `${serial}`);
  }

  /** Adds a carry with this value before the first step; its `next` is set later. */
  addCarry(init: Expr): Expr {
    const index = this.carries.length;
    const carry = node('carry', [], { scan: this, index }, `${this.serial}.${index}`);
    this.carries.push(carry);
    this.init.push(init);
    this.next.push(carry);
    return carry;
  }

  /** The i-th carry after the last step. */
  out(index: number): Expr {
    return this.outs[index];
  }

  /** Called once when the body is complete. */
  close(id: number): void {
    this.id = id;
    this.carries.forEach((_c, index) => {
      this.outs.push(node('out', [], { scan: this, index }, `${this.serial}.${index}`));
    });
  }
}

/** The deeper of two regions, one of which contains the other. */
function deepest(a: Region, b: Region): Region {
  const [outer, inner] = a.depth <= b.depth ? [a, b] : [b, a];
  if (!outer.contains(inner))
    throw new TypeError('graph: values of two unrelated scans meet in one expression; use their outs');
  return inner;
}

/** The simpler node that is equal to an application of an op, or null when there is none. */
export type Simplifier = (op: ComputedOp, args: readonly Expr[]) => Expr | null;

/** A graph being traced: its nodes, regions and buffers, and the rules by which nodes are simplified as they are made. */
export class Graph {
  readonly nodes = new Map<string, Expr>();
  readonly root = new Region(null, 0);
  readonly buffers: Buffer[] = [];
  /** The region whose body is being written. */
  open: Region = this.root;
  private ids = 0;
  private serials = 0;

  constructor(readonly simplify: Simplifier) {}

  nextId(): number {
    return this.ids++;
  }
  nextSerial(): number {
    return this.serials++;
  }
}

let tracing: Graph | null = null;

export function currentGraph(): Graph {
  if (tracing === null) throw new TypeError('graph: no program is being traced; build expressions inside trace()');
  return tracing;
}

/** Runs `body` with `graph` as the one being traced. */
export function withGraph<T>(graph: Graph, body: () => T): T {
  const before = tracing;
  tracing = graph;
  try {
    return body();
  } finally {
    tracing = before;
  }
}

/** A checked, simplified, hash-consed application of an op. */
export function make(op: ComputedOp, args: readonly Expr[]): Expr {
  checkTypes(op, args);
  return currentGraph().simplify(op, args) ?? node(op, args, null, '');
}

export function checkTypes(op: OpName, args: readonly Expr[]): void {
  const wanted = ops[op].args;
  if (wanted.every((dtype, i) => args[i]?.dtype === dtype)) return;
  throw new TypeError(`graph: ${op} expects ${wanted.join(', ')}, got ${args.map((a) => a?.dtype).join(', ')}`);
}

/** The one place where nodes are created: looks up an equal node first. */
export function node(op: OpName, args: readonly Expr[], attr: Attr, key: string): Expr {
  const graph = currentGraph();
  const full = `${op}|${key}|${args.map((a) => a.id).join(',')}`;
  const found = graph.nodes.get(full);
  if (found !== undefined) return found;
  const owner = attr !== null && 'scan' in attr ? (op === 'out' ? attr.scan.parent : attr.scan) : graph.root;
  const region = args.reduce<Region>((r, a) => deepest(r, a.region), owner);
  const made = new Expr(graph.nextId(), op, args, attr, region, isUniform(op, args, attr));
  graph.nodes.set(full, made);
  return made;
}

/** A node without arguments. */
export const leaf = (op: OpName, attr: Attr, key: string): Expr => node(op, [], attr, key);

/** A float64 constant. */
export const constant = (value: number): Expr => leaf('const', { value }, `${Object.is(value, -0) ? '-0' : value}`);
/** An integer constant. */
export const integer = (value: number): Expr => leaf('iconst', { value: value | 0 }, `${value | 0}`);

/** An operand as a node of the wanted type; numbers become constants. */
export function lift(x: Operand, dtype: DType): Expr {
  if (typeof x !== 'number') return x;
  if (dtype === 'f64') return constant(x);
  if (dtype === 'i32' && Number.isInteger(x)) return integer(x);
  throw new TypeError(`graph: a ${dtype} was expected, got the number ${x}`);
}

/** Integer arithmetic is chosen when a node among the operands is an integer. */
const arithmetic = (x: Operand, y: Operand, f: ComputedOp, i: ComputedOp): Expr => {
  const dtype =
    (typeof x !== 'number' && x.dtype === 'i32') || (typeof y !== 'number' && y.dtype === 'i32') ? 'i32' : 'f64';
  return make(dtype === 'i32' ? i : f, [lift(x, dtype), lift(y, dtype)]);
};
export const add = (x: Operand, y: Operand): Expr => arithmetic(x, y, 'add', 'iadd');
export const sub = (x: Operand, y: Operand): Expr => arithmetic(x, y, 'sub', 'isub');
export const mul = (x: Operand, y: Operand): Expr => arithmetic(x, y, 'mul', 'imul');
export const div = (x: Operand, y: Operand): Expr => arithmetic(x, y, 'div', 'idiv');
export const less = (x: Operand, y: Operand): Expr => arithmetic(x, y, 'less', 'ilt');
export const neg = (x: Operand): Expr => make('neg', [lift(x, 'f64')]);

function isUniform(op: OpName, args: readonly Expr[], attr: Attr): boolean {
  if (op === 'carry' || op === 'out') return false;
  if (attr !== null && 'buffer' in attr) return attr.buffer.kind === 'series';
  return args.every((a) => a.uniform);
}
