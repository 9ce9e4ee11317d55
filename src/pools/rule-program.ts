/**
 * Floor 2½. The rule over a whole series, once for every parameter set: lane = set, scan over rule steps from row 0.
 *
 * The estimator's clock is absolute and does not depend on the window: everything before a window is its burn-in.
 */
import { buffer, Expr, emit, input, type Operand, type Program, scan, type Tree, trace } from '../graph/index.js';
import { choose } from '../rollout/functions.js';
import type { ParameterLayout } from '../rollout/layout.js';
import { RecordedRows, seriesKey } from '../rollout/recorded.js';
import { contexts } from '../rollout/spec.js';
import type { RuleModel, SeriesRow } from './model.js';
import { assetSeries, seriesNames } from './series.js';
import { clockOf, type PoolSpec, ruleRows } from './spec.js';

/** Output of the rule program and input of the pool program: Δw, or weights, by rule step, [rows][n][S]. */
export const RULE = 'rule';
/** Input of the pool program: the same rows, for the weights that a window starts with. */
export const RULE_START = 'rule start';
/** Window integer of the pool program: the first of those rows that it reads. */
export const RULE_BASE = 'ruleBase';
/** Output: the estimator's carry after the last step, [1][leaves][S], or after every step, [steps][leaves][S]. */
export const ESTIMATE = 'estimate';
/** The scan over rule steps, for adjoint strategies, and the run integer that says how many there are. */
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
export const leadingRows = ({ rule, settings }: PoolSpec): 0 | 1 =>
  // compat: without them, so that a leg follows the output that is made of its own last price
  rule?.weights !== undefined && !settings.compat ? 1 : 0;

/**
 * Run integer RULE_STEPS: how many are wanted. Row r of the output is made of the prices of rows 0, cp, …, (r + 1)·cp, or
 * r·cp after a leading row.
 *
 * @param pieceRows with data in pieces: rows of each, a multiple of cp. At the first row of a piece the estimator starts
 * anew, so that rows of one have no part in another; an output that would run across a joint is of no leg
 */
export const ruleProgram = (
  spec: PoolSpec,
  rule: RuleModel,
  layout: ParameterLayout,
  estimate: 'none' | 'last' = 'none',
  pieceRows: number | null = null,
): Program => traceRule(spec, rule, layout, estimate, pieceRows).program;

/** The program with the estimator's carry after every step, and what its columns are. */
export const readoutProgram = (spec: PoolSpec, rule: RuleModel, layout: ParameterLayout, pieceRows: number | null) =>
  traceRule(spec, rule, layout, 'every', pieceRows);

function traceRule(
  spec: PoolSpec,
  rule: RuleModel,
  layout: ParameterLayout,
  estimate: 'none' | 'last' | 'every',
  pieceRows: number | null,
) {
  const n = spec.assets.length;
  let leaves: readonly CarryLeaf[] = [];
  const program = trace(rule.name, () => {
    const c = contexts(n, layout, clockOf(spec))(rule, spec.settings);
    const rows = new RecordedRows(n, 0, seriesNames(spec));
    const declared = Object.keys(rule.series?.(spec.settings) ?? {});
    const pricesAt = (t: Operand) => rows.row(t).prices;
    const seriesAt = (t: Operand): SeriesRow => {
      const row = rows.row(t);
      return Object.fromEntries(
        declared.map((name) => [name, spec.assets.map((asset) => row[seriesKey(assetSeries(name, asset))][0])]),
      );
    };
    const steps = input(RULE_STEPS);
    const leading = leadingRows(spec);
    const out = buffer('output', RULE, n, { rows: steps.add(leading) });
    if (leading > 0) {
      rule.weights?.first(c, pricesAt(0), seriesAt(0)).forEach((x, i) => {
        emit(out, i, x);
      });
    }
    const init = rule.init(c, pricesAt(0), seriesAt(0));
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
    const pieceSteps = pieceRows === null ? null : pieceRows / ruleRows(spec);
    const last = scan({
      name: RULE_STEPS,
      length: steps,
      init,
      body: (carry, t) => {
        const row = t.add(1).mul(ruleRows(spec));
        const [prices, series] = [pricesAt(row), seriesAt(row)];
        const step = rule.step(c, carry, prices, series);
        // the first row of a piece
        const opens = pieceSteps === null ? null : t.add(1).mod(pieceSteps).equal(0);
        const opening = opens !== null && leading > 0 ? rule.weights?.first(c, prices, series) : undefined;
        const output = opens === null || opening === undefined ? step.output : choose(opens, opening, step.output);
        output.forEach((x, i) => {
          emit(out, i, x, t.add(leading));
        });
        const next = opens === null ? step.carry : choose(opens, rule.init(c, prices, series), step.carry);
        if (estimate === 'every') emitCarry(next, t);
        return next;
      },
    });
    if (estimate === 'last') emitCarry(last);
  });
  return { program, leaves };
}

/** What ESTIMATE is made of, in order: the lists of numbers of the carry, by name and length; one without a name: `carry`. */
export function estimateParts(
  spec: PoolSpec,
  rule: RuleModel,
  layout: ParameterLayout,
): readonly (readonly [name: string, size: number])[] {
  const sizes = new Map<string, number>();
  for (const { name } of traceRule(spec, rule, layout, 'last', null).leaves) {
    const part = name === '' ? 'carry' : name;
    sizes.set(part, (sizes.get(part) ?? 0) + 1);
  }
  return [...sizes];
}
