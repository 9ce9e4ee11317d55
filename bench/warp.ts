/**
 * A warp in lockstep: 32 lanes of a program with a mask, as a GPU executes them, in JavaScript; it counts how often each
 * block of straight-line work is executed by any of the lanes. An arm that one lane takes is executed by the warp, a loop
 * goes on until the last lane leaves it. What it computes is what the reference computes, to the bit.
 */
import { type Buffer, type Expr, type Item, lower, type Program, type Scan, schedule } from '../src/graph/index.js';
import { RULE_STEPS } from '../src/pools/rule-program.js';
import { STEPS_INPUT } from '../src/rollout/names.js';
import { checkInputs, rowLength, rowsOf } from '../src/targets/layout.js';
import { type Cells, type Format, Formats, type HeldOutputs, precisionOf, widened } from '../src/targets/precision.js';
import { emit, emitF32 } from '../src/targets/reference/emit.js';
import { reference } from '../src/targets/reference/index.js';
import { atOnce } from '../src/targets/resumable.js';
import {
  draw,
  drawF32,
  exponent,
  exponentF32,
  mantissa,
  mantissaF32,
  scale2,
  scale2F32,
} from '../src/targets/runtime.js';
import { WARP } from '../src/targets/slices.js';
import type {
  CompileOptions,
  Inputs,
  Outputs,
  SynchronousExecutable,
  SynchronousTarget,
} from '../src/targets/target.js';

type Kind<K extends Item['kind']> = Extract<Item, { kind: K }>;

/** Work that a warp executes all or nothing of; what stands in an inner block is that block's. */
export interface Block {
  /** `guarded`: a store with a condition. */
  readonly kind: 'root' | 'arm' | 'loop' | 'guarded';
  readonly items: readonly Exclude<Item, { kind: 'loop' | 'arm' }>[];
  /** Blocks directly inside, each behind a branch. */
  readonly inner: number;
  /** Times that a warp executed it, and lanes that took part, over all runs. */
  executions: number;
  lanes: number;
}

/** A program as it was run. */
export interface Counted {
  readonly program: Program;
  readonly formats: Formats;
  readonly blocks: readonly Block[];
  /** What its runs went by, of the last of them: minutes of a window, or steps of a rule (rows of its outputs). */
  clock: { readonly unit: 'steps' | 'rule steps'; readonly steps: number };
  /** Over all runs. */
  warps: number;
}

export interface CountingTarget extends SynchronousTarget {
  readonly programs: readonly Counted[];
}

const FUNCTIONS = {
  fround: Math.fround,
  ...{ draw, exponent, mantissa, scale2 },
  ...{ drawF32, exponentF32, mantissaF32, scale2F32 },
};

/** Of a warp: the window and the set of each of its lanes. */
type WarpFunction = (
  buffers: readonly Cells[],
  run: Readonly<Record<string, number>>,
  window: Readonly<Record<string, Int32Array>>,
  sets: number,
  windows: number,
  lanes: { readonly W: Int32Array; readonly S: Int32Array; readonly count: number },
  executions: Float64Array,
  lanesOf: Float64Array,
) => void;

/** A target that counts. `room`: the bytes that plans may take for tapes of all lanes at once, as on a GPU. */
export function countingTarget(room?: () => number): CountingTarget {
  const programs: Counted[] = [];
  return {
    ...reference,
    name: 'warp',
    programs,
    lanesAtOnce: (sets, windows) => sets * windows,
    ...(room === undefined ? {} : { memory: room }),
    compile(program: Program, options: CompileOptions = {}): SynchronousExecutable {
      const precision = precisionOf(reference, options.precision);
      const plan = schedule(lower(program, precision));
      const formats = new Formats(plan.live, precision);
      const printer = new Printer(plan.live.buffers, formats);
      const source = printer.source(plan.body);
      const made = new Function(...Object.keys(FUNCTIONS), `return ${source}`)(
        ...Object.values(FUNCTIONS),
      ) as WarpFunction;
      const counted: Counted = {
        program,
        formats,
        blocks: printer.blocks,
        clock: { unit: 'steps', steps: 0 },
        warps: 0,
      };
      programs.push(counted);
      const executable: SynchronousExecutable = {
        resumable: (inputs) => atOnce(() => executable.run(inputs)),
        run(inputs: Inputs): Outputs {
          checkInputs(program.name, plan.live, inputs);
          return execute(counted, plan.live.buffers, made, inputs);
        },
        dispose() {},
      };
      return executable;
    },
  };
}

function execute(counted: Counted, buffers: readonly Buffer[], warp: WarpFunction, inputs: Inputs): Outputs {
  const { formats, blocks } = counted;
  const { sets, windows, run } = inputs;
  const held = formats.hold(inputs);
  const outputs: HeldOutputs = {};
  const data = buffers.map((b) => {
    if (b.kind !== 'output' && b.kind !== 'tape') return held.buffers[b.name];
    const values = rowsOf(b, run) * rowLength(b, sets, windows) * (b.kind === 'tape' ? WARP : 1);
    const made = formats.cells(b, values);
    if (b.kind === 'output') outputs[b.name] = made;
    return made;
  });
  counted.clock =
    run[STEPS_INPUT] === undefined
      ? { unit: 'rule steps', steps: run[RULE_STEPS] ?? run.rows ?? 1 }
      : { unit: 'steps', steps: run[STEPS_INPUT] };
  const [executions, lanesOf] = [new Float64Array(blocks.length), new Float64Array(blocks.length)];
  for (let first = 0; first < sets * windows; first += WARP) {
    const lane = Int32Array.from({ length: WARP }, (_, i) => first + i);
    const lanes = {
      W: lane.map((l) => Math.floor(l / sets)),
      S: lane.map((l) => l % sets),
      count: Math.min(WARP, sets * windows - first),
    };
    warp(data, run, inputs.window, sets, windows, lanes, executions, lanesOf);
    counted.warps++;
  }
  blocks.forEach((b, i) => {
    b.executions += executions[i];
    b.lanes += lanesOf[i];
  });
  return widened(outputs);
}

/** Statements of a function: engines leave long ones unoptimised. */
const LONGEST = 64;

/** Of a mask, the lanes for which `of` is true (side 1) or false (side 0); and the count of a block that a mask enters. */
const HELPERS = `
const taking = (mask, of, side) => {
  let taken = 0;
  for (let i = 0; i < ${WARP}; i++) if ((mask >>> i) & 1 && (of(i) ? 1 : 0) === side) taken |= 1 << i;
  return taken;
};
const enter = (block, mask) => {
  executions[block]++;
  for (let m = mask; m !== 0; m &= m - 1) lanesOf[block]++;
};
`;

/** Each value is an array over the lanes; runs of straight-line work are functions of the mask. */
class Printer {
  readonly blocks: Block[] = [];
  private readonly arrays = new Set<string>();
  private readonly functions: string[] = [];
  private readonly index: ReadonlyMap<Buffer, number>;

  constructor(
    buffers: readonly Buffer[],
    private readonly formats: Formats,
  ) {
    this.index = new Map(buffers.map((b, i) => [b, i]));
  }

  source(items: readonly Item[]): string {
    const block = this.block('root', items);
    const body = this.items(items, 'all');
    const names = [...this.index.values()].map((i) => `b${i}`);
    const unpack = names.length > 0 ? `const [${names.join(', ')}] = buffers;\n` : '';
    const arrays = [...this.arrays].map((a) => `const ${a} = new Float64Array(${WARP});\n`).join('');
    return (
      `(buffers, run, window, sets, windows, { W, S, count }, executions, lanesOf) => {\n${unpack}${HELPERS}${arrays}` +
      `${this.functions.join('')}const all = count === ${WARP} ? -1 : (1 << count) - 1;\nenter(${block}, all);\n${body}}`
    );
  }

  private block(kind: Block['kind'], items: readonly Item[]): number {
    const own = items.filter((i) => i.kind === 'let' || (i.kind === 'store' && i.emit.when === null));
    const inner = items.filter((i) => i.kind !== 'let').length - own.filter((i) => i.kind === 'store').length;
    const made = { kind, items: own as Block['items'], inner, executions: 0, lanes: 0 };
    return this.blocks.push(made) - 1;
  }

  /** A value over the lanes. */
  private array(name: string): string {
    this.arrays.add(name);
    return `${name}[i]`;
  }

  /** Statements for each lane of a mask, as a call. */
  private eachLane(statements: readonly string[], mask: string): string {
    let calls = '';
    for (let from = 0; from < statements.length; from += LONGEST) {
      const name = `f${this.functions.length}`;
      const inner = statements.slice(from, from + LONGEST).join('\n    ');
      this.functions.push(
        `const ${name} = (mask) => {\n  for (let i = 0; i < ${WARP}; i++) if ((mask >>> i) & 1) {\n    ${inner}\n  }\n};\n`,
      );
      calls += `${name}(${mask});\n`;
    }
    return calls;
  }

  private items(items: readonly Item[], mask: string): string {
    let text = '';
    let straight: string[] = [];
    const flush = () => {
      text += this.eachLane(straight, mask);
      straight = [];
    };
    for (const item of items) {
      if (item.kind === 'let') straight.push(`${this.array(`v${item.expr.id}`)} = ${this.value(item.expr)};`);
      else if (item.kind === 'store' && item.emit.when === null) straight.push(this.store(item));
      else {
        flush();
        text += item.kind === 'loop' ? this.loop(item, mask) : this.guarded(item, mask);
      }
    }
    flush();
    return text;
  }

  /** An arm, or a store with a condition: for the lanes that take it, if there are any. */
  private guarded(item: Kind<'arm'> | Kind<'store'>, outer: string): string {
    const block = this.block(item.kind === 'arm' ? 'arm' : 'guarded', item.kind === 'arm' ? item.body : []);
    const mask = `m${block}`;
    const [by, side] = item.kind === 'arm' ? [item.mask, item.side] : [item.emit.when as Expr, true];
    const body = item.kind === 'arm' ? this.items(item.body, mask) : this.eachLane([this.store(item)], mask);
    if (item.kind === 'store') (this.blocks[block].items as Item[]).push(item);
    const taking = `taking(${outer}, (i) => ${this.read(by)}, ${side ? 1 : 0})`;
    return `const ${mask} = ${taking};\nif (${mask} !== 0) {\nenter(${block}, ${mask});\n${body}}\n`;
  }

  private loop({ scan, carries, body }: Kind<'loop'>, outer: string): string {
    const moved = carries.filter((i) => scan.next[i] !== scan.carries[i]);
    const block = this.block('loop', body);
    const [mask, k] = [`m${block}`, `k${block}`];
    const carry = (i: number) => this.array(`c${scan.id}_${i}`);
    const length = this.array(`l${block}`);
    const counter = this.array(`t${scan.id}`);
    const init = carries.map((i) => `${carry(i)} = ${this.read(scan.init[i])};`);
    const count = scan.reverse ? `${length} - 1 - ${k}` : k;
    const next = moved.map((i) => `const n${i} = ${this.read(scan.next[i])};`);
    const step = [...next, ...moved.map((i) => `${carry(i)} = n${i};`)].join(' ');
    const stays = scan.active === null ? '' : ` && (${this.read(scan.active)})`;
    const head = `let ${mask} = taking(${outer}, (i) => ${length} > 0, 1);\n`;
    return (
      this.eachLane([...init, `${length} = ${this.read(scan.length)};`], outer) +
      `${head}for (let ${k} = 0; ${mask} !== 0; ${k}++) {\nenter(${block}, ${mask});\n` +
      `for (let i = 0; i < ${WARP}; i++) ${counter} = ${count};\n${this.items(body, mask)}` +
      `${step === '' ? '' : this.eachLane([step], mask)}` +
      `${mask} = taking(${mask}, (i) => ${k} + 1 < ${length}${stays}, 1);\n}\n`
    );
  }

  private store({ emit: e }: Kind<'store'>): string {
    return `b${this.index.get(e.buffer)}[${this.address(e.buffer, this.read(e.slot), e.column)}] = ${this.read(e.value)};`;
  }

  private address(b: Buffer, row: string, column: number): string {
    const cell = `(${row}) * ${b.columns} + ${column}`;
    if (b.kind === 'series') return cell;
    if (b.kind === 'tape') return `(${cell}) * ${WARP} + i`;
    if (b.kind === 'set') return `(${cell}) * sets + S[i]`;
    return `((${cell}) * windows + W[i]) * sets + S[i]`;
  }

  private read(e: Expr, as: Format = this.formats.narrow): string {
    const a = e.attr;
    if (a === null || e.op === 'load') {
      const name = this.array(`v${e.id}`);
      return e.dtype === 'f64' && as !== this.formats.of(e) ? `fround(${name})` : name;
    }
    if ('value' in a) return `(${literal(e.dtype === 'f64' && as === 'f32' ? Math.fround(a.value) : a.value)})`;
    if ('input' in a)
      return `${a.input.per}[${JSON.stringify(a.input.name)}]${a.input.per === 'window' ? '[W[i]]' : ''}`;
    if (!('scan' in a)) throw new Error(`warp: ${e.op} is no variable`);
    return this.array(e.op === 'counter' ? `t${a.scan.id}` : carryOf(a.scan, a.index));
  }

  private value(e: Expr): string {
    const { formats } = this;
    if (e.op === 'load' && e.attr !== null && 'buffer' in e.attr) {
      const b = e.attr.buffer;
      const row = e.args.map((a) => this.read(a)).join(' + ');
      const cell = `b${this.index.get(b)}[${this.address(b, row, e.attr.column)}]`;
      return formats.of(e) === formats.in(b) ? cell : `fround(${cell})`;
    }
    const format = e.dtype === 'f64' ? formats.of(e) : formats.narrow;
    const [x, y, z, w] = e.args.map((a) => this.read(a, format));
    return (format === 'f64' ? emit : emitF32)[e.op as keyof typeof emit](x, y, z, w);
  }
}

const carryOf = (scan: Scan, index: number) => `c${scan.id}_${index}`;
const literal = (v: number) => (Object.is(v, -0) ? '-0' : `${v}`);
