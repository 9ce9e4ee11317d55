/**
 * Floor 2. The rule over a whole series, once for every parameter set: lane = set, scan over rule steps from row 0.
 *
 * The estimator's clock is absolute and does not depend on the window: everything before a window is its burn-in.
 */
import { buffer, Expr, emit, input, type Operand, type Program, scan, type Tree, trace } from '../graph/index.js';
import type { ParameterLayout } from './layout.js';
import { Market } from './market.js';
import type { RuleModel, SeriesRow } from './model.js';
import { assetSeries, seriesNames } from './series.js';
import { contexts, type RolloutSpec } from './spec.js';

/** Output of the rule program and input of the pool program: Δw, or weights, by rule step, [rows][n][S]. */
export const RULE = 'rule';
/** Input of the pool program: the same rows, for the weights that a window starts with. */
export const RULE_START = 'rule start';
/** Output: the estimator's carry after the last step, [1][leaves][S], or after every step, [steps][leaves][S]. */
export const ESTIMATE = 'estimate';
/** Name of the scan over rule steps, for adjoint strategies. */
export const RULE_STEPS = 'rule steps';

/** A number of an estimator's carry: its name in the carry, `ewma` or `channel.a`, and its asset. */
export interface CarryLeaf {
  readonly name: string;
  /** null for what is one number for all. */
  readonly asset: string | null;
}

interface Leaf extends CarryLeaf {
  readonly value: Expr;
}

/** An array with one entry an asset is named by them; entries of another by their places, unless it has one only. */
function leavesOf(tree: Tree, assets: readonly string[], name = ''): Leaf[] {
  if (tree instanceof Expr) return [{ name, asset: null, value: tree }];
  const below = (key: string | number) => (name === '' ? String(key) : `${name}.${key}`);
  if (!Array.isArray(tree)) return Object.entries(tree).flatMap(([key, x]) => leavesOf(x, assets, below(key)));
  if (tree.length === assets.length && tree.every((x) => x instanceof Expr)) {
    return tree.map((value, i) => ({ name, asset: assets[i], value }));
  }
  return tree.flatMap((x, i) => leavesOf(x, assets, tree.length === 1 ? name : below(i)));
}

/** Output rows before the first step: a rule that gives weights has some from the start. */
export const leadingRows = ({ rule, settings }: RolloutSpec): 0 | 1 =>
  // compat: without them, so that a leg follows the output that is made of its own last price
  rule?.weights !== undefined && !settings.compat ? 1 : 0;

/**
 * Run integer `steps`: rule steps wanted. Row r of the output is made of the prices of rows 0, cp, …, (r + 1)·cp, or
 * r·cp after a leading row.
 */
export const ruleProgram = (
  spec: RolloutSpec,
  rule: RuleModel,
  layout: ParameterLayout,
  estimate: 'none' | 'last' = 'none',
): Program => traceRule(spec, rule, layout, estimate).program;

/** The program with the estimator's carry after every step, and what its columns are. */
export const readoutProgram = (spec: RolloutSpec, rule: RuleModel, layout: ParameterLayout) =>
  traceRule(spec, rule, layout, 'every');

function traceRule(spec: RolloutSpec, rule: RuleModel, layout: ParameterLayout, estimate: 'none' | 'last' | 'every') {
  const n = spec.assets.length;
  let leaves: readonly CarryLeaf[] = [];
  const program = trace(rule.name, () => {
    const c = contexts(spec, layout)(rule);
    const market = new Market(n, 0, seriesNames(spec));
    const declared = Object.keys(rule.series?.(spec.settings) ?? {});
    const seriesAt = (row: Operand): SeriesRow =>
      Object.fromEntries(
        declared.map((name) => [name, spec.assets.map((asset) => market.further(assetSeries(name, asset), row))]),
      );
    const steps = input('steps');
    const leading = leadingRows(spec);
    const out = buffer('output', RULE, n, { rows: steps.add(leading) });
    if (leading > 0) {
      rule.weights?.first(c, market.prices(0), seriesAt(0)).forEach((x, i) => {
        emit(out, i, x);
      });
    }
    const init = rule.init(c, market.prices(0), seriesAt(0));
    leaves = leavesOf(init, spec.assets).map(({ name, asset }) => ({ name, asset }));
    const carried =
      estimate === 'none'
        ? null
        : buffer('output', ESTIMATE, leaves.length, estimate === 'every' ? { rows: steps } : {});
    const emitCarry = (carry: Tree, row?: Expr) => {
      leavesOf(carry, spec.assets).forEach(({ value }, i) => {
        if (carried !== null) emit(carried, i, value, row);
      });
    };
    const last = scan({
      name: RULE_STEPS,
      length: steps,
      init,
      body: (carry, t) => {
        const row = t.add(1).mul(spec.settings.chunkPeriod);
        const step = rule.step(c, carry, market.prices(row), seriesAt(row));
        step.output.forEach((x, i) => {
          emit(out, i, x, t.add(leading));
        });
        if (estimate === 'every') emitCarry(step.carry, t);
        return step.carry;
      },
    });
    if (estimate === 'last') emitCarry(last);
  });
  return { program, leaves };
}

/** What ESTIMATE is made of, in order: the lists of numbers of the carry, by name and length; one without a name: `carry`. */
export function estimateParts(
  spec: RolloutSpec,
  rule: RuleModel,
  layout: ParameterLayout,
): readonly (readonly [name: string, size: number])[] {
  const sizes = new Map<string, number>();
  for (const { name } of traceRule(spec, rule, layout, 'last').leaves) {
    const part = name === '' ? 'carry' : name;
    sizes.set(part, (sizes.get(part) ?? 0) + 1);
  }
  return [...sizes];
}
