/**
 * Floor 3. Potentials that a config writes as an expression, `height·(q² − 1)²` as `height*(q^2 - 1)^2`: parsed here, never
 * evaluated as code. Names that stand for nothing else are parameters.
 *
 *     sum      term (('+' | '-') term)*          power    atom ('^' unary)?
 *     term     unary (('*' | '/') unary)*        atom     number | name | name '(' sum (',' sum)* ')' | '(' sum ')'
 *     unary    '-' unary | power
 */
import { UserError } from '../../src/errors.js';
import { constant, type Expr } from '../../src/graph/index.js';
import { dot, sum, tanh } from '../../src/rollout/functions.js';
import { real } from './generator.js';
import type { Potential } from './potentials.js';

/** What an expression is made of, for numbers of one kind. */
interface Algebra<T> {
  readonly number: (x: number) => T;
  readonly add: (x: T, y: T) => T;
  readonly sub: (x: T, y: T) => T;
  readonly mul: (x: T, y: T) => T;
  readonly div: (x: T, y: T) => T;
  /** x^e, e a number where it is written as one. */
  readonly pow: (x: T, e: T | number) => T;
  readonly call: Readonly<Record<string, (...xs: readonly T[]) => T>>;
}

/** An expression, to be worked out with the values of its names. */
type Node = <T>(a: Algebra<T>, name: (name: string) => T) => T;

/** Functions by name, and how many arguments they take. */
const ARITY: Readonly<Record<string, number>> = { exp: 1, log: 1, sqrt: 1, abs: 1, tanh: 1, min: 2, max: 2 };

const LARGEST_POWER = 16;

/** xⁿ by repeated squaring, for whole n. */
function wholePower<T>(a: Pick<Algebra<T>, 'number' | 'mul' | 'div'>, x: T, n: number): T {
  if (n < 0) return a.div(a.number(1), wholePower(a, x, -n));
  if (n === 0) return a.number(1);
  const half = n >> 1;
  if (half === 0) return x;
  const square = wholePower(a, a.mul(x, x), half);
  return n % 2 === 0 ? square : a.mul(square, x);
}

const isWhole = (e: unknown): e is number =>
  typeof e === 'number' && Number.isInteger(e) && Math.abs(e) <= LARGEST_POWER;

const EXPRS: Algebra<Expr> = {
  number: constant,
  add: (x, y) => x.add(y),
  sub: (x, y) => x.sub(y),
  mul: (x, y) => x.mul(y),
  div: (x, y) => x.div(y),
  pow: (x, e) => (isWhole(e) ? wholePower(EXPRS, x, e) : x.log().mul(e).exp()),
  call: {
    exp: (x) => x.exp(),
    log: (x) => x.log(),
    sqrt: (x) => x.sqrt(),
    abs: (x) => x.abs(),
    tanh,
    min: (x, y) => x.minimum(y),
    max: (x, y) => x.maximum(y),
  },
};

const NUMBERS: Algebra<number> = {
  number: (x) => x,
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  pow: (x, e) => (isWhole(e) ? wholePower(NUMBERS, x, e) : Math.exp(Math.log(x) * e)),
  call: {
    exp: Math.exp,
    log: Math.log,
    sqrt: Math.sqrt,
    abs: Math.abs,
    tanh: Math.tanh,
    min: Math.min,
    max: Math.max,
  },
};

const TOKEN = /\s*(?:(\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)|([A-Za-z_]\w*)|([-+*/^(),])|(\S))/gy;
const LONGEST = 1000;

interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  readonly names = new Set<string>();

  constructor(private readonly text: string) {
    if (text.length > LONGEST) throw this.fault(`an expression of at most ${LONGEST} characters`, `${text.length}`);
    const found = [...text.matchAll(TOKEN)].map(([, number, name, sign, stranger]): Token => {
      if (stranger !== undefined) throw this.fault('numbers, names and + - * / ^ ( ) ,', `'${stranger}'`);
      if (number !== undefined) return { kind: 'number', text: number };
      return name !== undefined ? { kind: 'name', text: name } : { kind: 'sign', text: sign };
    });
    this.tokens = [...found, { kind: 'end', text: 'the end' }];
  }

  whole(): Node {
    const node = this.sum();
    if (this.next.kind !== 'end') throw this.fault('an operator', `'${this.next.text}'`);
    return node;
  }

  private get next(): Token {
    return this.tokens[this.at];
  }

  private fault(expected: string, got: string): UserError {
    return new UserError(
      `potential: ${expected} expected, got ${got} in '${this.text.slice(0, 60)}'; write for example height*(q^2 - 1)^2`,
    );
  }

  private take(sign: string): boolean {
    if (this.next.kind !== 'sign' || this.next.text !== sign) return false;
    this.at++;
    return true;
  }

  private expect(sign: string): void {
    if (!this.take(sign)) throw this.fault(`'${sign}' was`, `'${this.next.text}'`);
  }

  private sum(): Node {
    let left = this.term();
    for (;;) {
      const [x, plus] = [left, this.take('+')];
      if (!plus && !this.take('-')) return left;
      const y = this.term();
      left = plus ? (a, n) => a.add(x(a, n), y(a, n)) : (a, n) => a.sub(x(a, n), y(a, n));
    }
  }

  private term(): Node {
    let left = this.unary();
    for (;;) {
      const [x, times] = [left, this.take('*')];
      if (!times && !this.take('/')) return left;
      const y = this.unary();
      left = times ? (a, n) => a.mul(x(a, n), y(a, n)) : (a, n) => a.div(x(a, n), y(a, n));
    }
  }

  private unary(): Node {
    if (!this.take('-')) return this.power();
    const x = this.unary();
    return (a, n) => a.sub(a.number(0), x(a, n));
  }

  private power(): Node {
    const base = this.atom();
    if (!this.take('^')) return base;
    const minus = this.take('-');
    if (this.next.kind === 'number') {
      const e = (minus ? -1 : 1) * Number(this.tokens[this.at++].text);
      return (a, n) => a.pow(base(a, n), e);
    }
    const e = this.power();
    return (a, n) => a.pow(base(a, n), minus ? a.sub(a.number(0), e(a, n)) : e(a, n));
  }

  private atom(): Node {
    const token = this.next;
    if (this.take('(')) {
      const inner = this.sum();
      this.expect(')');
      return inner;
    }
    if (token.kind === 'number') {
      this.at++;
      const x = Number(token.text);
      return (a) => a.number(x);
    }
    if (token.kind !== 'name') throw this.fault('a number, a name or ( was', `'${token.text}'`);
    this.at++;
    if (this.next.text === '(') return this.call(token.text);
    this.names.add(token.text);
    return (_a, name) => name(token.text);
  }

  private call(name: string): Node {
    if (!Object.hasOwn(ARITY, name)) {
      throw this.fault(`one of the functions ${Object.keys(ARITY).join(', ')} was`, `${name}(…)`);
    }
    this.expect('(');
    const given: Node[] = [this.sum()];
    while (this.take(',')) given.push(this.sum());
    this.expect(')');
    if (given.length !== ARITY[name]) throw this.fault(`${ARITY[name]} arguments of ${name} were`, `${given.length}`);
    return (a, n) => a.call[name](...given.map((x) => x(a, n)));
  }
}

/** q1, q2 … */
const COORDINATE = /^q(\d+)$/;

/** A parameter may not be called what the generator calls one of its own. */
const TAKEN = ['base', 'position', 'momentum', 'friction', 'temperature', 'kick', 'a', 'b', 'energyScale', 'regime'];

/**
 * The potential of an expression in `q`, one coordinate, added up over the assets; or in `r` = |q| and `q1`, `q2` …, the whole
 * point. Its other names are parameters of any sign. Throws a UserError where it is none.
 */
export function potentialOf(text: string): Potential {
  const parser = new Parser(text);
  const value = parser.whole();
  const fault = (expected: string, got: string, remedy: string) =>
    new UserError(`potential: ${expected} expected, got ${got} in '${text}'; ${remedy}`);
  const names = [...parser.names];
  const [each, whole] = [names.includes('q'), names.filter((n) => n === 'r' || COORDINATE.test(n))];
  if (each && whole.length > 0) {
    throw fault('either q of one coordinate or', `q and ${whole[0]}`, 'write r or q1, q2 … throughout');
  }
  if (!each && whole.length === 0)
    throw fault('q, r or q1, q2 … were', 'none of them', 'a potential is one of a place');
  const own = names.filter((n) => n !== 'q' && n !== 'r' && !COORDINATE.test(n));
  const clash = own.find((n) => TAKEN.includes(n));
  if (clash !== undefined) throw fault('a name of its own for each parameter was', clash, `rename ${clash}`);
  const at = <T>(a: Algebra<T>, q: readonly T[], r: () => T, v: Readonly<Record<string, readonly T[]>>, x?: T): T =>
    value(a, (name) => {
      const i = COORDINATE.exec(name)?.[1];
      if (name === 'q') return x as T;
      if (name === 'r') return r();
      if (i === undefined) return v[name][0];
      if (Number(i) >= 1 && Number(i) <= q.length) return q[Number(i) - 1];
      throw fault(`coordinates from q1 to q${q.length}, one an asset, were`, name, 'change it');
    });
  const numeric = (q: readonly number[], v: Readonly<Record<string, readonly number[]>>) =>
    each
      ? q.reduce((total, x) => total + at(NUMBERS, q, () => Number.NaN, v, x), 0)
      : at(NUMBERS, q, () => Math.hypot(...q), v);
  return {
    name: text,
    doc: text,
    parameters: Object.fromEntries(
      own.map((name) => [name, real({ unit: '1', default: 1, doc: `${name} of the potential ${text}` })]),
    ),
    value: (q, v) => (each ? sum(q.map((x) => at(EXPRS, q, () => x, v, x))) : at(EXPRS, q, () => dot(q, q).sqrt(), v)),
    stiffness: (q, v) => largestCurvature((x) => numeric(x, v), q),
  };
}

/** The largest eigenvalue of the Hessian of f at q, by differences and by power iteration on H + 2|H|·1. */
export function largestCurvature(f: (q: readonly number[]) => number, q: readonly number[]): number {
  const h = 1e-4;
  const moved = (i: number, s: number, j: number, t: number) =>
    f(q.map((x, k) => x + (k === i ? s * h : 0) + (k === j ? t * h : 0)));
  const hessian = q.map((_, i) =>
    q.map((_x, j) => (moved(i, 1, j, 1) - moved(i, 1, j, -1) - moved(i, -1, j, 1) + moved(i, -1, j, -1)) / (4 * h * h)),
  );
  const shift = 2 * Math.max(...hessian.map((row) => row.reduce((s, x) => s + Math.abs(x), 0)));
  if (!(shift > 0 && shift < Number.POSITIVE_INFINITY)) return shift;
  let v = q.map((_, i) => 1 + i / 10);
  let size = 0;
  for (let n = 0; n < 200; n++) {
    const next = hessian.map((row, i) => row.reduce((s, x, j) => s + x * v[j], shift * v[i]));
    size = Math.hypot(...next);
    v = next.map((x) => x / size);
  }
  return size - shift;
}
