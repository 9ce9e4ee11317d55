/**
 * Floor 1, webgpu target. A schedule as a WGSL module: an entry point for each phase, an invocation for each lane.
 *
 * A value is a `let` where it is computed; a `var` stands before an arm for what leaves it, and before a loop for each
 * carry. WGSL allows 8 KiB of them in a function, and as much again in the module.
 */
import { type ComputedOp, type Expr, type Item, placeOf, type Schedule } from '../../graph/index.js';
import { type Format, Formats } from '../precision.js';
import { Skipped } from '../skipped.js';
import { emit, emitWide } from './emit.js';
import { functionsFor } from './functions.js';
import { integerLiteral, literal } from './literals.js';
import {
  arenaOf,
  bufferName,
  declarations,
  type InputRef,
  inputName,
  type SeriesRead,
  type Word,
  wordsOf,
} from './parameters.js';
import { type KeptPlaces, keptPlaces, type Phase, phasesOf } from './phases.js';
import { wideLiteral } from './wide.js';

type Kind<K extends Item['kind']> = Extract<Item, { kind: K }>;
type Type = 'f32' | 'vec2<f32>' | 'bool' | 'i32';

/** Invocations that step together on all GPUs are at most so many; a step is cut at whole multiples of it (pace.ts). */
export const WORKGROUP = 64;

/** Of a function's variables, with some left for counters and what the functions of functions.ts have. */
const MOST_BYTES = 7600;

export interface Shader {
  readonly text: string;
  /** In the order in which they run; `entry` is the name of its entry point. */
  readonly phases: readonly { readonly entry: string; readonly isLoop: boolean }[];
  readonly words: readonly Word[];
  /** What the series' arena holds, in order. */
  readonly series: readonly SeriesRead[];
  /** Words that a lane keeps between phases. */
  readonly kept: number;
}

/** @param plan of a program whose transcendentals are not lowered */
export function shaderOf(plan: Schedule): Shader {
  const formats = new Formats(plan.live, 'float32');
  const phases = phasesOf(plan);
  const kept = keptPlaces(phases, (e) => e.dtype === 'f64' && formats.of(e) === 'f64');
  const words = wordsOf(plan.live);
  const skipped = new Skipped(plan.body);
  const entries = phases.map((_p, i) => `phase${i}`);
  const bodies = phases
    .map((_p, i) => new PhasePrinter(plan, formats, skipped, kept, phases, i).text(entries[i]))
    .join('\n');
  return {
    text: `${declarations(words, plan.live)}${functionsFor(bodies)}\n${bodies}`,
    phases: phases.map((p, i) => ({ entry: entries[i], isLoop: p.loop !== null })),
    words,
    series: plan.live.buffers
      .filter((b) => b.kind === 'series')
      .map((buffer) => ({ buffer, format: formats.in(buffer) })),
    kept: kept.words,
  };
}

/** A number from the words that hold it; a narrow one from the first word of a wide one, which is the nearest float32. */
function numberOf(words: readonly string[], type: Type): string {
  const [first, rest] = words.map((word) => `bitcast<f32>(${word})`);
  return type === 'f32' ? first : `vec2<f32>(${first}, ${rest})`;
}

class PhasePrinter {
  private readonly lines: string[] = [];
  private readonly declared = new Set<Expr>();
  private readonly windowInputs = new Set<InputRef>();
  private readonly phase: Phase;
  /** Bytes of the variables so far, and those that the module declares for lack of room in the function. */
  private bytes = 0;
  private readonly outside = new Set<Expr>();

  constructor(
    private readonly plan: Schedule,
    private readonly formats: Formats,
    private readonly skipped: Skipped,
    private readonly kept: KeptPlaces,
    private readonly phases: readonly Phase[],
    private readonly index: number,
  ) {
    this.phase = phases[index];
  }

  text(name: string): string {
    const phase = this.phase;
    for (const e of phase.reads) this.write(`let ${this.variable(e)} = ${this.restored(e)};`);
    this.items(phase.prologue);
    if (phase.loop === null) this.items(phase.items);
    else this.loopInParts(phase.loop);
    for (const e of phase.keeps) this.keep(e);
    const integers = [...this.windowInputs].map((input) => {
      const own = inputName(input, this.plan.live);
      return `  let ${own} = bitcast<i32>(given[run.${own} + w]);\n`;
    });
    const body = this.lines.join('');
    const outside = [...this.outside].map((e) => `var<private> ${this.variable(e)}: ${this.typeOf(e)};\n`);
    return `${outside.join('')}@compute @workgroup_size(${WORKGROUP})
fn ${name}(@builtin(global_invocation_id) id: vec3<u32>) {
  let lane = run.begin + id.x;
  if (lane >= run.end) { return; }
${this.gate()}  let w = lane / run.sets;
  let s = lane % run.sets;
${integers.join('')}${body}}
`;
  }

  /** Phases may be dispatched before it is known that the loops before them are through. */
  private gate(): string {
    const loops = this.phases.slice(0, this.index).flatMap((p, i) => (p.loop === null ? [] : [i]));
    return loops.map((i) => `  if (atomicLoad(&unfinished[${2 * i}]) != 0u) { return; }\n`).join('');
  }

  private write(line: string): void {
    this.lines.push(`  ${line}\n`);
  }

  private typeOf(e: Expr): Type {
    if (e.dtype === 'f64') return this.formats.of(e) === 'f64' ? 'vec2<f32>' : 'f32';
    return e.dtype === 'cond' ? 'bool' : e.dtype;
  }

  private variable(e: Expr): string {
    const place = placeOf(e) ?? e;
    const a = place.attr;
    const outside = this.outside.has(place) ? `p${this.index}_` : '';
    if (a === null || !('scan' in a)) return `${outside}v${place.id}`;
    return place.op === 'counter' ? `t${a.scan.id}` : `${outside}c${a.scan.id}_${a.index}`;
  }

  /** What stands for a node, for a number in a format. */
  private read(e: Expr, as: Format = 'f32'): string {
    const a = e.attr;
    if (a !== null && 'value' in a) {
      if (e.dtype === 'f64') return as === 'f64' ? wideLiteral(a.value) : literal(a.value);
      return e.dtype === 'i32' ? integerLiteral(a.value) : String(a.value !== 0);
    }
    if (a !== null && 'input' in a) {
      if (a.input.per === 'run') return `run.${inputName(a.input, this.plan.live)}`;
      this.windowInputs.add(a.input);
      return inputName(a.input, this.plan.live);
    }
    // never the other way round: what a wide value is made of is wide
    return e.dtype === 'f64' && as !== this.formats.of(e) ? `${this.variable(e)}.x` : this.variable(e);
  }

  private items(items: readonly Item[]): void {
    for (const item of items) {
      if (item.kind === 'let') this.define(item.expr, this.value(item.expr));
      else if (item.kind === 'store') this.store(item);
      else if (item.kind === 'arm') this.arm(item);
      else this.loop(item);
    }
  }

  private define(e: Expr, value: string): void {
    const name = this.variable(e);
    this.write(this.declared.has(e) ? `${name} = ${value};` : `let ${name} = ${value};`);
  }

  private declare(e: Expr, value: string): void {
    const isKnown = this.declared.has(e);
    this.declared.add(e);
    const type = this.typeOf(e);
    if (!isKnown) this.bytes += type === 'vec2<f32>' ? 8 : 4;
    if (!isKnown && this.bytes > MOST_BYTES) {
      this.outside.add(e);
      this.write(`${this.variable(e)} = ${value};`);
    } else this.write(`${isKnown ? '' : 'var '}${this.variable(e)}${isKnown ? '' : `: ${type}`} = ${value};`);
  }

  private value(e: Expr): string {
    const a = e.attr;
    if (a !== null && 'buffer' in a) {
      return numberOf(this.cell(a.buffer, e.args, a.column), this.typeOf(e));
    }
    const chosen = this.skipped.chosen(e);
    if (chosen !== null && this.typeOf(chosen) === this.typeOf(e)) return this.variable(chosen);
    const isWide = this.typeOf(e) === 'vec2<f32>';
    // what gives no number compares narrow ones
    const [x, y, z, w] = e.args.map((x) => this.read(x, isWide ? 'f64' : 'f32'));
    const how = (isWide ? emitWide : emit)[e.op as ComputedOp];
    if (how === undefined) throw new Error(`webgpu: ${e.op} was expected in float32`);
    return how(x, y, z, w);
  }

  private store({ emit: e }: Kind<'store'>): void {
    const [at] = this.cell(e.buffer, [e.slot], e.column);
    const text = `${at} = bitcast<u32>(${this.read(e.value)});`;
    this.write(e.when === null ? text : `if (${this.read(e.when)}) { ${text} }`);
  }

  private arm(item: Kind<'arm'>): void {
    for (const [e, value] of this.skipped.before(item)) this.declare(e, this.constantOf(e, value));
    this.write(`if (${item.side ? '' : '!'}${this.read(item.mask)}) {`);
    this.items(item.body);
    this.write('}');
  }

  private constantOf(e: Expr, value: number): string {
    const type = this.typeOf(e);
    if (type === 'f32') return literal(value);
    if (type === 'vec2<f32>') return wideLiteral(value);
    return type === 'bool' ? 'false' : '0i';
  }

  private loop(item: Kind<'loop'>): void {
    const { scan } = item;
    this.declareCarries(item);
    const t = this.variable(scan.counter);
    const length = this.read(scan.length);
    if (scan.reverse) this.write(`for (var ${t} = ${length} - 1i; ${t} >= 0i; ${t}--) {`);
    else this.write(`for (var ${t} = 0i; ${t} < ${length}; ${t}++) {`);
    this.items(item.body);
    this.step(item, '');
    this.write('}');
  }

  /** A loop of the root: the steps that this dispatch may take. */
  private loopInParts(item: Kind<'loop'>): void {
    const { scan } = item;
    this.declareCarries(item);
    const carries = item.carries.map((i) => scan.carries[i]);
    if (carries.length > 0) {
      this.write('if (run.first > 0u) {');
      for (const e of carries) this.write(`${this.variable(e)} = ${this.restored(e)};`);
      this.write('}');
    }
    const t = this.variable(scan.counter);
    this.write(`let length = ${this.read(scan.length)};`);
    this.write('let stop = i32(min(u32(max(length, 0i)), run.first + run.steps));');
    this.write('var left = length - stop;');
    this.write(`atomicMax(&unfinished[${2 * this.index + 1}], u32(max(length, 0i)));`);
    if (scan.reverse) this.write(`for (var ${t} = length - 1i - i32(run.first); ${t} >= length - stop; ${t}--) {`);
    else this.write(`for (var ${t} = i32(run.first); ${t} < stop; ${t}++) {`);
    this.items(item.body);
    this.step(item, 'left = 0i; ');
    this.write('}');
    this.write(`if (left > 0i) { atomicMax(&unfinished[${2 * this.index}], u32(left)); }`);
  }

  private declareCarries({ scan, carries }: Kind<'loop'>): void {
    for (const i of carries) this.declare(scan.carries[i], this.read(scan.init[i]));
  }

  /** All carries take their next at once: what another carry still has to be read from is set aside first. */
  private step({ scan, carries }: Kind<'loop'>, atEnd: string): void {
    const moved = carries.filter((i) => scan.next[i] !== scan.carries[i]);
    const next = moved.map((i) => {
      const from = this.read(scan.next[i]);
      if (!scan.carries.includes(scan.next[i])) return from;
      this.write(`let n${scan.id}_${i} = ${from};`);
      return `n${scan.id}_${i}`;
    });
    moved.forEach((i, k) => {
      this.write(`${this.variable(scan.carries[i])} = ${next[k]};`);
    });
    if (scan.active !== null) this.write(`if (!${this.read(scan.active)}) { ${atEnd}break; }`);
  }

  /** The words of buffer[row][column] for this lane; the row is a sum of integers. */
  private cell(b: Parameters<typeof arenaOf>[0], row: readonly Expr[], column: number): string[] {
    const known = row.reduce((sum, e) => sum + (e.constant ?? 0), 0) * b.columns + column;
    const terms = row.filter((e) => e.constant === undefined).map((e) => this.read(e));
    const rows = terms.length > 1 ? `(${terms.join(' + ')})` : terms[0];
    const moving = terms.length === 0 ? null : b.columns === 1 ? rows : `${rows} * ${b.columns}i`;
    const cell = moving === null ? `${known}u` : `u32(${moving}${known === 0 ? '' : ` + ${integerLiteral(known)}`})`;
    const base = `run.${bufferName(b, this.plan.live)}`;
    const arena = arenaOf(b);
    if (b.kind === 'series') {
      if (this.formats.in(b) === 'f32') return [`series[${base} + ${cell}]`];
      return [0, 1].map((word) => `series[${base} + 2u * ${cell} + ${word}u]`);
    }
    const own = b.kind === 'set' ? 'run.sets + s' : 'run.lanes + lane';
    return [`${arena}[${base} + ${cell} * ${own}]`];
  }

  private keptAt(e: Expr): string[] {
    const at = this.kept.at.get(e) as number;
    const count = this.typeOf(e) === 'vec2<f32>' ? 2 : 1;
    return Array.from({ length: count }, (_, i) => `kept[${at + i}u * run.lanes + lane]`);
  }

  private restored(e: Expr): string {
    const type = this.typeOf(e);
    const words = this.keptAt(e);
    if (type === 'bool') return `${words[0]} != 0u`;
    return type === 'i32' ? `bitcast<i32>(${words[0]})` : numberOf(words, type);
  }

  private keep(e: Expr): void {
    const type = this.typeOf(e);
    const name = this.variable(e);
    const words = this.keptAt(e);
    if (type === 'vec2<f32>') {
      this.write(`${words[0]} = bitcast<u32>(${name}.x);`);
      this.write(`${words[1]} = bitcast<u32>(${name}.y);`);
    } else this.write(`${words[0]} = ${type === 'bool' ? `select(0u, 1u, ${name})` : `bitcast<u32>(${name})`};`);
  }
}
