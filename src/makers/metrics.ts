/**
 * Floor 1. What a maker's path shows: where its money came from, what it held, how often it filled.
 *
 *     captured = Σ nᵇ(δᵇ + r) + nᵃ(δᵃ + r);   taking = Σ (tᵇ + tᵃ)c;   inventory = Σ Q_{t+1}(S_{t+1} − Sₜ)
 *     pnl = captured − taking + inventory (= x_N + Q_N S_N − x_0 − Q_0 S_0);   objective = pnl − φ Σ Qₜ²dt − αQ_N²
 *     adverse selection = −Σ (nᵇ − nᵃ)(S_{min(t+m, N)} − Sₜ), m the markout in steps
 *     pnl = offsets + rebates − taking − adverse selection + held, held = inventory + adverse selection
 */

/** N steps: N + 1 mids, N of everything else. */
export interface MakerPath {
  /** Seconds. */
  readonly dt: number;
  readonly q0: number;
  readonly mid: ArrayLike<number>;
  readonly bidOffset: ArrayLike<number>;
  readonly askOffset: ArrayLike<number>;
  readonly bidFills: ArrayLike<number>;
  readonly askFills: ArrayLike<number>;
  readonly takerBuy: ArrayLike<number>;
  readonly takerSell: ArrayLike<number>;
  /** Fills a second that each quote was expected to have. */
  readonly expectedBid: ArrayLike<number>;
  readonly expectedAsk: ArrayLike<number>;
}

export interface MakerCosts {
  readonly phi: number;
  readonly alpha: number;
  readonly rebate: number;
  readonly takerCost: number;
  /** The markout, in steps. */
  readonly horizon: number;
  readonly stepsPerYear: number;
}

export interface MakerMetrics {
  readonly pnl: number;
  readonly spreadCaptured: number;
  readonly takerCost: number;
  readonly inventoryPnl: number;
  /** Of `spreadCaptured`: offsets alone, and rebates (below 0: fees). */
  readonly offsets: number;
  readonly rebates: number;
  /** What moves of the mid made of the inventory beside adverse selection. */
  readonly held: number;
  readonly objective: number;
  /** Mean over standard deviation (population) of the steps' pnl, by the year; null where it does not vary. */
  readonly sharpe: number | null;
  readonly meanAbsQ: number;
  readonly maxAbsQ: number;
  readonly finalQ: number;
  /** A second. */
  readonly bidFillRate: number;
  readonly askFillRate: number;
  readonly expectedBidFillRate: number;
  readonly expectedAskFillRate: number;
  /** Share of the steps in which it took. */
  readonly takerFrequency: number;
  readonly adverseSelection: number;
  /** Null where nothing filled, as the next. */
  readonly adverseSelectionPerFill: number | null;
  readonly spreadPerFill: number | null;
  /** Lots bought and sold. */
  readonly turnover: number;
}

/** What each step of a path made, and of what. */
function stepsOf(
  { mid, q0, bidOffset, askOffset, bidFills, askFills, takerBuy, takerSell }: MakerPath,
  costs: MakerCosts,
) {
  const steps = bidFills.length;
  const q = new Float64Array(steps + 1);
  q[0] = q0;
  for (let t = 0; t < steps; t++) q[t + 1] = q[t] + bidFills[t] - askFills[t] + takerBuy[t] - takerSell[t];
  const captured = (t: number) =>
    bidFills[t] * (bidOffset[t] + costs.rebate) + askFills[t] * (askOffset[t] + costs.rebate);
  const taking = (t: number) => (takerBuy[t] + takerSell[t]) * costs.takerCost;
  const moved = (t: number) => q[t + 1] * (mid[t + 1] - mid[t]);
  const made = Float64Array.from({ length: steps }, (_, t) => captured(t) - taking(t) + moved(t));
  return { q, captured, taking, moved, made };
}

function sharpeOf(made: Float64Array, stepsPerYear: number): number | null {
  const mean = made.reduce((a, b) => a + b, 0) / made.length;
  const deviation = Math.sqrt(made.reduce((sum, x) => sum + (x - mean) ** 2, 0) / made.length);
  return deviation > 0 ? (mean / deviation) * Math.sqrt(stepsPerYear) : null;
}

/** Of several assets at once: what adds up is added, fills are put together, the ratio is of all their steps. */
export function portfolioMetrics(paths: readonly MakerPath[], costs: MakerCosts): MakerMetrics {
  const each = paths.map((path) => makerMetrics(path, costs));
  const [first] = each;
  if (each.length === 1) return first;
  const total = (of: (m: MakerMetrics) => number) => each.reduce((sum, m) => sum + of(m), 0);
  const sums = Object.fromEntries(
    (Object.keys(first) as (keyof MakerMetrics)[]).map((name) => [name, total((m) => m[name] ?? 0)]),
  ) as Record<keyof MakerMetrics, number>;
  const steps = paths[0].bidFills.length;
  const fills = total((m) => (m.bidFillRate + m.askFillRate) * steps * paths[0].dt);
  const perFill = (x: number) => (fills === 0 ? null : x / fills);
  const byAsset = paths.map((path) => stepsOf(path, costs).made);
  const made = byAsset[0].map((_, t) => byAsset.reduce((sum, xs) => sum + xs[t], 0));
  return {
    ...sums,
    sharpe: sharpeOf(made, costs.stepsPerYear),
    takerFrequency: sums.takerFrequency / paths.length,
    adverseSelectionPerFill: perFill(sums.adverseSelection),
    spreadPerFill: perFill(sums.spreadCaptured),
  };
}

export function makerMetrics(path: MakerPath, costs: MakerCosts): MakerMetrics {
  const { mid, bidFills, askFills, takerBuy, takerSell, dt } = path;
  const { q, captured, taking, moved, made } = stepsOf(path, costs);
  const steps = bidFills.length;
  const sum = (of: (t: number) => number) => {
    let total = 0;
    for (let t = 0; t < steps; t++) total += of(t);
    return total;
  };
  const pnl = sum((t) => made[t]);
  const spreadCaptured = sum(captured);
  const fills = sum((t) => bidFills[t] + askFills[t]);
  const rebates = fills * costs.rebate;
  const adverseSelection = -sum(
    (t) => (bidFills[t] - askFills[t]) * (mid[Math.min(t + costs.horizon, steps)] - mid[t]),
  );
  const perFill = (x: number) => (fills === 0 ? null : x / fills);
  return {
    pnl,
    spreadCaptured,
    takerCost: sum(taking),
    inventoryPnl: sum(moved),
    offsets: spreadCaptured - rebates,
    rebates,
    held: sum(moved) + adverseSelection,
    objective: pnl - costs.phi * sum((t) => q[t] * q[t]) * dt - costs.alpha * q[steps] ** 2,
    sharpe: sharpeOf(made, costs.stepsPerYear),
    meanAbsQ: sum((t) => Math.abs(q[t])) / steps,
    maxAbsQ: q.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
    finalQ: q[steps],
    bidFillRate: sum((t) => bidFills[t]) / (steps * dt),
    askFillRate: sum((t) => askFills[t]) / (steps * dt),
    expectedBidFillRate: sum((t) => path.expectedBid[t]) / steps,
    expectedAskFillRate: sum((t) => path.expectedAsk[t]) / steps,
    takerFrequency: sum((t) => Number(takerBuy[t] + takerSell[t] > 0)) / steps,
    adverseSelection: adverseSelection || 0,
    adverseSelectionPerFill: perFill(adverseSelection),
    spreadPerFill: perFill(spreadCaptured),
    turnover: sum((t) => bidFills[t] + askFills[t] + takerBuy[t] + takerSell[t]),
  };
}
