/** Floor 5. A rule whose estimator is kept in fixed point between its steps, as a contract keeps it. */
import { Expr, type Tree } from '../graph/index.js';
import type { RuleModel } from '../pools/model.js';

const WAD = 1e18;
/** What is added and taken away again leaves a whole number, ties to the even one; above 2^52 a double is one already. */
const TO_WHOLE = 1.5 * 2 ** 52;

/** x to the nearest multiple of 1e-18, or to rounding where doubles are coarser. */
const stored = (x: Expr): Expr => x.mul(WAD).add(TO_WHOLE).sub(TO_WHOLE).div(WAD);

function eachNumber<T extends Tree>(tree: T, f: (x: Expr) => Expr): T {
  if (tree instanceof Expr) return f(tree) as Tree as T;
  if (Array.isArray(tree)) return tree.map((part) => eachNumber(part, f)) as Tree as T;
  return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, eachNumber(part, f)])) as Tree as T;
}

/** The rule with what it carries from step to step rounded to 1e-18. */
export const withStoredEstimator = (rule: RuleModel): RuleModel => ({
  ...rule,
  vectorised: undefined,
  init: (...given) => eachNumber(rule.init(...given), stored),
  step: (...given) => {
    const { carry, output } = rule.step(...given);
    return { carry: eachNumber(carry, stored), output };
  },
});
