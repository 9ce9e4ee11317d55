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
/** Output: the estimator's carry after the last step, [1][leaves][S]. */
export const ESTIMATE = 'estimate';
/** Name of the scan over rule steps, for adjoint strategies. */
export const RULE_STEPS = 'rule steps';

const leavesOf = (tree: Tree): Expr[] => (tree instanceof Expr ? [tree] : Object.values(tree).flatMap(leavesOf));

/** The lists of numbers of a carry, by name and length, in the order of `leavesOf`. */
function partsOf(tree: Tree, name: string): [name: string, size: number][] {
  if (tree instanceof Expr) return [[name, 1]];
  if (Array.isArray(tree) && tree.every((x) => x instanceof Expr)) return [[name, tree.length]];
  return Object.entries(tree).flatMap(([key, part]) => partsOf(part, name === '' ? key : `${name}.${key}`));
}

/** Output rows before the first step: a rule that gives weights has some from the start. */
export const leadingRows = ({ rule, settings }: RolloutSpec): 0 | 1 =>
  // compat: without them, so that a leg follows the output that is made of its own last price
  rule?.weights !== undefined && !settings.compat ? 1 : 0;

/**
 * Run integer `steps`: rule steps wanted. Row r of the output is made of the prices of rows 0, cp, …, (r + 1)·cp, or
 * r·cp after a leading row.
 */
export function ruleProgram(spec: RolloutSpec, rule: RuleModel, layout: ParameterLayout, estimate = false): Program {
  const n = spec.assets.length;
  return trace(rule.name, () => {
    const { c, market, seriesAt } = observed(spec, rule, layout);
    const steps = input('steps');
    const leading = leadingRows(spec);
    const out = buffer('output', RULE, n, { rows: steps.add(leading) });
    if (leading > 0) {
      rule.weights?.first(c, market.prices(0), seriesAt(0)).forEach((x, i) => {
        emit(out, i, x);
      });
    }
    const last = scan({
      name: RULE_STEPS,
      length: steps,
      init: rule.init(c, market.prices(0), seriesAt(0)),
      body: (carry, t) => {
        const row = t.add(1).mul(spec.settings.chunkPeriod);
        const step = rule.step(c, carry, market.prices(row), seriesAt(row));
        step.output.forEach((x, i) => {
          emit(out, i, x, t.add(leading));
        });
        return step.carry;
      },
    });
    if (!estimate) return;
    const leaves = leavesOf(last);
    const target = buffer('output', ESTIMATE, leaves.length);
    leaves.forEach((x, i) => {
      emit(target, i, x);
    });
  });
}

/** What a rule sees: its parameters, prices and series. */
function observed(spec: RolloutSpec, rule: RuleModel, layout: ParameterLayout) {
  const market = new Market(spec.assets.length, 0, seriesNames(spec));
  const declared = Object.keys(rule.series?.(spec.settings) ?? {});
  const seriesAt = (row: Operand): SeriesRow =>
    Object.fromEntries(
      declared.map((name) => [name, spec.assets.map((asset) => market.further(assetSeries(name, asset), row))]),
    );
  return { c: contexts(spec, layout)(rule), market, seriesAt };
}

/** What ESTIMATE is made of: the lists of numbers of the carry, by name and length; all of a list without a name: `carry`. */
export function estimateParts(
  spec: RolloutSpec,
  rule: RuleModel,
  layout: ParameterLayout,
): (readonly [name: string, size: number])[] {
  const parts: [string, number][] = [];
  trace(`${rule.name}: names of the carry`, () => {
    const { c, market, seriesAt } = observed(spec, rule, layout);
    parts.push(...partsOf(rule.init(c, market.prices(0), seriesAt(0)), ''));
  });
  return parts.map(([name, size]) => [name === '' ? 'carry' : name, size]);
}
