/**
 * Floor 1, reference target: a program as one plain JavaScript function of (window, set), a loop over Float64Arrays.
 *
 * It is the yardstick: what it computes is by definition right, every other exact target agrees to the bit.
 */
import { type Buffer, type Expr, type Item, lower, type Program, type Scan, schedule } from '../../graph/index.js';
import { checkInputs, rowLength, rowsOf } from '../layout.js';
import { draw, exponent, mantissa, scale2 } from '../runtime.js';
import type { Executable, Inputs, Outputs, Target } from '../target.js';
import { emit } from './emit.js';

type LaneFunction = (
  buffers: Float64Array[],
  run: Readonly<Record<string, number>>,
  window: Readonly<Record<string, number>>,
  sets: number,
  windows: number,
  w: number,
  s: number,
) => void;

export const reference: Target = {
  name: 'reference',
  exact: true,
  lanesAtOnce: () => 1,
  probe: async () => ({ available: true, reason: 'plain JavaScript, float64, one thread', device: 'cpu' }),
  compile(program: Program): Executable {
    const plan = schedule(lower(program));
    const buffers = plan.live.buffers;
    const source = functionSource(plan.body, buffers);
    const lane = new Function('scale2', 'exponent', 'mantissa', 'draw', `return ${source}`)(
      scale2,
      exponent,
      mantissa,
      draw,
    ) as LaneFunction;
    return {
      run(inputs: Inputs): Outputs {
        checkInputs(program.name, plan.live, inputs);
        const outputs: Outputs = {};
        const data = buffers.map((b) => {
          if (b.kind !== 'output' && b.kind !== 'tape') return inputs.buffers[b.name];
          const made = new Float64Array(rowsOf(b, inputs.run) * rowLength(b, inputs.sets, inputs.windows));
          if (b.kind === 'output') outputs[b.name] = made;
          return made;
        });
        for (let w = 0; w < inputs.windows; w++) {
          const window = Object.fromEntries(Object.entries(inputs.window).map(([k, v]) => [k, v[w]]));
          for (let s = 0; s < inputs.sets; s++) lane(data, inputs.run, window, inputs.sets, inputs.windows, w, s);
        }
        return outputs;
      },
      dispose() {},
    };
  },
};

/** The text of the function that runs one lane. */
export function functionSource(body: readonly Item[], buffers: readonly Buffer[]): string {
  const variables: string[] = [];
  const index = new Map(buffers.map((b, i) => [b, i]));

  const literal = (v: number) => (v < 0 || Object.is(v, -0) ? `(${Object.is(v, -0) ? '-0' : v})` : `${v}`);
  const read = (e: Expr): string => {
    const a = e.attr;
    if (a === null || e.op === 'load') return `v${e.id}`;
    if ('value' in a) return e.dtype === 'bool' || e.dtype === 'cond' ? `${a.value !== 0}` : literal(a.value);
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
      return `b${index.get(b)}[${address(b, `${read(e.args[0])} + ${read(e.args[1])}`, e.attr.column)}]`;
    }
    const [x, y, z, w] = e.args.map(read);
    return emit[e.op as keyof typeof emit](x, y, z, w);
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
