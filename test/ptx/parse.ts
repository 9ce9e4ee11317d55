/**
 * PTX text as statements: the part of the language that a generated kernel needs (PTX ISA 6.4 and later), read strictly.
 *
 * Nothing is skipped: what is not understood is an error with its line.
 */

export type RegisterClass = 'f64' | 'f32' | 'b32' | 'b64' | 'pred';

export type Operand =
  | { readonly kind: 'register'; readonly name: string; readonly class: RegisterClass }
  | { readonly kind: 'special'; readonly name: string }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'double' | 'single'; readonly value: number }
  /** [base+offset], the base a register or a kernel parameter. */
  | { readonly kind: 'address'; readonly base: Operand; readonly offset: number }
  /** A label, a function, a kernel parameter. */
  | { readonly kind: 'name'; readonly name: string }
  /** Arguments or results of a call. */
  | { readonly kind: 'list'; readonly items: readonly Operand[] };

export interface Register {
  readonly name: string;
  readonly class: RegisterClass;
}

export interface Instruction {
  readonly kind: 'instruction';
  readonly line: number;
  readonly text: string;
  readonly guard: { readonly register: string; readonly negated: boolean } | null;
  readonly code: string;
  readonly operands: readonly Operand[];
}

export interface Label {
  readonly kind: 'label';
  readonly line: number;
  readonly name: string;
}

export type Statement = Instruction | Label;

/** A kernel (entry) or a function that kernels call. */
export interface Routine {
  readonly name: string;
  readonly entry: boolean;
  /** Of an entry: parameters in the parameter space. */
  readonly parameters: readonly { readonly name: string; readonly type: 'u32' | 'u64' }[];
  /** Of a function: registers that hold arguments and result. */
  readonly arguments: readonly Register[];
  readonly result: Register | null;
  readonly registers: ReadonlyMap<string, RegisterClass>;
  /** Addresses in the local memory of a thread, by name, and its bytes. */
  readonly locals: ReadonlyMap<string, number>;
  readonly localBytes: number;
  readonly statements: readonly Statement[];
}

const SPECIAL = new Set(['%ctaid.x', '%ntid.x', '%tid.x']);

const CLASSES: Readonly<Record<string, RegisterClass>> = {
  f64: 'f64',
  f32: 'f32',
  b32: 'b32',
  u32: 'b32',
  s32: 'b32',
  b64: 'b64',
  u64: 'b64',
  s64: 'b64',
  pred: 'pred',
};

/** The routines of a module, in the order of the text. */
export function parse(text: string): Routine[] {
  return new Parser(text).module();
}

const bits = new DataView(new ArrayBuffer(8));

/** What stands in the braces of a routine. */
interface Body {
  readonly registers: Map<string, RegisterClass>;
  readonly locals: Map<string, number>;
  localBytes: number;
  readonly statements: Statement[];
}

class Parser {
  private at = 0;
  /** Lines that end before this place were counted. */
  private counted = 0;
  private lines = 1;

  constructor(private readonly text: string) {}

  module(): Routine[] {
    this.expect(/\.version\s+\d+\.\d+/y, '.version');
    this.expect(/\.target\s+sm_\d+/y, '.target');
    this.expect(/\.address_size\s+64\b/y, '.address_size 64');
    const routines: Routine[] = [];
    for (this.space(); this.at < this.text.length; this.space()) {
      const made = this.take(/\.visible\s+\.entry\b/y) !== null ? this.entry() : this.function();
      if (routines.some((r) => r.name === made.name)) this.fail(`${made.name} is defined twice`);
      routines.push(made);
    }
    return routines;
  }

  private entry(): Routine {
    const name = this.name();
    const parameters = this.commaList(() => {
      const [, type, parameter] = this.expect(/\.param\s+\.(u32|u64)\s+([\w$]+)/y, 'a parameter .param .u32 or .u64');
      return { name: parameter, type: type as 'u32' | 'u64' };
    });
    return { name, entry: true, parameters, arguments: [], result: null, ...this.body(new Map()) };
  }

  private function(): Routine {
    this.expect(/\.func\b/y, '.visible .entry or .func');
    const registers = new Map<string, RegisterClass>();
    const registerParameter = (): Register => {
      const [, type, name] = this.expect(/\.reg\s+\.(\w+)\s+(%[\w$]+)/y, 'a parameter .reg');
      return { name, class: this.declare(registers, name, type) };
    };
    const results = this.peek('(') ? this.commaList(registerParameter) : [];
    if (results.length > 1) this.fail('a function has one result at most');
    const name = this.name();
    const args = this.commaList(registerParameter);
    const result = results[0] ?? null;
    const body = this.body(registers);
    if (body.localBytes > 0) this.fail(`${name}: local memory is for entries`);
    return { name, entry: false, parameters: [], arguments: args, result, ...body };
  }

  /** { declarations, labels and instructions } */
  private body(registers: Map<string, RegisterClass>): Body {
    const body: Body = { registers, locals: new Map(), localBytes: 0, statements: [] };
    this.expect(/\{/y, '{');
    while (this.take(/\}/y) === null) {
      const declaration = this.take(/\.reg\s+\.(\w+)\s+([^;]+);/y);
      if (declaration !== null) this.declareAll(registers, declaration[1], declaration[2]);
      else if (this.peek('.local')) this.local(body);
      else body.statements.push(this.statement(registers));
    }
    return body;
  }

  private local(body: Body): void {
    const [, name, bytes] = this.expect(
      /\.local\s+\.align\s+8\s+\.b8\s+(\w+)\[(\d+)\]\s*;/y,
      '.local .align 8 .b8 name[bytes]',
    );
    if (body.locals.has(name)) this.fail(`${name} is declared twice`);
    body.locals.set(name, body.localBytes);
    body.localBytes += 8 * Math.ceil(Number(bytes) / 8);
  }

  private statement(registers: ReadonlyMap<string, RegisterClass>): Statement {
    const line = this.line();
    const label = this.take(/([A-Za-z_$][\w$]*)\s*:/y);
    return label !== null ? { kind: 'label', line, name: label[1] } : this.instruction(line, registers);
  }

  private declareAll(registers: Map<string, RegisterClass>, type: string, names: string): void {
    for (const item of names.split(',')) {
      const [, name, count] = /^\s*(%[A-Za-z_][\w$]*)(?:<(\d+)>)?\s*$/.exec(item) ?? this.fail(`no register: ${item}`);
      if (count === undefined) this.declare(registers, name, type);
      else for (let i = 0; i < Number(count); i++) this.declare(registers, `${name}${i}`, type);
    }
  }

  private declare(registers: Map<string, RegisterClass>, name: string, type: string): RegisterClass {
    const found = CLASSES[type] ?? this.fail(`no register type: .${type}`);
    if (registers.has(name)) this.fail(`${name} is declared twice`);
    registers.set(name, found);
    return found;
  }

  private instruction(line: number, registers: ReadonlyMap<string, RegisterClass>): Instruction {
    const found = this.expect(/(?:@(!?)(%[\w$]+)\s+)?([a-z][a-z0-9_.]*)\b\s*([^;{}]*);/y, 'an instruction');
    const [whole, negation, predicate, code, rest] = found;
    const text = whole.replace(/\s+/g, ' ').replace(/;$/, '');
    const where = `line ${line}: ${text}`;
    const guard = predicate === undefined ? null : { register: predicate, negated: negation === '!' };
    if (guard !== null && registers.get(guard.register) !== 'pred') {
      throw new SyntaxError(`ptx: ${where}: ${guard.register} is no declared predicate`);
    }
    const operands = splitList(rest).map((item) => operandOf(item, registers, where));
    return { kind: 'instruction', line, text, guard, code, operands };
  }

  private commaList<T>(item: () => T): T[] {
    this.expect(/\(/y, '(');
    const items: T[] = [];
    while (this.take(/\)/y) === null) {
      if (items.length > 0) this.expect(/,/y, ', or )');
      items.push(item());
    }
    return items;
  }

  private name(): string {
    return this.expect(/([A-Za-z_$][\w$]*)/y, 'a name')[1];
  }

  /** Skips white space and comments. */
  private space(): void {
    const found = this.match(/(?:\s+|\/\/[^\n]*)*/y);
    this.at += found === null ? 0 : found[0].length;
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text);
  }

  private peek(start: string): boolean {
    this.space();
    return this.text.startsWith(start, this.at);
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    this.space();
    const found = this.match(pattern);
    if (found !== null) this.at += found[0].length;
    return found;
  }

  private expect(pattern: RegExp, what: string): RegExpExecArray {
    const found = this.take(pattern);
    if (found === null) {
      const got = this.text.slice(this.at, this.at + 60).split('\n')[0];
      return this.fail(`${what} was expected, got ${got === '' ? 'the end' : got}`);
    }
    return found;
  }

  /** The line of what comes next. */
  private line(): number {
    this.space();
    for (; this.counted < this.at; this.counted++) if (this.text[this.counted] === '\n') this.lines++;
    return this.lines;
  }

  private fail(message: string): never {
    throw new SyntaxError(`ptx: line ${this.line()}: ${message}`);
  }
}

/** At commas that stand outside of brackets. */
function splitList(text: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(' || text[i] === '[') depth++;
    else if (text[i] === ')' || text[i] === ']') depth--;
    else if (text[i] === ',' && depth === 0) {
      items.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  const last = text.slice(from).trim();
  return items.length === 0 && last === '' ? [] : [...items, last];
}

function operandOf(text: string, registers: ReadonlyMap<string, RegisterClass>, where: string): Operand {
  if (SPECIAL.has(text)) return { kind: 'special', name: text };
  if (text.startsWith('%')) {
    const found = registers.get(text);
    if (found === undefined) throw new SyntaxError(`ptx: ${where}: ${text} is not declared`);
    return { kind: 'register', name: text, class: found };
  }
  if (/^0d[0-9A-Fa-f]{16}$/.test(text)) {
    bits.setBigUint64(0, BigInt(`0x${text.slice(2)}`));
    return { kind: 'double', value: bits.getFloat64(0) };
  }
  if (/^0f[0-9A-Fa-f]{8}$/.test(text)) {
    bits.setUint32(0, Number(`0x${text.slice(2)}`));
    return { kind: 'single', value: bits.getFloat32(0) };
  }
  if (/^-?(0[xX][0-9A-Fa-f]+|[1-9]\d*|0)$/.test(text)) {
    return { kind: 'integer', value: text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text) };
  }
  const address = /^\[\s*([%\w$]+)\s*(?:\+\s*(-?\d+))?\s*\]$/.exec(text);
  if (address !== null) {
    const base = operandOf(address[1], registers, where);
    return { kind: 'address', base, offset: Number(address[2] ?? 0) };
  }
  if (/^[A-Za-z_$][\w$]*$/.test(text)) return { kind: 'name', name: text };
  const list = /^\((.*)\)$/.exec(text);
  if (list !== null) {
    return { kind: 'list', items: splitList(list[1]).map((item) => operandOf(item, registers, where)) };
  }
  throw new SyntaxError(`ptx: ${where}: no operand: ${text}`);
}
