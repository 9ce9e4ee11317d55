/**
 * PTX routines as JavaScript: every instruction checked against its row, then blocks of statements as functions that give
 * the number of the next block.
 *
 * Registers are cells of typed arrays, one for each class and apart for each routine.
 */
import { INSTRUCTIONS, type Row } from './instructions.js';
import type { Instruction, Operand, RegisterClass, Routine } from './parse.js';

/** Names of the arrays in the generated functions. */
const ARRAYS: Readonly<Record<RegisterClass, string>> = { f64: 'F', f32: 'H', b32: 'R', b64: 'D', pred: 'P' };
/** Blocks are cut here: engines leave long functions unoptimised. */
const LONGEST_BLOCK = 200;
const END = -1;

/** How many registers of each class the routines have together. */
export type Counts = Record<RegisterClass, number>;

/** The JavaScript variable that holds the blocks of a routine. */
export const nameOf = (routine: Routine): string => `blocks_${routine.name}`;

/** A routine as source text: an array of functions. */
export interface Translated {
  readonly name: string;
  readonly blocks: string;
}

/** The routines in the order of the text, each of which may call those before it. */
export function translate(routines: readonly Routine[]): { readonly routines: Translated[]; readonly counts: Counts } {
  const counts: Counts = { f64: 0, f32: 0, b32: 0, b64: 0, pred: 0 };
  const known = new Map<string, Translator>();
  const translated = routines.map((routine) => {
    const translator = new Translator(routine, counts, known);
    const blocks = translator.source();
    known.set(routine.name, translator);
    return { name: nameOf(routine), blocks };
  });
  return { routines: translated, counts };
}

class Translator {
  /** JavaScript of each register. */
  readonly cells = new Map<string, string>();
  private readonly labels = new Map<string, number>();
  private readonly written = new Set<string>();
  private readonly read = new Map<string, Instruction>();

  constructor(
    readonly routine: Routine,
    counts: Counts,
    private readonly functions: ReadonlyMap<string, Translator>,
  ) {
    for (const [name, type] of routine.registers) this.cells.set(name, `${ARRAYS[type]}[${counts[type]++}]`);
    for (const { name } of routine.arguments) this.written.add(name);
  }

  source(): string {
    const blocks = this.blocks();
    const text = blocks.map((block, i) => {
      const statements = block.map((s) => `    ${this.statement(s)}\n`).join('');
      return `  () => {\n${statements}    return ${i + 1 < blocks.length ? i + 1 : END};\n  },\n`;
    });
    const { result } = this.routine;
    if (result !== null && !this.written.has(result.name))
      throw new SyntaxError(`ptx: ${result.name} is never written`);
    for (const [name, by] of this.read) if (!this.written.has(name)) fail(by, `${name} is written nowhere`);
    return `[\n${text.join('')}]`;
  }

  /** Statements from one label to the next, or to a jump. */
  private blocks(): Instruction[][] {
    const blocks: Instruction[][] = [[]];
    for (const s of this.routine.statements) {
      const last = blocks[blocks.length - 1];
      if (s.kind === 'label') {
        if (this.labels.has(s.name)) throw new SyntaxError(`ptx: line ${s.line}: label ${s.name} stands twice`);
        if (last.length > 0) blocks.push([]);
        this.labels.set(s.name, blocks.length - 1);
      } else {
        last.push(s);
        if (s.code === 'bra' || s.code === 'ret' || last.length === LONGEST_BLOCK) blocks.push([]);
      }
    }
    const end = this.routine.statements.at(-1);
    if (end?.kind !== 'instruction' || end.code !== 'ret' || end.guard !== null) {
      throw new SyntaxError(`ptx: ${this.routine.name} was expected to end with ret`);
    }
    return blocks;
  }

  private statement(s: Instruction): string {
    const code = this.body(s);
    if (s.guard === null) return code;
    return `if (${this.register(s.guard.register, s)} === ${s.guard.negated ? 0 : 1}) { ${code} }`;
  }

  private body(s: Instruction): string {
    if (s.code === 'ret') return this.ret(s);
    if (s.code === 'bra') return this.branch(s);
    if (s.code === 'call') return this.call(s);
    const [memory, space] = s.code.split('.');
    if (memory === 'ld' && space === 'param') return this.loadParameter(s);
    if (memory === 'ld') return this.load(s);
    if (memory === 'st') return this.store(s);
    return this.compute(s);
  }

  private compute(s: Instruction): string {
    const rows = INSTRUCTIONS.get(s.code) ?? fail(s, 'an unknown instruction or modifier');
    const [to, ...sources] = s.operands;
    const fits = (row: Row) =>
      sources.length === row.sources.length &&
      classOf(to) === row.result &&
      sources.every((o, i) => takes(o, row.sources[i]));
    const row = rows.find(fits) ?? fail(s, `operands of another type, or another number of them, were expected`);
    const [a, b, c] = sources.map((o, i) => this.value(o, row.sources[i], s));
    return `${this.target(to, row.result, s)} = ${row.code(a, b, c, s.line)};`;
  }

  private loadParameter(s: Instruction): string {
    const [to, from] = this.operands(s, 2);
    const type = s.code === 'ld.param.u32' ? 'u32' : s.code === 'ld.param.u64' ? 'u64' : fail(s, 'an unknown load');
    const name = from.kind === 'address' && from.base.kind === 'name' && from.offset === 0 ? from.base.name : '';
    const i = this.routine.parameters.findIndex((p) => p.name === name && p.type === type);
    if (i < 0) fail(s, `a parameter of type .${type} was expected`);
    return type === 'u32'
      ? `${this.target(to, 'b32', s)} = A[${i}];`
      : `${this.target(to, 'b64', s)} = BigInt(A[${i}]);`;
  }

  private load(s: Instruction): string {
    const loads: Readonly<Record<string, readonly [RegisterClass, string]>> = {
      'ld.global.f64': ['f64', 'm.loadF64'],
      'ld.volatile.global.f64': ['f64', 'm.loadF64'],
      'ld.global.nc.f64': ['f64', 'm.loadConstantF64'],
      'ld.global.f32': ['f32', 'm.loadF32'],
      'ld.volatile.global.f32': ['f32', 'm.loadF32'],
      'ld.global.nc.f32': ['f32', 'm.loadConstantF32'],
      'ld.global.nc.u32': ['b32', 'm.loadConstantU32'],
      'ld.local.f64': ['f64', 'l.load'],
    };
    const [to, from] = this.operands(s, 2);
    const [type, method] = loads[s.code] ?? fail(s, 'an unknown load');
    return `${this.target(to, type, s)} = ${method}(${this.address(from, s)}, ${s.line});`;
  }

  private store(s: Instruction): string {
    const stores: Readonly<Record<string, readonly [RegisterClass, string]>> = {
      'st.global.f64': ['f64', 'm.storeF64'],
      'st.global.f32': ['f32', 'm.storeF32'],
      'st.local.f64': ['f64', 'l.store'],
    };
    const [to, from] = this.operands(s, 2);
    const [type, method] = stores[s.code] ?? fail(s, 'an unknown store');
    return `${method}(${this.address(to, s)}, ${this.value(from, type, s)}, ${s.line});`;
  }

  private branch(s: Instruction): string {
    const [to] = this.operands(s, 1);
    const block = to.kind === 'name' ? this.labels.get(to.name) : undefined;
    return block === undefined ? fail(s, 'a label of this routine was expected') : `return ${block};`;
  }

  private ret(s: Instruction): string {
    this.operands(s, 0);
    return `return ${END};`;
  }

  /** call (result), function, (arguments): registers of its own hold them. */
  private call(s: Instruction): string {
    const [to, callee, given] = this.operands(s, 3);
    const called = callee.kind === 'name' ? this.functions.get(callee.name) : undefined;
    if (called === undefined || called.routine.entry) return fail(s, 'a function defined above was expected');
    const { result, arguments: wanted } = called.routine;
    if (to.kind !== 'list' || given.kind !== 'list' || result === null) return fail(s, '(result), name, (arguments)');
    if (to.items.length !== 1 || given.items.length !== wanted.length) return fail(s, `${wanted.length} arguments`);
    const set = wanted.map((w, i) => `${called.cells.get(w.name)} = ${this.value(given.items[i], w.class, s)}; `);
    return `${set.join('')}run(${nameOf(called.routine)}); ${this.target(to.items[0], result.class, s)} = ${called.cells.get(result.name)};`;
  }

  private operands(s: Instruction, count: number): readonly Operand[] {
    return s.operands.length === count ? s.operands : fail(s, `${count} operands were expected`);
  }

  /** A register that takes a value. */
  private target(o: Operand, type: RegisterClass, s: Instruction): string {
    if (o.kind !== 'register' || o.class !== type) return fail(s, `the result was expected in a register .${type}`);
    this.written.add(o.name);
    return this.cells.get(o.name) as string;
  }

  private value(o: Operand, type: RegisterClass, s: Instruction): string {
    if (!takes(o, type)) return fail(s, `an operand .${type} was expected`);
    if (o.kind === 'register') return this.register(o.name, s);
    if (o.kind === 'special' && s.code !== 'mov.u32') return fail(s, `only mov.u32 reads ${o.name}`);
    if (o.kind === 'special') return `S[${JSON.stringify(o.name)}]`;
    if (o.kind === 'double' || o.kind === 'single') return `(${Object.is(o.value, -0) ? '-0' : o.value})`;
    if (o.kind === 'integer') {
      return type === 'b64' ? `(${BigInt.asIntN(64, o.value)}n)` : `(${BigInt.asIntN(32, o.value)})`;
    }
    const at = o.kind === 'name' && s.code === 'mov.u64' ? this.routine.locals.get(o.name) : undefined;
    return at === undefined ? fail(s, 'a name of local memory was expected') : `${at}n`;
  }

  private register(name: string, s: Instruction): string {
    if (!this.read.has(name)) this.read.set(name, s);
    return this.cells.get(name) as string;
  }

  private address(o: Operand, s: Instruction): string {
    if (o.kind !== 'address' || classOf(o.base) !== 'b64') return fail(s, 'an address [register+offset] was expected');
    return `Number(${this.value(o.base, 'b64', s)}) + ${o.offset}`;
  }
}

const classOf = (o: Operand | undefined): RegisterClass | null => (o?.kind === 'register' ? o.class : null);

const LIMITS: Readonly<Record<'b32' | 'b64', bigint>> = { b32: 2n ** 32n, b64: 2n ** 64n };

/** Whether an operand stands for a value of a class. */
function takes(o: Operand, type: RegisterClass): boolean {
  if (o.kind === 'register') return o.class === type;
  if (o.kind === 'special') return type === 'b32';
  if (o.kind === 'double') return type === 'f64';
  if (o.kind === 'single') return type === 'f32';
  if (o.kind === 'name') return type === 'b64';
  if (o.kind !== 'integer' || (type !== 'b32' && type !== 'b64')) return false;
  return o.value < LIMITS[type] && o.value >= -LIMITS[type] / 2n;
}

function fail(s: Instruction, message: string): never {
  throw new SyntaxError(`ptx: line ${s.line}: ${s.text}: ${message}`);
}
