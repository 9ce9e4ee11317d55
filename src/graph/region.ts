/** Floor 0. What is written into the body of a region: the buffers of the program, stores to them, and scans. */
import { type Buffer, type BufferKind, currentGraph, type Expr, integer, type Operand, Scan } from './expr.js';

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
