/**
 * Floor 1, reference target: a program as one plain JavaScript function of (window, set), a loop over typed arrays.
 *
 * It is the yardstick: what it computes is by definition right, every other exact target agrees to the bit.
 */
import { type Buffer, type Expr, type Item, lower, type Program, type Scan, schedule } from '../../graph/index.js';
import { checkInputs, rowLength, rowsOf } from '../layout.js';
import { type Cells, type Format, Formats, type HeldOutputs, precisionOf, widened } from '../precision.js';
import { atOnce } from '../resumable.js';
import { draw, drawF32, exponent, exponentF32, mantissa, mantissaF32, scale2, scale2F32 } from '../runtime.js';
import type { CompileOptions, Inputs, Outputs, SynchronousExecutable, SynchronousTarget } from '../target.js';
import { emit, emitF32 } from './emit.js';

/** What the emission tables call by name. */
const FUNCTIONS = {
  fround: Math.fround,
  ...{ draw, exponent, mantissa, scale2 },
  ...{ drawF32, exponentF32, mantissaF32, scale2F32 },
};

type LaneFunction = (
  buffers: readonly Cells[],
  run: Readonly<Record<string, number>>,
  window: Readonly<Record<string, number>>,
  sets: number,
  windows: number,
  w: number,
  s: number,
) => void;

export const reference: SynchronousTarget = {
  name: 'reference',
  exact: true,
  precisions: ['float64', 'float32'],
  lanesAtOnce: () => 1,
  probe: async () => ({ available: true, reason: 'plain JavaScript, one thread', device: 'cpu' }),
  compile(program: Program, options: CompileOptions = {}): SynchronousExecutable {
    const precision = precisionOf(reference, options.precision);
    const plan = schedule(lower(program, precision));
    const formats = new Formats(plan.live, precision);
    const buffers = plan.live.buffers;
    const source = functionSource(plan.body, buffers, formats);
    const lane = new Function(...Object.keys(FUNCTIONS), `return ${source}`)(
      ...Object.values(FUNCTIONS),
    ) as LaneFunction;
    const executable: SynchronousExecutable = {
      resumable: (inputs) => atOnce(() => executable.run(inputs)),
      run(inputs: Inputs): Outputs {
        checkInputs(program.name, plan.live, inputs);
        const held = formats.hold(inputs);
        const outputs: HeldOutputs = {};
        const data = buffers.map((b) => {
          if (b.kind !== 'output' && b.kind !== 'tape') return held.buffers[b.name];
          const made = formats.cells(b, rowsOf(b, inputs.run) * rowLength(b, inputs.sets, inputs.windows));
          if (b.kind === 'output') outputs[b.name] = made;
          return made;
        });
        for (let w = 0; w < inputs.windows; w++) {
          const window = Object.fromEntries(Object.entries(inputs.window).map(([k, v]) => [k, v[w]]));
          for (let s = 0; s < inputs.sets; s++) lane(data, inputs.run, window, inputs.sets, inputs.windows, w, s);
        }
        return widened(outputs);
      },
      dispose() {},
    };
    return executable;
  },
};

/** The text of the function that runs one lane. */
function functionSource(body: readonly Item[], buffers: readonly Buffer[], formats: Formats): string {
  const variables: string[] = [];
  const index = new Map(buffers.map((b, i) => [b, i]));

  const literal = (v: number) => (v < 0 || Object.is(v, -0) ? `(${Object.is(v, -0) ? '-0' : v})` : `${v}`);
  /** The variable or literal that stands for a node, for an f64-typed one in a format. */
  const read = (e: Expr, as: Format = formats.narrow): string => {
    const a = e.attr;
    if (a === null || e.op === 'load') {
      return e.dtype === 'f64' && as !== formats.of(e) ? `fround(v${e.id})` : `v${e.id}`;
    }
    if ('value' in a) {
      if (e.dtype === 'bool' || e.dtype === 'cond') return `${a.value !== 0}`;
      return literal(e.dtype === 'f64' && as === 'f32' ? Math.fround(a.value) : a.value);
    }
    if ('input' in a) return `${a.input.per}[${JSON.stringify(a.input.name)}]`;
    if ('scan' in a) return e.op === 'counter' ? `t${a.scan.id}` : `c${a.scan.id}_${a.index}`;
    throw new Error(`reference: ${e.op} is no variable`);
  };
  /** The address of buffer[row][column] for this lane. */
  const address = (b: Buffer, row: string, column: number): string => {
    const cell = `(${row}) * ${b.columns} + ${column}`;
    if (b.kind === 'series' || b.kind === 'tape') return cell;
    if (b.kind === 'set') return `(${cell}) * sets + s`;
    return `((${cell}) * windows + w) * sets + s`;
  };
  const value = (e: Expr): string => {
    if (e.op === 'load' && e.attr !== null && 'buffer' in e.attr) {
      const b = e.attr.buffer;
      const cell = `b${index.get(b)}[${address(b, `${read(e.args[0])} + ${read(e.args[1])}`, e.attr.column)}]`;
      return formats.of(e) === formats.in(b) ? cell : `fround(${cell})`;
    }
    // what gives no number compares narrow ones
    const format = e.dtype === 'f64' ? formats.of(e) : formats.narrow;
    const [x, y, z, w] = e.args.map((a) => read(a, format));
    return (format === 'f64' ? emit : emitF32)[e.op as keyof typeof emit](x, y, z, w);
  };
  const loop = (scan: Scan, carries: readonly number[], inner: string, pad: string): string => {
    const c = (i: number) => `c${scan.id}_${i}`;
    variables.push(...carries.map(c));
    const start = carries.map((i) => `${pad}${c(i)} = ${read(scan.init[i])};\n`).join('');
    const length = read(scan.length);
    const head = scan.reverse
      ? `for (let t${scan.id} = ${length} - 1; t${scan.id} >= 0; t${scan.id}--)`
      : `for (let t${scan.id} = 0, end${scan.id} = ${length}; t${scan.id} < end${scan.id}; t${scan.id}++)`;
    const moved = carries.filter((i) => scan.next[i] !== scan.carries[i]);
    const step = moved.map((i) => `${pad}  const n${scan.id}_${i} = ${read(scan.next[i])};\n`).join('');
    const exit = scan.active === null ? '' : `${pad}  if (!${read(scan.active)}) break;\n`;
    const assign = moved.map((i) => `${pad}  ${c(i)} = n${scan.id}_${i};\n`).join('');
    return `${start}${pad}${head} {\n${inner}${step}${assign}${exit}${pad}}\n`;
  };
  const print = (items: readonly Item[], pad: string): string =>
    items
      .map((item) => {
        if (item.kind === 'let') {
          variables.push(`v${item.expr.id}`);
          return `${pad}v${item.expr.id} = ${value(item.expr)};\n`;
        }
        if (item.kind === 'store') {
          const e = item.emit;
          const text = `b${index.get(e.buffer)}[${address(e.buffer, read(e.slot), e.column)}] = ${read(e.value)};\n`;
          return e.when === null ? pad + text : `${pad}if (${read(e.when)}) ${text}`;
        }
        if (item.kind === 'loop') return loop(item.scan, item.carries, print(item.body, `${pad}  `), pad);
        return `${pad}if (${item.side ? '' : '!'}${read(item.mask)}) {\n${print(item.body, `${pad}  `)}${pad}}\n`;
      })
      .join('');
  const text = print(body, '  ');
  const names = buffers.map((_b, i) => `b${i}`);
  const unpack = names.length > 0 ? `  const [${names.join(', ')}] = buffers;\n` : '';
  const declare = variables.length > 0 ? `  let ${[...new Set(variables)].join(', ')};\n` : '';
  return `function lane(buffers, run, window, sets, windows, w, s) {\n${unpack}${declare}${text}}`;
}
