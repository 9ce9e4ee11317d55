/**
 * Floor 0. Regions: the program's root and the bodies of its scans, with what they store; buffers and the graph.
 *
 * A scan is the one control-flow op. It runs `length` steps (a run-time integer), maps carries to carries, may store
 * values to buffers by slot, and nests. Its body refers to nodes outside it directly (closures).
 */
import { type Expr, integer, node, type Operand } from './expr.js';

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

/** value is stored to buffer[slot][column], where `when` holds (always, if null). */
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
export function deepest(a: Region, b: Region): Region {
  const [outer, inner] = a.depth <= b.depth ? [a, b] : [b, a];
  if (!outer.contains(inner))
    throw new TypeError('graph: values of two unrelated scans meet in one expression; use their outs');
  return inner;
}

/** A graph being traced: its nodes, regions and buffers. */
export class Graph {
  readonly nodes = new Map<string, Expr>();
  readonly root = new Region(null, 0);
  readonly buffers: Buffer[] = [];
  /** The region whose body is being written. */
  open: Region = this.root;
  private ids = 0;
  private serials = 0;

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

/** Declares a buffer of the program being traced. */
export function buffer(
  kind: BufferKind,
  name: string,
  columns: number,
  options: { rows?: Expr; differentiable?: boolean } = {},
): Buffer {
  const graph = currentGraph();
  const made: Buffer = {
    id: graph.buffers.length,
    name,
    kind,
    columns,
    rows: options.rows ?? (kind === 'output' || kind === 'tape' ? integer(1) : null),
    differentiable: options.differentiable ?? (kind === 'output' || kind === 'tape'),
  };
  graph.buffers.push(made);
  return made;
}

/** Stores a value to buffer[slot][column] in the body being written, where the uniform predicate `when` holds. */
export function emit(target: Buffer, column: number, value: Expr, slot: Operand = 0, when: Expr | null = null): void {
  const at = typeof slot === 'number' ? integer(slot) : slot;
  if (value.dtype !== 'f64') throw new TypeError(`emit: the value was expected to be f64, got ${value.dtype}`);
  if (at.dtype !== 'i32') throw new TypeError(`emit: the slot was expected to be i32, got ${at.dtype}`);
  if (when !== null && when.dtype !== 'cond') {
    throw new TypeError(`emit: when was expected to be a uniform predicate (cond), got ${when.dtype}`);
  }
  currentGraph().open.emits.push({ buffer: target, column, slot: at, value, when, ghost: false });
}

export interface ScanOptions {
  readonly name?: string;
  readonly length: Operand;
  /** Needed where `length` is not known at the root: a bound on it that is. */
  readonly bound?: Expr;
  readonly reverse?: boolean;
}

/** Opens a scan in the body being written, lets `write` fill it (carries, nexts, emits), closes it. */
export function buildScan(options: ScanOptions, write: (scan: Scan) => void): Scan {
  const graph = currentGraph();
  const parent = graph.open;
  const length = typeof options.length === 'number' ? integer(options.length) : options.length;
  const bound = options.bound ?? length;
  if (bound.region !== graph.root) {
    throw new TypeError(`scan ${options.name ?? ''}: its length depends on an outer loop; give a bound that does not`);
  }
  const scan = new Scan(parent, options.name ?? 'scan', length, bound, options.reverse ?? false, graph.nextSerial());
  graph.open = scan;
  try {
    write(scan);
  } finally {
    graph.open = parent;
  }
  scan.close(graph.nextId());
  parent.scans.push(scan);
  return scan;
}
