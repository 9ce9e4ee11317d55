/**
 * Floor 0. State that changes only in an arm: what is added under a condition is added in the arm of that condition.
 *
 *     c + where(m, a, 0) = where(m, c + a, c)      c − where(m, a, 0) = where(m, c − a, c)
 *     c · where(m, a, 1) = where(m, c·a, c)        c + where(m, a, where(n, b, 0)) = where(m, c + a, where(n, c + b, c))
 *
 * Then a step in which nobody trades neither computes these nor waits for those of the last one. To the bit: −0 + 0 is 0, so
 * the first needs a c that is never −0, or a sum of which the sign of a zero does not show. It is done where a target will
 * branch for a, else a choice more would be all that is gained.
 */
import { type Arm, armsOf, dissolveCheapArms } from './arms.js';
import { add, type Expr, make, mul, sub } from './expr.js';
import type { OpName } from './ops.js';
import { type Live, liveness, type Program, trace } from './program.js';
import { Rewriter } from './rewrite.js';
import { findUses, isEmit, isScan, position, type Uses, type Work } from './uses.js';

export function sink(program: Program): Program {
  const live = liveness(program);
  const uses = findUses(program, live);
  const zeros = new Zeros(live, uses);
  const arms = settledArms(uses);
  const choices = new Choices();
  const transform = (e: Expr, args: readonly Expr[]): Expr | null => {
    const [x, y] = args;
    if ((e.op === 'where' || e.op === 'choose') && standsInArm(e, arms)) return choices.branched(e.op, args);
    if (e.op === 'sub') return choices.into(x, y, { neutral: 0, always: true, f: sub });
    if (e.op === 'mul') {
      const rule = { neutral: 1, always: true };
      return choices.into(x, y, { ...rule, f: mul }) ?? choices.into(y, x, { ...rule, f: (c, a) => mul(a, c) });
    }
    if (e.op !== 'add') return null;
    const [p, q] = e.args;
    const keepsSign = (c: Expr, w: Expr, of: Expr, always: boolean) =>
      choices.into(c, w, { neutral: 0, always: always || zeros.isNever(of), f: w === y ? add : (c, a) => add(a, c) });
    const exact = keepsSign(x, y, p, false) ?? keepsSign(y, x, q, false);
    if (exact !== null || !zeros.isHidden(e)) return exact;
    zeros.lose(e);
    return keepsSign(x, y, p, true) ?? keepsSign(y, x, q, true);
  };
  const sunk = trace(program.name, () => new Rewriter({ transform, live, inOrder: true }).contents(program.graph.root));
  return choices.sunk > 0 ? sunk : program;
}

interface Rule {
  /** What leaves a number as it is, and whether it leaves even −0 so. */
  readonly neutral: number;
  readonly always: boolean;
  readonly f: (c: Expr, a: Expr) => Expr;
}

const isChoice = (e: Expr): boolean => e.op === 'where' || e.op === 'choose';

/** What a number is where a mask is known. */
const within = (c: Expr, mask: Expr, side: boolean): Expr =>
  isChoice(c) && c.args[0] === mask ? c.args[side ? 1 : 2] : c;

/** The choices of the copy of which a side is computed in an arm of its own. */
class Choices {
  private readonly known = new Set<Expr>();
  /** How many numbers became one. */
  sunk = 0;

  branched(op: 'where' | 'choose', args: readonly Expr[]): Expr {
    const made = make(op, args);
    if (isChoice(made)) this.known.add(made);
    return made;
  }

  /** f(c, choice) as a choice; null where neither of its sides becomes simpler by that, or −0 would stay where it did not. */
  into(c: Expr, w: Expr, rule: Rule): Expr | null {
    // outside of the loop that c stands in nothing is to be branched for inside of it
    if (!this.known.has(w) || !c.region.contains(w.region)) return null;
    const [mask, ...values] = w.args;
    let isSimpler = false;
    const sides: Expr[] = [];
    for (const [i, a] of values.entries()) {
      const here = within(c, mask, i === 0);
      if (Object.is(a.constant, rule.neutral)) {
        if (!rule.always && here.constant !== 0) return null;
        isSimpler = true;
        sides.push(here);
        continue;
      }
      const deeper = this.into(here, a, rule);
      isSimpler ||= deeper !== null;
      sides.push(deeper ?? rule.f(here, a));
    }
    if (!isSimpler) return null;
    this.sunk++;
    return this.branched(w.op as 'where' | 'choose', [mask, ...sides]);
  }
}

/** Of every work the arm that a target branches for. */
function settledArms(uses: Uses): ReadonlyMap<Work, Arm> {
  const all = new Map<Work, Arm>();
  for (const unordered of uses.blocks.values()) {
    const block = [...unordered].sort((a, b) => position(a) - position(b) || 0);
    for (const [work, arm] of dissolveCheapArms(block, armsOf(block, uses, true))) all.set(work, arm);
  }
  return all;
}

/** Whether a side of a choice is computed in the arm of that side. */
function standsInArm(choice: Expr, arms: ReadonlyMap<Work, Arm>): boolean {
  const [mask, ...sides] = choice.args;
  return sides.some((x, i) => {
    if (x.region !== choice.region) return false;
    for (let a = arms.get(x) ?? null; a !== null && a.parent !== null; a = a.parent) {
      if (a.mask === mask && a.side === (i === 0)) return true;
    }
    return false;
  });
}

const NEVER: ReadonlySet<OpName> = new Set(['abs', 'float', 'draw', 'exponent', 'mantissa', 'exp']);
const ALL: ReadonlySet<OpName> = new Set(['max', 'min', 'where', 'choose', 'stop']);

/**
 * Where the sign of a zero may show: of numbers that are never −0, and of sums that are only added to such numbers, which
 * it does not.
 */
class Zeros {
  private readonly never = new Set<Expr>();
  private readonly hidden = new Set<Expr>();

  constructor(live: Live, uses: Uses) {
    const numbers = [...live.exprs].filter((e) => e.dtype === 'f64');
    // taken for granted of all until something speaks against it: a carry is what it starts from, or its next
    for (const e of numbers) this.never.add(e);
    for (let before = -1; before !== this.never.size; ) {
      before = this.never.size;
      for (const e of numbers) if (this.never.has(e) && !this.stays(e)) this.never.delete(e);
    }
    for (const e of numbers.sort((a, b) => b.id - a.id)) {
      const users = uses.of.get(e) ?? [];
      if (e.op === 'add' && users.length > 0 && users.every(({ user }) => this.hides(e, user))) this.hidden.add(e);
    }
  }

  isNever(e: Expr): boolean {
    return this.never.has(e);
  }

  isHidden(e: Expr): boolean {
    return this.hidden.has(e);
  }

  /** Notes that a hidden sum may have another sign where it is 0; so may the sums that it is in, as far as they are hidden. */
  lose(e: Expr): void {
    this.never.delete(e);
    for (const h of this.hidden) if (h.args.includes(e) && this.never.has(h)) this.lose(h);
  }

  /** What takes a sign in is no sum, so that it never loses its own. */
  private hides(e: Expr, user: Work | null): boolean {
    if (user === null || isEmit(user) || isScan(user) || user.op !== 'add') return false;
    if (this.hidden.has(user)) return true;
    const [x, y] = user.args;
    const other = x === e ? y : x;
    return other !== e && other.op !== 'add' && this.never.has(other);
  }

  private stays(e: Expr): boolean {
    const { op, attr } = e;
    const args = e.args.filter((a) => a.dtype === 'f64');
    if (op === 'const') return !Object.is(e.constant, -0);
    if ((op === 'carry' || op === 'out') && attr !== null && 'scan' in attr) {
      const { init, next } = attr.scan;
      return [init, next].every((list) => this.never.has(list[attr.index]) || list[attr.index] === e);
    }
    // −0 only of −0 + −0, and of −0 − 0
    if (op === 'add') return args.some((a) => this.never.has(a));
    if (op === 'sub') return this.never.has(args[0]);
    return NEVER.has(op) || (ALL.has(op) && args.every((a) => this.never.has(a)));
  }
}
