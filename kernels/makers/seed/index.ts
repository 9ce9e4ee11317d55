/**
 * Floor 3. The Hyperliquid HJB framework as functions: each is written once over expressions, and runs for one set of plain
 * numbers (`of`) or for a batch on any target (`on`).
 */
import { type Expr, gradientOf } from '../../../src/graph/index.js';
import { lanewise, type Traced } from '../../../src/targets/lanewise.js';
import {
  defaultComponents,
  defaultValueFunction,
  evaluateControl,
  fillRates,
  marked,
  optimizeControl,
  valueAt,
} from './components.js';
import {
  applyStateAdjustments,
  type ControlVector,
  defaultTuning,
  isValid,
  quotePrices,
  type Tuning,
} from './control.js';
import { emptyState, favourable, observed, riskMultiplier, update, urgency } from './state.js';

export {
  defaultComponents,
  defaultValueFunction,
  GRID_EVALUATIONS,
  type HjbComponents,
  type ValueFunction,
} from './components.js';
export { type ControlVector, defaultTuning, type Tuning, tuningBounds } from './control.js';
export { assets, inRegime, regimes, risk } from './presets.js';
export { emptyState, type Observation, observed, type StateVector } from './state.js';

const state = emptyState;
const hjb = defaultComponents;
const value = defaultValueFunction;
const tuning = defaultTuning;
const control: ControlVector<number> = { askBps: 0, bidBps: 0, takerSell: 0, takerBuy: 0 };
const observation = observed({ midPrice: 0, inventory: 0, spreadBps: null, bookImbalance: null });
const maxInventory = 0;
const baseBps = 0;

/** `StateVector::update`, with what is derived of the new state. */
export const updateState = lanewise(
  'update of the state',
  { state, observation, tuning, maxInventory, maxSpreadBps: 0 },
  (x) => {
    const next = update(x.state, x.observation, x.tuning);
    return {
      state: next,
      urgency: urgency(next, x.maxInventory),
      riskMultiplier: riskMultiplier(next, x.maxInventory),
      favourable: favourable(next, x.maxSpreadBps),
    };
  },
);

/** `apply_state_adjustments` from symmetric(base); whether it holds (1 or 0) with at least half of base; its prices. */
export const heuristic = lanewise('heuristic', { state, baseBps, maxInventory, tuning }, (x) => {
  const found = applyStateAdjustments(x.state, x.baseBps, x.maxInventory, x.tuning);
  return {
    control: found,
    valid: isValid(found, x.baseBps.mul(0.5)),
    quotes: quotePrices(found, x.state.midPrice),
  };
});

/** `maker_bid_fill_rate` and `maker_ask_fill_rate`, a second. */
export const expectedFillRates = lanewise('fill rates', { hjb, state, bidBps: 0, askBps: 0 }, (x) =>
  fillRates(x.hjb, x.state, x),
);

/** `ValueFunction::evaluate` at an inventory. */
export const valueFunction = lanewise('value function', { value, state, inventory: 0 }, (x) => ({
  value: valueAt(x.value, x.state)(x.inventory),
}));

/** `evaluate_control`, by terms; `marked` with Q·S added to V. */
export const evaluate = lanewise('value of a control', { hjb, state, value, control }, (x) => {
  const v = valueAt(x.value, x.state);
  return {
    ...evaluateControl(x.hjb, x.state, x.control, v),
    marked: evaluateControl(x.hjb, x.state, x.control, marked(v, x.state)).total,
  };
});

/**
 * Several assets: −φ‖Q‖² and a value function without covariance, so nothing joins them and the value of controls, one an
 * asset, is a sum. What correlation does: manyAssets in src/makers.
 */
export function evaluateAssets(rows: readonly Parameters<typeof evaluate.of>[0][]): number {
  return rows.reduce((sum, row) => sum + evaluate.of(row).total, 0);
}

/** `optimize_control`; `marked` with Q·S added to V. */
export const optimize = lanewise('grid', { hjb, state, value, baseBps }, (x) => {
  const v = valueAt(x.value, x.state);
  const best = optimizeControl(x.hjb, x.state, x.baseBps, v);
  const repaired = optimizeControl(x.hjb, x.state, x.baseBps, marked(v, x.state));
  return { ...best, marked: repaired };
});

const choice = { hjb, state, value, baseBps, maxInventory };

/**
 * What the framework tunes by: (Δbid)² + (Δask)² between grid and heuristic, basis points squared. It contains neither μ̂'s
 * filter nor the taking: see `neverTuned`.
 */
export const tunerLoss = lanewise('loss of the tuner', { ...choice, tuning }, (x) => ({ loss: lossOf(x, x.tuning) }));

/** Parameters that the loss does not contain, whatever the state: its derivative by them is the constant 0. */
export function neverTuned(): readonly (keyof Tuning)[] {
  missing ??= missingFrom({ ...choice, tuning });
  return missing;
}
let missing: readonly (keyof Tuning)[] | null = null;

function lossOf(x: Traced<typeof choice>, t: Tuning): Expr {
  const grid = optimizeControl(x.hjb, x.state, x.baseBps, valueAt(x.value, x.state)).control;
  const rule = applyStateAdjustments(x.state, x.baseBps, x.maxInventory, t);
  return grid.bidBps.sub(rule.bidBps).square().add(grid.askBps.sub(rule.askBps).square());
}

function missingFrom(example: typeof choice & { tuning: Tuning<number> }): (keyof Tuning)[] {
  const names = Object.keys(defaultTuning) as (keyof Tuning)[];
  let found: (keyof Tuning)[] = [];
  // asking for the program traces it
  lanewise('gradient of the tuner', example, (x) => {
    const gradient = gradientOf(
      lossOf(x, x.tuning),
      names.map((name) => x.tuning[name]),
    );
    found = names.filter((_, i) => gradient[i].constant === 0);
    return gradient;
  }).program;
  return found;
}
