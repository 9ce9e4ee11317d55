/**
 * Floor 4. What `hjb solve` solves: the market of the system `maker` of a config, or several assets with their covariance; and
 * what only a solution needs, in the section `solve`, which a training leaves aside.
 */
import { z } from 'zod';
import { maker } from '../../kernels/makers/maker.js';
import { symmetric } from '../../kernels/makers/several/market.js';
import { manyMarketOf } from '../../kernels/makers/several/plain.js';
import type { ExponentialUtility } from '../makers/exponential-utility.js';
import type { ManyAssets, MarketState, SingleAsset } from '../makers/problem.js';
import { ConfigError, check, message, type Path, show } from './explain.js';
import { numberIn, optionalNumber, rangeText, strict } from './fields.js';
import { resolveModel } from './models.js';
import { type solveFields, solveSection } from './solve-section.js';

type Solve = z.output<z.ZodObject<typeof solveFields>>;

const matrix = (doc: string) =>
  z.array(z.array(z.number()), {
    error: message(`expected a matrix (${doc})`, 'for example [[0.02, 0.01], [0.01, 0.02]]'),
  });

const required = (doc: string, range: { readonly min?: number; readonly above?: number } = {}) =>
  numberIn(range, message(`expected ${rangeText(range)} (${doc})`, 'each asset needs it'));

const rate = { min: 0 };
const decay = { above: 0 };

const lots = (doc: string) => optionalNumber(doc, { min: -1000, max: 1000, whole: true });

const assetFields = {
  qMin: lots('least inventory, lots'),
  qMax: lots('greatest inventory, lots'),
  lambdaBid: required('sell orders, a second', rate),
  lambdaAsk: required('buy orders, a second', rate),
  kappaBid: required('decay of fills of the bid by its offset', decay),
  kappaAsk: required('decay of fills of the ask by its offset', decay),
  drift: optionalNumber('drift of the mid, money a second', {}),
  jumpBid: optionalNumber('fall of the mid after a sell order', {}),
  jumpAsk: optionalNumber('rise of the mid after a buy order', {}),
  sigma: optionalNumber('volatility, money per √second and lot', rate),
};

/** `risk: [[…]]`, or from γ, volatilities and correlations. */
const riskSection = z.union(
  [
    matrix('R of the penalty qᵀRq'),
    z.strictObject({ gamma: z.number().positive(), correlation: matrix('correlations').optional() }),
  ],
  {
    error: message(
      'expected the matrix R of the penalty qᵀRq, or gamma and correlation',
      'for example {gamma: 0.1, correlation: [[1, 0.6], [0.6, 1]]}; sigma stands with each asset',
    ),
  },
);

const assetSchema = strict('the market of one of several assets', assetFields);

export interface MakerProblem {
  /** What is known of it beside the numbers. */
  readonly horizon: number | null;
  readonly times: readonly number[] | null;
  readonly mid: number | null;
  readonly market:
    | { readonly kind: 'one'; readonly one: SingleAsset; readonly utility: null }
    | { readonly kind: 'utility'; readonly one: SingleAsset; readonly utility: ExponentialUtility }
    | { readonly kind: 'many'; readonly names: readonly string[]; readonly many: ManyAssets };
}

/** The problem that a document states. Throws a ConfigError for what is wrong in it. */
export function makerProblem(document: unknown): MakerProblem {
  const top = check(
    z.looseObject({
      system: z.unknown().optional(),
      assets: z
        .record(z.string(), z.unknown(), {
          error: message(
            'expected a map of assets',
            'for example assets: {BTC: {qMax: 4, lambdaBid: 1, lambdaAsk: 1, kappaBid: 2, kappaAsk: 2}}',
          ),
        })
        .optional(),
      risk: riskSection.optional(),
      terminal: matrix('K of the penalty qᵀKq at the end').optional(),
      solve: solveSection,
    }),
    document,
    [],
  );
  const { solve } = top;
  const rest = { horizon: solve.horizon ?? null, times: solve.times ?? null, mid: solve.mid ?? null };
  if (top.system === undefined && top.assets === undefined) {
    throw new ConfigError(
      ['system'],
      'expected the market of a maker, got nothing; write system: {kind: maker, qMax: 8, lambdaBid: 1.5}, or assets with their markets',
    );
  }
  if (top.assets !== undefined && top.system === undefined) {
    const stray = ofOneAlone.find((key) => solve[key] !== undefined);
    if (stray !== undefined) {
      throw new ConfigError(['solve', stray], 'expected only for one asset, got it beside several; leave it out');
    }
    return { ...rest, market: severalAssets(top.assets, top.risk, top.terminal) };
  }
  const system = top.system as Readonly<Record<string, unknown>>;
  const several = severalOfSystem(system, assetNames(document), solve);
  if (several !== null) return { ...rest, market: several };
  const one = oneAsset(system, solve);
  return {
    ...rest,
    market: solve.gamma === undefined ? { kind: 'one', one, utility: null } : utilityOf(one, system.phi, solve),
  };
}

function limitsOf(path: Path, { qMin, qMax }: { readonly qMin?: number; readonly qMax?: number }) {
  if (qMax === undefined) {
    throw new ConfigError([...path, 'qMax'], 'expected the greatest inventory in lots, got nothing; add qMax: 8');
  }
  const low = qMin ?? -qMax;
  if (low <= qMax) return { qMin: low, qMax };
  throw new ConfigError([...path, 'qMin'], `expected at most qMax (${qMax}), got ${low}; change one of them`);
}

/** G from its rates in the order 0→1, 0→2, 1→0 … */
function generatorOf(rates: readonly number[], states: number): number[][] {
  let next = 0;
  const off = Array.from({ length: states }, (_, i) =>
    Array.from({ length: states }, (_, j) => (i === j ? 0 : rates[next++])),
  );
  return off.map((row, i) => row.map((x, j) => (i === j ? -row.reduce((a, b) => a + b, 0) : x)));
}

/** Names of the assets that the data are of; one without names. */
function assetNames(document: unknown): string[] {
  const { data } = document as { readonly data?: { readonly assets?: unknown } };
  const names = data?.assets;
  return Array.isArray(names) && names.length > 0 ? names.map(String) : ['maker'];
}

const ofOneAlone = ['taker', 'driftDecay', 'gamma', 'sigma'] as const;

/** Several assets of a system, which a training simulates; null of one. */
function severalOfSystem(
  given: Readonly<Record<string, unknown>>,
  names: readonly string[],
  solve: Solve,
): MakerProblem['market'] | null {
  if (given.assets === undefined || given.assets === 1) return null;
  const context = { assets: names, flow: true, series: [] };
  const { settings, parameters } = resolveModel(['system'], given, { maker }, {}, context, {});
  if (settings.assets !== names.length) {
    throw new ConfigError(
      ['data', 'assets'],
      `expected the names of ${settings.assets} assets, as the system quotes, got ${names.length}; name them, or change system.assets`,
    );
  }
  const stray = ofOneAlone.find((key) => solve[key] !== undefined);
  if (stray !== undefined) {
    throw new ConfigError(['solve', stray], 'expected only for one asset, got it beside several; leave it out');
  }
  const numbers = Object.fromEntries(Object.entries(parameters).map(([name, p]) => [name, p.value]));
  const { alpha, crossAlpha, rebate, halfSpread = [] } = numbers;
  const { assets, risk } = manyMarketOf(settings, numbers);
  checkStates(assets, ['system', 'qMax']);
  const floors = [...new Set([...halfSpread, ...(Object.hasOwn(given, 'leastOffset') ? [settings.leastOffset] : [])])];
  if (floors.length > 1) {
    throw new ConfigError(
      ['system', 'halfSpread'],
      `expected one least offset of all assets, got ${floors.join(', ')}; solve takes one only`,
    );
  }
  const many: ManyAssets = {
    ...{ assets, risk, terminal: symmetric([...alpha], [...crossAlpha]), rebate: rebate[0] },
    ...(floors.length === 1 ? { minOffset: floors[0] } : {}),
  };
  return { kind: 'many', names: [...names], many };
}

/** The market of the system as a training resolves it; what it says of policies and estimators is checked and left aside. */
function oneAsset(given: Readonly<Record<string, unknown>>, solve: Solve): SingleAsset {
  const context = { assets: ['maker'], flow: true, series: [] };
  const { settings, parameters } = resolveModel(['system'], given, { maker }, {}, context, {});
  const { qMin, qMax, states: count, leastOffset } = settings;
  const numbers = (name: string): readonly number[] => parameters[name]?.value ?? [0];
  const inState = (name: string, j: number) => numbers(name)[Math.min(j, numbers(name).length - 1)];
  const states = Array.from(
    { length: count },
    (_, j): MarketState => ({
      lambdaBid: inState('lambdaBid', j),
      lambdaAsk: inState('lambdaAsk', j),
      kappaBid: inState('kappaBid', j),
      kappaAsk: inState('kappaAsk', j),
      phi: solve.gamma === undefined ? inState('phi', j) : 0,
      drift: inState('drift', j),
      jumpBid: inState('jumpBid', j),
      jumpAsk: inState('jumpAsk', j),
    }),
  );
  const floors = [
    ...(parameters.halfSpread === undefined ? [] : numbers('halfSpread')),
    ...(Object.hasOwn(given, 'leastOffset') ? [leastOffset] : []),
  ];
  const taker = takerOf(numbers('takerCost')[0], solve);
  if (solve.driftDecay !== undefined && solve.horizon === undefined) {
    throw new ConfigError(
      ['solve', 'horizon'],
      'expected the end until which the drift decays, got nothing; add horizon',
    );
  }
  return {
    ...{ qMin, qMax, alpha: numbers('alpha')[0], states, rebate: numbers('rebate')[0] },
    generator: generatorOf(numbers('rates'), count),
    ...(floors.length > 0 ? { minOffset: Math.max(...floors) } : {}),
    ...(taker === null ? {} : { taker }),
    ...(solve.driftDecay === undefined ? {} : { driftDecay: { rate: solve.driftDecay, horizon: solve.horizon ?? 0 } }),
  };
}

function takerOf(cost: number, { taker, horizon }: Solve) {
  if (taker === undefined) return null;
  if (taker !== 'unlimited') return { rate: taker, cost };
  if (horizon !== undefined) {
    throw new ConfigError(
      ['solve', 'taker'],
      "expected lots a second at most where there is a horizon, got 'unlimited'; give a number, or leave the horizon out",
    );
  }
  if (!(cost > 0)) {
    throw new ConfigError(
      ['system', 'takerCost'],
      `expected a cost above 0 where taking is unlimited, got ${cost}; at no cost one takes without end`,
    );
  }
  return { rate: Number.POSITIVE_INFINITY, cost };
}

/** Exponential utility asks for one state, equal sides and no costs: else its equation is another. */
function utilityOf(one: SingleAsset, phi: unknown, { gamma = 0, sigma }: Solve) {
  const [s] = one.states;
  const path = ['solve', 'gamma'];
  if (sigma === undefined) {
    throw new ConfigError(['solve', 'sigma'], 'expected the volatility of the mid with gamma, got nothing; add sigma');
  }
  const plain =
    one.states.length === 1 &&
    s.lambdaBid === s.lambdaAsk &&
    s.kappaBid === s.kappaAsk &&
    s.jumpBid === 0 &&
    s.jumpAsk === 0 &&
    one.rebate === 0 &&
    one.minOffset === undefined &&
    one.taker === undefined &&
    one.driftDecay === undefined &&
    one.qMin === -one.qMax;
  if (!plain) {
    throw new ConfigError(
      path,
      `expected one state with equal sides, limits that mirror each other and no jumps, rebate, floor or taker, got gamma ${gamma} with others; leave gamma out and give phi = gamma·sigma²/2`,
    );
  }
  if (phi !== undefined && phi !== 0) {
    throw new ConfigError(
      ['system', 'phi'],
      `expected none beside gamma, which charges for inventory by sigma, got ${show(phi)}; leave one of them out`,
    );
  }
  const utility: ExponentialUtility = {
    A: s.lambdaBid,
    k: s.kappaBid,
    sigma,
    gamma,
    qMax: one.qMax,
    drift: s.drift,
    alpha: one.alpha,
  };
  return { kind: 'utility' as const, one, utility };
}

/** Grids beyond it take minutes and gigabytes. */
const MOST_STATES = 1200;

function checkStates(assets: ManyAssets['assets'], path: Path): void {
  const states = assets.reduce((product, a) => product * (a.qMax - a.qMin + 1), 1);
  if (states <= MOST_STATES) return;
  throw new ConfigError(path, `expected at most ${MOST_STATES} inventories in all, got ${states}; narrow the limits`);
}

function severalAssets(
  given: Readonly<Record<string, unknown>>,
  risk: z.output<typeof riskSection> | undefined,
  terminal: number[][] | undefined,
): MakerProblem['market'] {
  const names = Object.keys(given);
  const sections = names.map((name) => check(assetSchema, given[name], ['assets', name]));
  const assets = sections.map(({ qMin, qMax, sigma: _sigma, ...s }, i) => ({
    ...limitsOf(['assets', names[i]], { qMin, qMax }),
    ...{ drift: 0, jumpBid: 0, jumpAsk: 0 },
    ...s,
  }));
  const n = assets.length;
  checkStates(assets, ['assets']);
  const square = (m: readonly (readonly number[])[], path: Path) => {
    const holds =
      m.length === n &&
      m.every(
        (row, i) =>
          row.length === n && row.every((x, j) => Math.abs(x - (m[j]?.[i] ?? Number.NaN)) <= 1e-12 * (1 + Math.abs(x))),
      );
    if (holds) return m;
    throw new ConfigError(
      path,
      `expected a symmetric matrix of ${n} × ${n}, got ${JSON.stringify(m)}; its order is that of the assets`,
    );
  };
  if (risk === undefined)
    throw new ConfigError(
      ['risk'],
      'expected the matrix R of the penalty qᵀRq, or gamma and correlation, got nothing; for example risk: {gamma: 0.1}',
    );
  const R = Array.isArray(risk) ? square(risk, ['risk']) : riskOf(risk, sections, names, square);
  const zero = R.map((row) => row.map(() => 0));
  const K = terminal === undefined ? zero : square(terminal, ['terminal']);
  return { kind: 'many', names, many: { assets, risk: R, terminal: K } };
}

/** R = γ/2·Σ, Σᵢⱼ = ρᵢⱼσᵢσⱼ. */
function riskOf(
  { gamma, correlation }: { gamma: number; correlation?: number[][] },
  sections: readonly z.output<typeof assetSchema>[],
  names: readonly string[],
  square: (m: readonly (readonly number[])[], path: Path) => readonly (readonly number[])[],
): number[][] {
  const sigma = sections.map((s, i) => {
    if (s.sigma !== undefined) return s.sigma;
    throw new ConfigError(
      ['assets', names[i], 'sigma'],
      'expected the volatility, got nothing; or give risk as a matrix',
    );
  });
  const rho = correlation === undefined ? null : square(correlation, ['risk', 'correlation']);
  const odd = rho?.findIndex((row, i) => row[i] !== 1 || row.some((x) => Math.abs(x) > 1)) ?? -1;
  if (odd >= 0)
    throw new ConfigError(
      ['risk', 'correlation', odd],
      `expected 1 on the diagonal and numbers from −1 to 1, got ${rho?.[odd].join(', ')}; mend the row`,
    );
  return sigma.map((a, i) => sigma.map((b, j) => (gamma / 2) * a * b * (rho?.[i][j] ?? (i === j ? 1 : 0))));
}
