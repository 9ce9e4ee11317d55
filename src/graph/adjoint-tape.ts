/**
 * Floor 0. What a loop keeps on tapes, beside its carries, for its adjoint: what a search found, what was made of draws, and
 * logarithms and exponentials. It would cost more to compute them again than to load them.
 *
 * What an arm computed is stored in that arm: a step in which no lane takes it stores nothing, and its cells, which then hold
 * nothing of use, are not looked at.
 */
import type { Arms } from './adjoint-arms.js';
import type { Chain } from './conditional.js';
import type { Buffer, Emit, Expr, Scan, Visits } from './expr.js';
import { load, where } from './language.js';
import { COSTLY } from './ops.js';
import { buffer } from './region.js';

/** Where the numbers of a scan that is reversed are kept: by the run of it that came first, and where its adjoint finds them. */
export interface Kept {
  /** The scan that stores them. */
  readonly scan: Scan;
  readonly rows: Expr;
  /** Their row in a step of that scan, and in one of the adjoint scan. */
  readonly slot: Expr;
  readonly slotIn: (r: Scan) => Expr;
  /** The row of the adjoint's first step. */
  readonly start: Expr;
}

/** The tapes of a scan `s` that is reversed as `r`. Stores go to the first run; it gets them when all are known. */
export class StepTapes {
  readonly stores: Emit[] = [];

  constructor(
    private readonly arms: Arms,
    private readonly at: Kept,
    private readonly s: Scan,
    private readonly r: Scan,
  ) {}

  /** What lets a target go back from step to step in which one of these masks holds. */
  visits(masks: ReadonlyMap<Expr, Expr>): Visits {
    const { scan, slot, slotIn, start } = this.at;
    const list = this.tape('visits', 1);
    this.store(list, 0, slot.float());
    return { of: scan, masks, row: slot, rowHere: slotIn(this.r), start, entry: this.load(list, 0) };
  }

  tape(what: string, columns: number): Buffer {
    return buffer('tape', `${this.s.name}.${what}`, columns, { rows: this.at.rows });
  }

  load(tape: Buffer, column: number): Expr {
    return load(tape, column, this.at.slotIn(this.r));
  }

  /** Stores a number of the first run, needed in these arms only. */
  store(tape: Buffer, column: number, value: Expr, [outer, ...inner]: Chain = []): void {
    const when = outer === undefined || outer.side ? (outer?.mask ?? null) : outer.mask.not();
    this.stores.push({ buffer: tape, column, slot: this.at.slot, value: chosenIn(inner, value), when, ghost: false });
  }

  carries(tape: Buffer): void {
    for (const [column, i] of movingCarries(this.at.scan, this.s).entries()) {
      this.store(tape, column, this.at.scan.carries[i]);
    }
  }

  /**
   * What a search `q` inside the step found, by its outs: looking for it again would cost more than the step itself. Unless
   * the tapes are `sparse`, 0 is stored where it did not search: its cells are loaded outside of its arm, too.
   */
  found(q: Scan, nodes: Iterable<Expr>, sparse: boolean): Map<Expr, Expr> {
    const first = this.at.scan.scans[this.s.scans.indexOf(q)];
    const moving = movingCarries(first, q);
    const used = usedOuts(q, nodes);
    const tape = buffer('tape', `${q.name}.found`, used.length, { rows: this.at.rows });
    return new Map(
      used.map((out, column) => {
        const value = first.outs[moving[q.outs.indexOf(out)]];
        const chain = this.arms.ofValue(first);
        if (sparse) this.store(tape, column, value, chain);
        else this.store(tape, column, chosenIn(chain, value));
        return [out, this.load(tape, column)];
      }),
    );
  }

  /**
   * What a step made of random numbers, where the adjoint needs it: drawing again costs ten times as much. What only some
   * lanes want is drawn for these alone, and again.
   */
  drawn(nodes: Iterable<Expr>, active: ReadonlySet<Expr>, firstOf: (copy: Expr) => Expr | undefined): Map<Expr, Expr> {
    const wanted = drawnIn(this.s, nodes, active).flatMap((copy) => {
      const first = firstOf(copy);
      return first?.region === this.at.scan && this.arms.ofValue(first).length === 0 ? [{ copy, first }] : [];
    });
    if (wanted.length === 0) return new Map();
    const tape = this.tape('drawn', wanted.length);
    return new Map(
      wanted.map(({ copy, first }, column) => {
        this.store(tape, column, first);
        return [copy, this.load(tape, column)];
      }),
    );
  }

  /** Logarithms and exponentials of the step that have a gradient, and grafts: gives what loads one of them. */
  results(
    nodes: Iterable<Expr>,
    active: ReadonlySet<Expr>,
    firstOf: (copy: Expr) => Expr | undefined,
  ): (copy: Expr) => Expr | null {
    const firsts = new Map<Expr, Expr>();
    for (const copy of nodes) {
      const costly = COSTLY.has(copy.op) && active.has(copy);
      const found = copy.op === 'graft' && copy.args[0].constant === undefined;
      if (copy.region !== this.s || !(costly || found)) continue;
      const first = firstOf(copy);
      if (first?.region === this.at.scan) firsts.set(copy, first);
    }
    if (firsts.size === 0) return () => null;
    const tape = this.tape('results', firsts.size);
    const columns = [...firsts.keys()];
    return (copy) => {
      const first = firsts.get(copy);
      if (first === undefined) return null;
      const column = columns.indexOf(copy);
      this.store(tape, column, first, this.arms.ofValue(first));
      return this.load(tape, column);
    };
  }
}

/** A value in its arms, 0 outside of them. */
const chosenIn = (chain: Chain, value: Expr): Expr =>
  chain.reduceRight((x, l) => (l.side ? where(l.mask, x, 0) : where(l.mask, 0, x)), value);

/**
 * Numbers of a step that are made of draws in it and have no gradient, as far as something with a gradient, a choice or a
 * loop within reads them.
 */
function drawnIn(s: Scan, nodes: Iterable<Expr>, active: ReadonlySet<Expr>): Expr[] {
  const drawn = new Set<Expr>();
  const read = new Set<Expr>();
  for (const e of nodes) {
    if (!s.contains(e.region)) continue;
    for (const x of e.args) {
      if (drawn.has(x) && (e.region !== s || e.dtype !== 'f64' || active.has(e))) read.add(x);
    }
    const made = e.op === 'draw' || e.args.some((x) => drawn.has(x));
    if (e.region === s && e.dtype === 'f64' && !active.has(e) && made) drawn.add(e);
  }
  for (const q of s.scans) for (const x of q.init) if (drawn.has(x)) read.add(x);
  return [...read];
}

/** The carries of a scan by those of its copy, which has none that never change. */
function movingCarries(first: Scan, copy: Scan): number[] {
  const all = first.carries.map((_c, i) => i);
  return first === copy ? all : all.filter((i) => first.next[i] !== first.carries[i]);
}

/** The outs of a scan that any of these nodes reads. */
function usedOuts(s: Scan, nodes: Iterable<Expr>): Expr[] {
  const read = new Set([...nodes].flatMap((e) => e.args));
  return s.outs.filter((out) => read.has(out));
}
