/**
 * Floor 1, native target. A schedule as one C function that runs a group from start to end: neighbouring sets of a window, a
 * vector of them or several vectors.
 *
 * What differs by set is done vector after vector, item by item: the loops are bound by how long results take, and what one
 * vector waits for another does not. What is the same for all sets is done once a group. Every value is a constant of its
 * block, but for what leaves an arm: that is declared before it.
 *
 * Rows of sets are padded to whole groups: set [rows][columns][groups], lane and output [rows][columns][windows][groups],
 * tape [rows][columns] of its own group; series [rows][columns] single values, read into all lanes. A row outside its buffer
 * is taken for the last one: a mistake of a program must not reach other memory.
 */
import {
  type ArmItem,
  type Buffer,
  type DType,
  type Expr,
  type Item,
  type LoopItem,
  lifetimes,
  movedCarries,
  placeOf,
  type Schedule,
} from '../../graph/index.js';
import { type Merges, mergesOf } from '../grouped/merges.js';
import type { Planned } from '../grouped/plan.js';
import type { Visited, VisitedLoops } from '../grouped/visits.js';
import { rowsBackIn } from './ahead.js';
import { emit } from './emit.js';
import type { JobWords } from './job.js';

const TYPES: Readonly<Record<DType, string>> = { f64: 'v', bool: 'm', i32: 'int32_t', cond: 'int' };

/**
 * The text of `group(job, g, tape)`, for groups of so many vectors; the prelude stands above it.
 *
 * @param varying of a vector that holds two windows: the integers that differ by window
 */
export function groupFunction(
  { plan, visited }: Planned,
  words: JobWords,
  vectors: number,
  varying: ReadonlySet<Expr> | null = null,
): string {
  return new Printer(plan, visited, words, vectors, varying).text();
}

/**
 * Bytes of a tape beyond which nothing of it is in the cache when it is read: whole lines of it go past the cache, and it is
 * fetched ahead.
 */
const CACHE = 2 ** 24;

/** Bytes of tape on their way to the cache at a time. */
const AHEAD = 2 ** 12;

class Printer {
  private readonly lines: string[] = [];
  private readonly buffers: ReadonlyMap<Buffer, number>;
  private readonly inputs: ReadonlyMap<unknown, number>;
  private readonly merges: Merges;
  private readonly merged: ReadonlySet<Expr>;
  private readonly leaving: ReadonlyMap<ArmItem, readonly Expr[]>;
  /** What is declared before an arm that gives it its value. */
  private readonly declared = new Set<Expr>();
  private pad = '  ';

  constructor(
    private readonly plan: Schedule,
    private readonly visited: VisitedLoops,
    words: JobWords,
    private readonly vectors: number,
    private readonly varying: ReadonlySet<Expr> | null,
  ) {
    this.buffers = new Map([...words.buffers.keys()].map((b, i) => [b, i]));
    this.inputs = new Map([...words.inputs.keys()].map((r, i) => [r, i]));
    this.merges = mergesOf(plan.body);
    this.merged = new Set([...this.merges.values()].flat());
    this.leaving = lifetimes(plan.body).leaving;
    this.prologue(words);
  }

  text(): string {
    this.items(this.plan.body);
    const head = 'static void group(const int64_t *const job, const int64_t g, char *const tape) {';
    return `${head}\n${this.lines.join('\n')}\n}\n`;
  }

  private write(line: string): void {
    this.lines.push(this.pad + line);
  }

  private block(head: string, body: () => void): void {
    this.write(`${head} {`);
    this.pad += '  ';
    body();
    this.pad = this.pad.slice(2);
    this.write('}');
  }

  private prologue(words: JobWords): void {
    const lanes = `${this.vectors} * LANES`;
    const ofWindow = this.varying === null ? lanes : 'LANES / 2';
    this.write(`const int64_t groups = job[${words.groups}], setStride = groups * ${ofWindow};`);
    this.write(`const int64_t laneStride = job[${words.windows}] * setStride, w = g / groups;`);
    this.write(`const int past = job[${words.tapeBytes}] > ${CACHE};`);
    for (const [b, word] of words.buffers) {
      const n = this.buffers.get(b);
      const at = b.kind === 'tape' ? `(tape + job[${word}])` : `job[${word}]`;
      const own =
        b.kind === 'series' || b.kind === 'tape' ? '' : ` + ${b.kind === 'set' ? 'g % groups' : 'g'} * ${lanes}`;
      const type = b.kind === 'output' || b.kind === 'tape' ? 'double' : 'const double';
      this.write(`${type} *const b${n} = (${type} *)${at}${own};`);
      this.write(`const uint32_t last${n} = (uint32_t)job[${word + 1}];`);
    }
    for (const [r, word] of words.inputs) {
      const name = `i${this.inputs.get(r)}`;
      const at = (w: string) => `((const int32_t *)job[${word}])[${w}]`;
      if (r.per === 'run') this.write(`const int32_t ${name} = (int32_t)job[${word}];`);
      else if (this.varying === null) this.write(`const int32_t ${name} = ${at('w')};`);
      else this.write(`const int32_t ${name}_0 = ${at('2 * w')}, ${name}_1 = ${at('2 * w + 1')};`);
    }
    for (const v of this.visited.all) this.write(`int32_t ${noted(v)} = 0;`);
  }

  /** Writes something for each vector; once, where all vectors are to have the same. */
  private each(shared: boolean, write: (vector: number) => void): void {
    for (let k = 0; k < (shared ? 1 : this.vectors); k++) write(k);
  }

  /** Of an integer that may differ by window, what a window of the vector has. */
  private inWindow(e: Expr, window: number): string {
    const text = this.read(e, 0);
    return this.varying?.has(e) ? `${text}_${window}` : text;
  }

  /** The variable of a node in a vector; a carry and what it is after the loop share one. */
  private name(e: Expr, vector: number): string {
    const suffix = e.uniform ? '' : `_${vector}`;
    const a = e.attr;
    if (a === null || !('scan' in a)) return `x${e.id}${suffix}`;
    return e.op === 'counter'
      ? `t${a.scan.id}`
      : `c${a.scan.id}_${a.index}${a.scan.carries[a.index].uniform ? '' : `_${vector}`}`;
  }

  private read(e: Expr, vector: number): string {
    const a = e.attr;
    if (a !== null && 'value' in a) return literal(e.dtype, a.value);
    if (a !== null && 'input' in a) return `i${this.inputs.get(a.input)}`;
    return this.name(e, vector);
  }

  private address(b: Buffer, row: readonly Expr[], column: number, vector: number, window = 0): string {
    const n = this.buffers.get(b);
    const stack = this.visited.stack(b);
    const terms = stack ? [noted(stack)] : row.filter((e) => e.constant !== 0).map((e) => this.inWindow(e, window));
    const cell = terms.length === 0 ? `${column}` : `row(${terms.join(' + ')}, last${n}) * ${b.columns} + ${column}`;
    if (b.kind === 'series') return `b${n}[${cell}]`;
    const stride = b.kind === 'tape' ? `${this.vectors} * LANES` : b.kind === 'set' ? 'setStride' : 'laneStride';
    return `*(v *)(b${n} + (${cell}) * (${stride})${vector > 0 ? ` + ${vector} * LANES` : ''})`;
  }

  private value(e: Expr, vector: number, read = (x: Expr) => this.read(x, vector)): string {
    const a = e.attr;
    if (a !== null && 'buffer' in a) {
      const place = this.address(a.buffer, e.args, a.column, vector);
      if (this.varying !== null && (a.buffer.kind === 'set' || e.args.some((x) => this.varying?.has(x)))) {
        const other = this.address(a.buffer, e.args, a.column, vector, 1);
        return a.buffer.kind === 'series' ? `halves(${place}, ${other})` : `joined(&${place}, &${other})`;
      }
      return a.buffer.kind === 'series' ? `all(${place})` : place;
    }
    return emit[e.op as keyof typeof emit](e.args.map(read), e.args);
  }

  private items(items: readonly Item[]): void {
    for (const item of items) {
      if (item.kind === 'let') this.let(item.expr);
      else if (item.kind === 'arm') this.arm(item);
      else if (item.kind === 'loop') this.loop(item);
      else this.store(item.emit);
    }
  }

  private let(e: Expr): void {
    if (this.merged.has(e) || this.visited.loadsList(e)) return;
    if (this.varying?.has(e)) {
      for (const w of [0, 1]) {
        const own = emit[e.op as keyof typeof emit](
          e.args.map((x) => this.inWindow(x, w)),
          e.args,
        );
        this.write(`${this.declared.has(e) ? '' : 'const int32_t '}${this.name(e, 0)}_${w} = ${own};`);
      }
      return;
    }
    this.each(e.uniform, (k) => this.assign(e, k, this.value(e, k)));
  }

  /** A new constant, or the value of what was declared. */
  private assign(e: Expr, vector: number, value: string): void {
    const head = this.declared.has(e) ? '' : `const ${TYPES[e.dtype]} `;
    this.write(`${head}${this.name(e, vector)} = ${value};`);
  }

  /** Declares what gets its value later again, with what it has until then. */
  private declare(e: Expr, value: (vector: number) => string): void {
    const head = this.declared.has(e) ? '' : `${TYPES[e.dtype]} `;
    this.declared.add(e);
    this.each(e.uniform, (k) => this.write(`${head}${this.name(e, k)} = ${value(k)};`));
  }

  private store({ buffer, slot, column, value, when }: Extract<Item, { kind: 'store' }>['emit']): void {
    if (this.visited.isList(buffer)) return;
    const all = () =>
      this.each(false, (k) => {
        const [place, x] = [this.address(buffer, [slot], column, k), this.read(value, k)];
        this.write(buffer.kind === 'tape' ? `keep(&${place}, ${x}, past);` : `${place} = ${x};`);
      });
    // under a mask it stands in an arm: what other lanes have there is not looked at
    if (when === null || when.dtype === 'bool') all();
    else this.block(`if (${this.read(when, 0)})`, all);
  }

  /** Whether a mask equals a side in any lane of the group. */
  private anyOf(mask: Expr, side = true): string {
    const sign = side ? '' : '~';
    if (mask.dtype === 'cond') return `${side ? '' : '!'}${this.read(mask, 0)}`;
    const all = Array.from({ length: mask.uniform ? 1 : this.vectors }, (_, k) => `${sign}${this.read(mask, k)}`);
    return `any_of(${all.join(' | ')})`;
  }

  /**
   * Runs the body if the mask equals the arm's side in any lane. Choices between what it computes and what was there before
   * are made at its end; all else that leaves it is 0 where it was skipped, and only choices that then discard it read it.
   */
  private arm(item: ArmItem): void {
    const { mask, side, body } = item;
    const choices = this.merges.get(item) ?? [];
    const sides = ({ args: [, x, y] }: Expr) => (side ? { inside: x, before: y } : { inside: y, before: x });
    for (const e of choices) this.declare(e, (k) => this.read(sides(e).before, k));
    for (const e of this.leaving.get(item) ?? []) {
      if (this.declared.has(e)) continue;
      if (!this.varying?.has(e)) this.declare(e, () => zero(e.dtype));
      else {
        this.declared.add(e);
        this.write(`int32_t ${this.name(e, 0)}_0 = 0, ${this.name(e, 0)}_1 = 0;`);
      }
    }
    this.block(`if (${this.anyOf(mask, side)})`, () => {
      this.items(body);
      for (const e of choices) {
        const { inside, before } = sides(e);
        this.each(e.uniform, (k) => {
          const own = (x: Expr) => (x === before ? this.name(e, k) : this.read(x, k));
          this.assign(e, k, mask.dtype === 'cond' ? own(inside) : this.value(e, k, own));
        });
      }
    });
  }

  private loop(item: LoopItem): void {
    const { scan, carries, body } = item;
    const counter = this.name(scan.counter, 0);
    for (const i of carries) {
      this.declare(scan.carries[i], (k) => this.read(scan.init[i], k));
    }
    const end = `n${scan.id}`;
    this.write(`const int32_t ${end} = ${this.read(scan.length, 0)};`);
    const visited = this.visited.visiting(scan);
    if (visited !== undefined) {
      this.visits(visited, counter, end, item);
      return;
    }
    const notes = this.visited.noting(scan);
    if (notes?.restarts) this.write(`${noted(notes)} = 0;`);
    const up = `for (int32_t ${counter} = 0; ${counter} < ${end}; ${counter}++)`;
    const down = `for (int32_t ${counter} = ${end} - 1; ${counter} >= 0; ${counter}--)`;
    this.block(scan.reverse ? down : up, () => {
      const rows = rowsBackIn(item, (e) => !this.varying?.has(e));
      this.fetch(
        [...rows]
          .filter(([tape]) => this.visited.stack(tape) === undefined)
          .map(([tape, terms]) => [tape, terms.map((e) => this.read(e, 0)).join(' + ')] as const),
      );
      this.items(body);
      if (notes !== undefined) this.note(notes);
      this.step(item);
    });
  }

  /** Asks for rows of tapes so many steps before they are read that `AHEAD` bytes are on their way. */
  private fetch(rows: Iterable<readonly [Buffer, string]>): void {
    const all = [...rows];
    if (all.length === 0) return;
    const lanes = `${this.vectors} * LANES`;
    const columns = all.reduce((sum, [tape]) => sum + tape.columns, 0);
    this.block('if (past)', () => {
      this.write(`const int32_t ahead = 1 + ${AHEAD} / (${columns} * ${lanes} * 8);`);
      for (const [tape, row] of all) {
        this.write(`fetch(b${this.buffers.get(tape)}, ${row} - ahead, ${tape.columns} * ${lanes});`);
      }
    });
  }

  private listOf({ list }: Visited): string {
    return `((int32_t *)b${this.buffers.get(list)})`;
  }

  /** At the end of a step: its row is written to the list and stays there if a mask holds. */
  private note(v: Visited): void {
    const { list, marks, visits } = v;
    const held = marks.map((mask) => `${this.anyOf(mask)} != 0`).join(' | ');
    const place = `row(${noted(v)}, last${this.buffers.get(list)})`;
    this.write(`${this.listOf(v)}[${place}] = ${this.read(visits.row, 0)};`);
    this.write(`${noted(v)} += ${held === '' ? '0' : held};`);
  }

  /** From the last step of the list that is in this loop to the first; those behind it are of a loop that was left out. */
  private visits(v: Visited, counter: string, end: string, item: LoopItem): void {
    const [n, list, start] = [noted(v), this.listOf(v), this.read(v.visits.start, 0)];
    this.write(`while (${n} > 0 && ${list}[${n} - 1] - ${start} >= ${end}) ${n}--;`);
    this.block(`while (${n} > 0 && ${list}[${n} - 1] >= ${start})`, () => {
      this.write(`const int32_t ${counter} = ${list}[--${n}] - ${start};`);
      const stacks = [...this.buffers.keys()].filter((b) => this.visited.stack(b) === v && b !== v.list);
      this.fetch(stacks.map((tape) => [tape, n] as const));
      this.items(item.body);
      this.step(item);
    });
  }

  /** All carries take their next at once: every next is read before the first is stored. */
  private step(item: LoopItem): void {
    const { scan } = item;
    const moved = movedCarries(item);
    const active = scan.active === null ? null : this.anyOf(scan.active);
    if (active !== null) this.write(`const int goes = ${active};`);
    const nexts = moved.map((i) => ({ carry: scan.carries[i], next: scan.next[i] }));
    // a next that is no carry itself changes with none
    const isCarry = (e: Expr) => moved.some((i) => scan.carries[i] === placeOf(e));
    for (const { carry, next } of nexts) {
      if (isCarry(next))
        this.each(carry.uniform, (k) => this.write(`const v next_${this.name(carry, k)} = ${this.read(next, k)};`));
    }
    for (const { carry, next } of nexts) {
      this.each(carry.uniform, (k) => {
        this.write(`${this.name(carry, k)} = ${isCarry(next) ? `next_${this.name(carry, k)}` : this.read(next, k)};`);
      });
    }
    if (active !== null) this.write('if (!goes) break;');
  }
}

/** How many steps a list has. */
const noted = ({ back }: Visited): string => `noted${back.id}`;

const zero = (type: DType) => (type === 'f64' || type === 'bool' ? `(${TYPES[type]}){0}` : '0');

function literal(type: DType, value: number): string {
  if (type === 'f64') return `all(${number(value)})`;
  if (type === 'bool') return `every(${value !== 0 ? -1 : 0})`;
  // -2147483648 is no literal of C
  return type === 'i32' && value === -2147483648 ? 'INT32_MIN' : `${value}`;
}

/** Shortest decimals, which C reads to the same bits. */
function number(value: number): string {
  if (Number.isNaN(value)) return '__builtin_nan("")';
  if (!Number.isFinite(value)) return `${value < 0 ? '-' : ''}__builtin_inf()`;
  const text = Object.is(value, -0) ? '-0' : `${value}`;
  return /[.e]/.test(text) ? text : `${text}.0`;
}
