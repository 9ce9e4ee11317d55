/**
 * Floor 1. The maker's problem as one chain of states: what is earned while a state lasts, where quotes, moves of the
 * market and orders of one's own lead from it, and what comes in on the way.
 *
 * With V = x + qS + h the Hamilton–Jacobi–Bellman equation in time to go is (Cartea, Jaimungal and Penalva, Algorithmic and
 * High-Frequency Trading, ch. 10)
 *
 *     h′ᵢ = rᵢ + Σ_quotes H(hᵢ − hₜₒ + edge) + Σ_moves rate·(hₜₒ − hᵢ) + ν Σ_takes max(hₜₒ − hᵢ − cost, 0)
 *     H(p) = sup_δ λe^{−κ max(δ, floor)}(δ − p),   δ* = max(1/κ + p, floor)
 *
 * One asset with or without Markov states (singleAsset), and several with covariance (manyAssets), are such chains.
 */

/** A side that may be quoted: orders come at λ and fill an offset δ with probability e^{−κ max(δ, floor)}. */
export interface Quote {
  readonly side: 'bid' | 'ask';
  /** Index of the asset. */
  readonly asset: number;
  readonly to: number;
  readonly lambda: number;
  readonly kappa: number;
  /** Adverse selection less rebate: the mid moves against a fill by the first, the second is paid with it. */
  readonly edge: number;
  /** Below this offset the rate no longer grows; −∞ for none. */
  readonly floor: number;
}

export interface Move {
  readonly to: number;
  readonly rate: number;
}

/** An order of one's own that crosses the spread. */
export interface Take {
  readonly side: 'buy' | 'sell';
  readonly asset: number;
  readonly to: number;
  readonly cost: number;
}

/** A part of the running reward that decays with the clock: weightᵢ·e^{−rate·t}, t = horizon − time to go. */
export interface Decaying {
  readonly weight: readonly number[];
  readonly rate: number;
  readonly horizon: number;
}

export interface Problem {
  /** rᵢ, a unit of time: −φq² + q(μ + λᵃεᵃ − λᵇεᵇ). */
  readonly reward: readonly number[];
  readonly decaying: Decaying | null;
  readonly quotes: readonly (readonly Quote[])[];
  readonly moves: readonly (readonly Move[])[];
  readonly takes: readonly (readonly Take[])[];
  /** Rate at which `takes` are sent where they pay; infinite: at once. */
  readonly takerRate: number;
  /** h at the end: −αq². */
  readonly terminal: readonly number[];
}

/** λe^{−κ max(δ, floor)} */
export const fillRate = ({ lambda, kappa, floor }: Quote, offset: number): number =>
  lambda * Math.exp(-kappa * Math.max(offset, floor));

/** p = hᵢ − hₜₒ + edge: what a fill costs beside the offset. */
export const reserve = (quote: Quote, from: number, h: ArrayLike<number>): number => h[from] - h[quote.to] + quote.edge;

/** δ* = max(1/κ + p, floor) */
export const bestOffset = ({ kappa, floor }: Quote, p: number): number => Math.max(1 / kappa + p, floor);

/** H(p) = λe^{−κδ*}(δ* − p) */
export function hamiltonian(quote: Quote, p: number): number {
  const offset = bestOffset(quote, p);
  return fillRate(quote, offset) * (offset - p);
}

/** What an extra unit is worth to take: hₜₒ − hᵢ − cost. */
export const takeGain = (take: Take, from: number, h: ArrayLike<number>): number => h[take.to] - h[from] - take.cost;

/** One state of a market: rates, decays, running penalty φ, drift μ and adverse selection ε of one asset. */
export interface MarketState {
  /** Sell orders, which fill bids, and buy orders, which fill asks, a unit of time. */
  readonly lambdaBid: number;
  readonly lambdaAsk: number;
  /** Decays, per unit of money. */
  readonly kappaBid: number;
  readonly kappaAsk: number;
  readonly phi: number;
  readonly drift: number;
  /** What the mid falls by after a sell order, rises by after a buy order, filled or not. */
  readonly jumpBid: number;
  readonly jumpAsk: number;
}

export interface Taker {
  /** Units a unit of time at most; infinite: at once. */
  readonly rate: number;
  /** Half the spread and the fee, in money a unit. */
  readonly cost: number;
}

/** One asset: inventory in lots from qMin to qMax, states of the market with a generator. */
export interface SingleAsset {
  readonly qMin: number;
  readonly qMax: number;
  /** h(T, q) = −αq². */
  readonly alpha: number;
  readonly states: readonly MarketState[];
  /** Rates between the states; rows sum to 0. [[0]] for one state. */
  readonly generator: readonly (readonly number[])[];
  /** Paid by the venue for a fill; negative: a fee. */
  readonly rebate?: number;
  /** The least offset at which the rate still grows; none where absent. */
  readonly minOffset?: number;
  readonly taker?: Taker;
  /** The drift decays as μ e^{−rate·t} until t = horizon. */
  readonly driftDecay?: { readonly rate: number; readonly horizon: number };
}

/** The index of (market state j, inventory q): all inventories of a state stand together. */
export const indexOf = ({ qMin, qMax }: Pick<SingleAsset, 'qMin' | 'qMax'>, j: number, q: number): number =>
  j * (qMax - qMin + 1) + q - qMin;

export function singleAsset(market: SingleAsset): Problem {
  const { qMin, qMax, alpha, states, generator, rebate = 0, taker, driftDecay } = market;
  const floor = market.minOffset ?? Number.NEGATIVE_INFINITY;
  const nodes = states.flatMap((state, j) =>
    Array.from({ length: qMax - qMin + 1 }, (_, i) => ({ state, j, q: qMin + i })),
  );
  const at = (j: number, q: number) => indexOf(market, j, q);
  /** What orders move the mid by, a unit of time. */
  const flow = (s: MarketState) => s.lambdaAsk * s.jumpAsk - s.lambdaBid * s.jumpBid;
  const steady = (s: MarketState) => (driftDecay === undefined ? s.drift : 0);
  return {
    reward: nodes.map(({ state, q }) => -state.phi * q * q + q * (steady(state) + flow(state))),
    decaying: driftDecay === undefined ? null : { ...driftDecay, weight: nodes.map(({ state, q }) => q * state.drift) },
    quotes: nodes.map(({ state: s, j, q }) => [
      ...(q < qMax
        ? [
            {
              side: 'bid' as const,
              asset: 0,
              to: at(j, q + 1),
              lambda: s.lambdaBid,
              kappa: s.kappaBid,
              edge: s.jumpBid - rebate,
              floor,
            },
          ]
        : []),
      ...(q > qMin
        ? [
            {
              side: 'ask' as const,
              asset: 0,
              to: at(j, q - 1),
              lambda: s.lambdaAsk,
              kappa: s.kappaAsk,
              edge: s.jumpAsk - rebate,
              floor,
            },
          ]
        : []),
    ]),
    moves: nodes.map(({ j, q }) =>
      states.flatMap((_, k) => (k !== j && generator[j][k] !== 0 ? [{ to: at(k, q), rate: generator[j][k] }] : [])),
    ),
    takes: nodes.map(({ j, q }) =>
      taker === undefined
        ? []
        : [
            ...(q < qMax ? [{ side: 'buy' as const, asset: 0, to: at(j, q + 1), cost: taker.cost }] : []),
            ...(q > qMin ? [{ side: 'sell' as const, asset: 0, to: at(j, q - 1), cost: taker.cost }] : []),
          ],
    ),
    takerRate: taker?.rate ?? 0,
    terminal: nodes.map(({ q }) => -alpha * q * q),
  };
}

/** One of several assets: as a state of a market, but its inventory is charged for with the others'. */
export interface Asset extends Omit<MarketState, 'phi'> {
  readonly qMin: number;
  readonly qMax: number;
}

export interface ManyAssets {
  readonly assets: readonly Asset[];
  /** R of the running penalty qᵀRq: γ/2 times the covariance a unit of time. */
  readonly risk: readonly (readonly number[])[];
  /** K of the terminal penalty qᵀKq. */
  readonly terminal: readonly (readonly number[])[];
  readonly rebate?: number;
  readonly minOffset?: number;
}

/** States of a grid over the inventories of several assets; the last asset runs fastest. */
export function inventoryGrid(assets: readonly Pick<Asset, 'qMin' | 'qMax'>[]): number[][] {
  return assets.reduce<number[][]>(
    (rows, { qMin, qMax }) =>
      rows.flatMap((row) => Array.from({ length: qMax - qMin + 1 }, (_, i) => [...row, qMin + i])),
    [[]],
  );
}

/** The index of inventories in `inventoryGrid`. */
export const gridIndex = (assets: readonly Pick<Asset, 'qMin' | 'qMax'>[], q: readonly number[]): number =>
  assets.reduce((index, { qMin, qMax }, i) => index * (qMax - qMin + 1) + q[i] - qMin, 0);

const quadratic = (m: readonly (readonly number[])[], q: readonly number[]): number =>
  m.reduce((sum, row, i) => sum + q[i] * row.reduce((s, x, j) => s + x * q[j], 0), 0);

export function manyAssets(market: ManyAssets): Problem {
  const { assets, risk, terminal, rebate = 0 } = market;
  const floor = market.minOffset ?? Number.NEGATIVE_INFINITY;
  const grid = inventoryGrid(assets);
  const moved = (q: readonly number[], i: number, by: number) =>
    gridIndex(
      assets,
      q.map((x, k) => (k === i ? x + by : x)),
    );
  const flow = (a: Asset) => a.drift + a.lambdaAsk * a.jumpAsk - a.lambdaBid * a.jumpBid;
  return {
    reward: grid.map((q) => assets.reduce((sum, a, i) => sum + q[i] * flow(a), -quadratic(risk, q))),
    decaying: null,
    quotes: grid.map((q) =>
      assets.flatMap((a, asset) => [
        ...(q[asset] < a.qMax
          ? [
              {
                side: 'bid' as const,
                asset,
                to: moved(q, asset, 1),
                lambda: a.lambdaBid,
                kappa: a.kappaBid,
                edge: a.jumpBid - rebate,
                floor,
              },
            ]
          : []),
        ...(q[asset] > a.qMin
          ? [
              {
                side: 'ask' as const,
                asset,
                to: moved(q, asset, -1),
                lambda: a.lambdaAsk,
                kappa: a.kappaAsk,
                edge: a.jumpAsk - rebate,
                floor,
              },
            ]
          : []),
      ]),
    ),
    moves: grid.map(() => []),
    takes: grid.map(() => []),
    takerRate: 0,
    terminal: grid.map((q) => -quadratic(terminal, q)),
  };
}
