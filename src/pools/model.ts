/** Floor 2½. The contracts of what a pool is made of: its curve, rules, flows, laws of fees. */
import type { Expr, Tree } from '../graph/index.js';
import type { Clock } from '../rollout/clock.js';
import type { ModelContext, Parameters, Setting, Settings } from '../rollout/model.js';
import type { Offer, Order } from './flow.js';

/** A setting of every pool's roll-out, whether the pool declares it or not. */
export const arbitrageEvery: Setting = {
  default: 1,
  range: [0, 525_600],
  time: 'minutes',
  whole: true,
  stepByDefault: true,
  doc: 'time from one arbitrage to the next',
};

/** What the pool sees of one step. */
export interface Minute {
  readonly prices: readonly Expr[];
  /** Target weights at this pass; empty for pools without weights. */
  readonly weights: readonly Expr[];
}

// What sees a state or a carry is declared as a method: TypeScript then takes a model of a certain state for a model of any,
// which is right, since the roll-out hands back to a model only what that model gave.

/** One set's parameters of a model, in plain numbers. */
export interface PlainSet {
  readonly value: Readonly<Record<string, readonly number[]>>;
  readonly raw: Readonly<Record<string, readonly number[]>>;
  readonly settings: Readonly<Record<string, number>>;
  /** Of the row at which it is set up. */
  readonly prices: readonly number[];
}

/** Numbers by name, as a bot or a contract has them. */
export type Used = Readonly<Record<string, { readonly value: number[]; readonly unit: string }>>;

export interface PoolModel<State extends Tree = Tree> {
  readonly name: string;
  readonly doc: string;
  /** Pools whose trading curve has weights take them as a parameter `weights` (constant) or from a rule (rule). */
  readonly weights: 'none' | 'constant' | 'rule';
  /** Fewest and most assets; left out: from 2 where there are weights, else from 1, and no bound. */
  readonly assets?: readonly [least: number, most: number];
  readonly parameters: (settings: Readonly<Record<string, number>>) => Parameters;
  /** The parameter that is the fee of every trade, in whose place a series or a fee law stands; left out: `fee`, if there is one. */
  readonly fee?: string;
  /**
   * Fixed numbers that the config may set, with their defaults and sentences. The roll-out itself has `arbitrageEvery` of
   * each pool, declared or not (a config knows it where it is): arbitrageurs come each so many steps, counted from the
   * window's start.
   */
  readonly settings: Settings;
  /**
   * What trading outside costs arbitrageurs, and a portfolio in the pool's place: half of this fraction on each amount; left
   * out: nothing.
   */
  outsideFee?(c: ModelContext): Expr;
  /** What noise traders pay in for each unit that arbitrageurs do, ≥ 0; left out: there are none. */
  readonly noiseRatio?: (settings: Readonly<Record<string, number>>) => number;
  /** What it makes of its parameters before anything else: numbers that a contract is set up with. For exports. */
  readonly used?: (set: PlainSet) => Used;
  /** The state worth `value` at these prices, with nothing to gain for an arbitrageur. */
  init(c: ModelContext, m: Minute, value: Expr): State;
  /**
   * What holding instead of pooling would keep: amounts of the assets in their order, then of the numéraire, if the pool
   * holds some (hmm: Ψ₀…, then Θ₀…).
   */
  reserves(state: State, c: ModelContext): readonly Expr[];
  /** The numéraire value of the state. */
  value(c: ModelContext, state: State, prices: readonly Expr[]): Expr;
  /** The state after the arbitrageur's optimal trade against these prices, and the fees that stay of it, in the numéraire. */
  arbitrage(c: ModelContext, state: State, m: Minute): { readonly state: State; readonly fees: Expr };
  /**
   * The state after the given trade of somebody else and the fees that stay of it, in the numéraire. Pools without it
   * refuse recorded trades.
   */
  swap?(c: ModelContext, state: State, m: Minute, order: Order): { readonly state: State; readonly fees: Expr };
  /**
   * What a router sees of the pool for orders in one direction, of which `paid` and `taken` are 1 or 0; entries beyond the
   * assets are the numéraire, for pools that trade for it. Pools without it refuse flows of orders.
   */
  offer?(c: ModelContext, state: State, m: Minute, direction: Order): Offer<State>;
  /**
   * The relative cost (fee + slippage, a fraction) of an order worth `size`·value through the pool's own swap port,
   * averaged over directions, at prices `m.prices`; and the fee that the pool keeps of it. For flows.
   */
  orderCost(c: ModelContext, state: State, m: Minute, size: Expr): { readonly cost: Expr; readonly fee: Expr };
  /** Set where each asset is traded for the numéraire, not for other assets. */
  readonly numeraire?: true;
  /**
   * At what prices the pool, left alone, trades each of its assets for the numéraire, and how much: pools that hold the
   * numéraire and have no closed forms.
   */
  quotes?(c: ModelContext, state: State): readonly Quote[];
  /**
   * Where the outside prices are beyond those that the curve has, so that the pool rests in one asset and trades nothing: for
   * each pair that it trades (its two assets, or each asset against the numéraire) 1 above its range, where it has sold all
   * of the first, −1 below, where it holds nothing else, 0 within. Pools whose prices have no ends leave it out.
   */
  beyond?(c: ModelContext, state: State, prices: readonly Expr[]): readonly Expr[];
  /** How weights move from rule step to rule step; pools whose weights come from a rule. */
  readonly path?: WeightPath;
  /** Closed forms of the roll-out without fees, where the pool has them. */
  readonly zeroFee?: ZeroFee;
  /** The state with every reserve multiplied by `factor`: earnings spread over the reserves pro rata. */
  scale(state: State, factor: Expr): State;
}

/** Of one asset. */
export interface Quote {
  /** Marginal price in the numéraire, before fees. */
  readonly price: Expr;
  /** How much can be bought at 1 % above that price on average, in units of what a constant product of the same worth sells so. */
  readonly depth: Expr;
}

/** One leg of the weights' path: from `start`, by `diff` a step over the interpolation period, then at rest. */
export interface Leg {
  readonly start: readonly Expr[];
  readonly diff: readonly Expr[];
}

export interface WeightPath {
  /** The weights at the window's start: of their own, or what the raw weights that a rule asks for are within the guards. */
  readonly initial: (c: ModelContext, raw: readonly Expr[] | null) => readonly Expr[];
  /** The leg towards the raw weights that the rule asks for, within the guards, and masks that tell which guards bound. */
  readonly leg: (
    c: ModelContext,
    weights: readonly Expr[],
    raw: readonly Expr[],
  ) => { readonly diff: readonly Expr[]; readonly bound: Readonly<Record<string, Expr>> };
  /** Weights j steps into the leg (a float64 ≥ 0). */
  readonly at: (c: ModelContext, leg: Leg, j: Expr) => readonly Expr[];
  /** Steps that a leg moves before it rests: where the next leg starts from at(leg, ramp). */
  readonly ramp: (settings: Readonly<Record<string, number>>, clock: Clock) => number;
  /** Whether the pool holds its reserves while the weights rest; left out: it always trades. */
  readonly closes?: (settings: Readonly<Record<string, number>>) => boolean;
  /** Whether `at` is straight: cheap enough to compute twice, and summable in closed form. */
  readonly linear: (settings: Readonly<Record<string, number>>) => boolean;
}

export interface ZeroFee {
  /** Whether the closed forms hold under these settings of the pool; left out: under all. */
  readonly holds?: (settings: Readonly<Record<string, number>>, clock: Clock) => boolean;
  /** H(w), from weights and their logarithms: what is added to ln V while weights move, so that a step of the sum is simple. */
  readonly potential: (weights: readonly Expr[], logs: readonly Expr[]) => Expr;
  /** ln V + H at t less that at t − 1, from weights before, their logarithms, weights now and ln π = ln p_t − ln p_{t−1}. */
  readonly growth: (
    before: readonly Expr[],
    logs: readonly Expr[],
    now: readonly Expr[],
    logReturns: readonly Expr[],
  ) => Expr;
  /** Reserves worth `value` at these prices and weights. */
  readonly reserves: (weights: readonly Expr[], prices: readonly Expr[], value: Expr) => Expr[];
  /** ln V over a straight leg from sums over the series (see LegSums). */
  readonly legLogGrowth: (leg: Leg, ramp: Expr, sums: LegSums) => Expr;
  /** Largest maximumChange/minimumWeight for which legLogGrowth is exact to rounding. */
  readonly largestStep: number;
}

/** Sums over one leg of m moving steps and rest up to its end; one entry an asset. */
export interface LegSums {
  /** ln p at the leg's end minus ln p at its start. */
  readonly whole: readonly Expr[];
  /** Σ_{j=1…m} (j − 1)·ln π_j + m·(ln p at the end − ln p after m steps) */
  readonly weighted: readonly Expr[];
}

/**
 * A fee that changes from step to step with what the pool has seen up to the step before. It stands in the place of
 * the pool's own fee, which is its base.
 */
export interface FeeLawModel<Carry extends Tree = Tree> {
  readonly name: string;
  readonly doc: string;
  readonly parameters: Parameters;
  /** The carry at a window's first row. */
  init(c: ModelContext): Carry;
  /** The fee of a step, in [0, 1), from the base and the carry of the step before. */
  fee(c: ModelContext, base: Expr, carry: Carry): Expr;
  step(c: ModelContext, carry: Carry, seen: SeenMinute): Carry;
}

/** What a fee law sees of a step that is over. */
export interface SeenMinute {
  /** Mean over pairs of assets of (Δ ln(pᵢ/pⱼ))²; with a single asset (Δ ln p)². */
  readonly variance: Expr;
  /** ½ Σ|ΔR|p/Σ Rp: the part of the pool that changed hands. */
  readonly traded: Expr;
}

/** A series that a model reads. */
export interface SeriesDeclaration {
  readonly doc: string;
  readonly range: readonly [number, number];
}

/** Series of the assets in one row, by the name before the asset's. */
export type SeriesRow = Readonly<Record<string, readonly Expr[]>>;

/** A rule whose outputs are weights: raw weights are λ₂c + (1 − λ₂)w, and a window starts from w within the guards. */
export interface OutputWeights {
  /** The weights before the first rule step. */
  readonly first: (c: ModelContext, prices: readonly Expr[], series: SeriesRow) => readonly Expr[];
  /** 1 − λ₂ of each asset: the share of the way from c, the weights that are, to w. */
  readonly pace: (c: ModelContext) => readonly Expr[];
}

/** A weight rule: an estimator over the prices at rule steps and what it makes of it. */
export interface RuleModel<Carry extends Tree = Tree> {
  readonly name: string;
  readonly doc: string;
  readonly settings: Settings;
  readonly parameters: (settings: Readonly<Record<string, number>>) => Parameters;
  /** Series that it reads beside prices, one of each asset: `supply` is `supply.BTC`, `supply.ETH` … in a dataset. */
  readonly series?: (settings: Readonly<Record<string, number>>) => Readonly<Record<string, SeriesDeclaration>>;
  /** The carry at the first row. */
  init(c: ModelContext, prices: readonly Expr[], series: SeriesRow): Carry;
  /** What it makes of its parameters before anything else: λ of a memory, k times the days of its memory. For exports. */
  readonly used?: (set: PlainSet) => Used;
  /** Absent: the outputs are weight changes Δw, raw weights c + Δw. Present: they are weights w themselves. */
  readonly weights?: OutputWeights;
  /** One rule step: the next carry and the outputs (n of them). */
  step(
    c: ModelContext,
    carry: Carry,
    prices: readonly Expr[],
    series: SeriesRow,
  ): { readonly carry: Carry; readonly output: readonly Expr[] };
  /**
   * The same outputs of all steps at once, as tensors: a second route, a `Vectorised` of vector-rule.ts (its types are
   * those of TensorFlow.js, which this contract does not lean on). Absent: there is the scan only.
   */
  readonly vectorised?: (c: never) => unknown;
}
