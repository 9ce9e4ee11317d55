/**
 * Floor 1. What stands in the variables of an arm's values where the arm is skipped.
 *
 * Nothing reads it but a choice that then takes its other side. But the driver's compiler does not know that: to it, a
 * register that only an arm sets still holds what the step before left there, hence it must be kept through the whole
 * loop, beside all others of that kind. So they are set before the arm: to what the choice then takes, if that is a
 * constant (0 where a cotangent leaves the arm), and nothing is left to choose; else to 0.
 */
import { type ArmItem, type Expr, type Item, lifetimes, placeOf } from '../graph/index.js';

export class Skipped {
  private readonly leaving: ReadonlyMap<ArmItem, readonly Expr[]>;
  /** The innermost arm around the values that leave one. */
  private readonly arms = new Map<Expr, ArmItem>();
  private readonly constants = new Map<Expr, number>();

  constructor(body: readonly Item[]) {
    this.leaving = lifetimes(body).leaving;
    this.visit(body);
  }

  /** What is to be set before an arm, each with its number. */
  before(arm: ArmItem): readonly (readonly [Expr, number])[] {
    return (this.leaving.get(arm) ?? []).map((e) => [e, this.constants.get(e) ?? 0]);
  }

  /** The value that is what a choice takes, whether its arm was skipped or not; null: there is something to choose. */
  chosen(choice: Expr): Expr | null {
    const found = this.otherwise(choice);
    return found !== null && Object.is(this.constants.get(found.value), found.constant) ? found.value : null;
  }

  private visit(items: readonly Item[]): void {
    for (const item of items) {
      if (item.kind === 'let') {
        const found = this.otherwise(item.expr);
        if (found !== null && !this.constants.has(found.value)) this.constants.set(found.value, found.constant);
      } else if (item.kind !== 'store') this.visit(item.body);
      if (item.kind !== 'arm') continue;
      for (const e of this.leaving.get(item) ?? []) if (!this.arms.has(e)) this.arms.set(e, item);
    }
  }

  /** The sides of a choice between a value of its arm and a constant. */
  private otherwise(choice: Expr): { readonly value: Expr; readonly constant: number } | null {
    if (choice.op !== 'where' && choice.op !== 'choose') return null;
    const [mask, ...sides] = choice.args;
    for (const side of [true, false]) {
      const value = placeOf(sides[side ? 0 : 1]);
      const { constant } = sides[side ? 1 : 0];
      const arm = value === null ? undefined : this.arms.get(value);
      if (value !== null && constant !== undefined && arm?.mask === mask && arm.side === side)
        return { value, constant };
    }
    return null;
  }
}
