/**
 * Floor 4. The config of `hjb solve`: the market of a maker, as the system `maker` of a training names it, or several assets
 * with their covariance; and what only a solution needs, in the section `solve`.
 */
import { z } from 'zod';
import type { ExponentialUtility } from '../makers/exponential-utility.js';
import type { ManyAssets, MarketState, SingleAsset } from '../makers/problem.js';
import { ConfigError, check, message, type Path } from './explain.js';
import { numberIn, optionalNumber, rangeText, section, strict } from './fields.js';

/** One number, or one for each state of the market; as a parameter of a training also {value: …, train: …}. */
function byState(doc: string, range: { readonly min?: number; readonly above?: number } = {}) {
  const error = message(
    `expected ${rangeText(range)}, or one for each state (${doc})`,
    'for example 1.5 or [1.4, 1, 0.6]',
  );
  const one = numberIn(range, error);
  const plain = z.union([one, z.array(one).min(1)], { error });
  return z
    .union([plain, z.looseObject({ value: plain }).transform((p) => p.value)], { error })
    .optional()
    .describe(doc);
}

const rate = { min: 0 };
const decay = { above: 0 };

const lots = (doc: string) => optionalNumber(doc, { min: -1000, max: 1000, whole: true });

/** Both sides at once, or each. */
const sides = {
  lambda: byState('orders of each side, a second', rate),
  lambdaBid: byState('sell orders, a second', rate),
  lambdaAsk: byState('buy orders, a second', rate),
  kappa: byState('decay of fills by the offset, per unit of money', decay),
  kappaBid: byState('decay of fills of the bid', decay),
  kappaAsk: byState('decay of fills of the ask', decay),
  drift: byState('drift of the mid, money a second'),
  jump: byState('move of the mid against each fill, money'),
  jumpBid: byState('fall of the mid after a sell order'),
  jumpAsk: byState('rise of the mid after a buy order'),
};

const systemSection = z
  .looseObject(
    {
      kind: z.literal('maker', {
        error: message('expected maker (what is solved is a maker of one asset)', 'write kind: maker'),
      }),
      qMin: lots('least inventory, lots'),
      qMax: lots('greatest inventory, lots'),
      ...sides,
      phi: byState('penalty φq² a second', rate),
      alpha: byState('penalty αq² at the end', rate),
      rebate: byState('paid for a fill; negative: a fee'),
      takerCost: byState('half the spread and fee of a lot taken', rate),
      halfSpread: byState('offset below which fills do not grow', rate),
      leastOffset: byState('least offset to quote'),
      rates: z
        .union([z.array(numberIn(rate, 'expected rates of 0 or more')), z.array(z.array(z.number()))], {
          error: message(
            'expected the rates between states',
            'as a matrix with rows that sum to 0, or in the order 0→1, 0→2, 1→0 …',
          ),
        })
        .optional(),
    },
    {
      error: message(
        'expected a map with the market of a maker',
        'for example system: {kind: maker, qMax: 8, lambda: 1.5, kappa: 2, phi: 0.02}',
      ),
    },
  )
  .describe('the maker that is solved, as a training names it');

const matrix = (doc: string) =>
  z.array(z.array(z.number()), {
    error: message(`expected a matrix (${doc})`, 'for example [[0.02, 0.01], [0.01, 0.02]]'),
  });

const assetFields = {
  qMin: lots('least inventory, lots'),
  qMax: lots('greatest inventory, lots'),
  ...sides,
  sigma: byState('volatility, money per √second and lot', rate),
};

const solveFields = {
  horizon: optionalNumber('seconds until the end; none: the long run', decay),
  times: z
    .array(numberIn(rate, message('expected seconds to go, 0 or more', 'for example times: [30, 5, 1, 0]')))
    .min(1)
    .max(50)
    .optional()
    .describe('times to go that are shown'),
  taker: z
    .union([z.literal('unlimited'), z.number().nonnegative()], {
      error: message('expected lots a second at most, or unlimited', 'takerCost is what a lot costs'),
    })
    .optional(),
  driftDecay: optionalNumber('rate at which the drift decays from the start to the horizon', rate),
  gamma: optionalNumber('aversion of exponential utility, per unit of money', decay),
  sigma: optionalNumber('volatility of the mid, money per √second', rate),
  mid: optionalNumber('price of the mid, to show basis points too', decay),
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
          error: message('expected a map of assets', 'for example assets: {BTC: {lambda: 1, kappa: 2, qMax: 4}}'),
        })
        .optional(),
      risk: riskSection.optional(),
      terminal: matrix('K of the penalty qᵀKq at the end').optional(),
      solve: section('what only a solution needs', solveFields),
    }),
    document,
    [],
  );
  const { solve } = top;
  const rest = { horizon: solve.horizon ?? null, times: solve.times ?? null, mid: solve.mid ?? null };
  if (top.system === undefined && top.assets === undefined) {
    throw new ConfigError(
      ['system'],
      'expected the market of a maker, got nothing; write system: {kind: maker, qMax: 8, lambda: 1.5, kappa: 2, phi: 0.02}, or assets with their markets',
    );
  }
  if (top.assets !== undefined && top.system === undefined) {
    const stray = (['taker', 'driftDecay', 'gamma', 'sigma'] as const).find((key) => solve[key] !== undefined);
    if (stray !== undefined) {
      throw new ConfigError(['solve', stray], 'expected only for one asset, got it beside several; leave it out');
    }
    return { ...rest, market: severalAssets(top.assets, top.risk, top.terminal) };
  }
  const one = oneAsset(check(systemSection, top.system, ['system']), solve);
  return { ...rest, market: solve.gamma === undefined ? { kind: 'one', one, utility: null } : utilityOf(one, solve) };
}

type Side = z.output<z.ZodObject<typeof sides>>;
type Given = number | number[] | undefined;

/** The value for state j: of one side, of both, or what stands where neither is given. */
function inState(
  path: Path,
  states: number,
  j: number,
  fallback: number | null,
  ...given: readonly [string, Given][]
): number {
  const [name, value] = given.find(([, v]) => v !== undefined) ?? [given[0][0], undefined];
  if (value === undefined) {
    if (fallback !== null) return fallback;
    throw new ConfigError([...path, name], `expected a number, got nothing; add ${given.map(([n]) => n).join(' or ')}`);
  }
  if (!Array.isArray(value)) return value;
  if (value.length === states) return value[j];
  throw new ConfigError(
    [...path, name],
    `expected ${states} numbers, one for each state, got ${value.length}; states are counted by rates`,
  );
}

const sideOf = (path: Path, s: Side, states: number, j: number): Omit<MarketState, 'phi'> => {
  const of = (name: 'lambda' | 'kappa' | 'jump', side: 'Bid' | 'Ask', fallback: number | null) =>
    inState(path, states, j, fallback, [`${name}${side}`, s[`${name}${side}`]], [name, s[name]]);
  return {
    lambdaBid: of('lambda', 'Bid', null),
    lambdaAsk: of('lambda', 'Ask', null),
    kappaBid: of('kappa', 'Bid', null),
    kappaAsk: of('kappa', 'Ask', null),
    drift: inState(path, states, j, 0, ['drift', s.drift]),
    jumpBid: of('jump', 'Bid', 0),
    jumpAsk: of('jump', 'Ask', 0),
  };
};

function limitsOf(path: Path, { qMin, qMax }: { readonly qMin?: number; readonly qMax?: number }) {
  if (qMax === undefined) {
    throw new ConfigError([...path, 'qMax'], 'expected the greatest inventory in lots, got nothing; add qMax: 8');
  }
  const low = qMin ?? -qMax;
  if (low <= qMax) return { qMin: low, qMax };
  throw new ConfigError([...path, 'qMin'], `expected at most qMax (${qMax}), got ${low}; change one of them`);
}

/** A generator: rates in the order 0→1, 0→2, 1→0 …, or the matrix itself. */
function generatorOf(rates: readonly number[] | readonly (readonly number[])[] | undefined, path: Path): number[][] {
  if (rates === undefined || rates.length === 0) return [[0]];
  const flat = rates.filter((x): x is number => typeof x === 'number');
  if (flat.length < rates.length) {
    const given = rates as readonly (readonly number[])[];
    const bad = given.findIndex(
      (row, i) =>
        row.length !== given.length ||
        row.some((x, j) => i !== j && x < 0) ||
        Math.abs(row.reduce((a, b) => a + b, 0)) > 1e-9 * (1 + Math.abs(row[i])),
    );
    if (bad < 0) return given.map((row) => [...row]);
    throw new ConfigError(
      [...path, 'rates', bad],
      `expected a row of ${given.length} rates that sum to 0, got ${given[bad].join(', ')}; the diagonal is less the sum of the others`,
    );
  }
  const states = Math.round((1 + Math.sqrt(1 + 4 * flat.length)) / 2);
  if (states * (states - 1) !== flat.length) {
    throw new ConfigError(
      [...path, 'rates'],
      `expected 2, 6, 12 … rates (K states have K(K − 1)), got ${flat.length}; write a matrix if that is easier`,
    );
  }
  let next = 0;
  const off = Array.from({ length: states }, (_, i) =>
    Array.from({ length: states }, (_, j) => (i === j ? 0 : flat[next++])),
  );
  return off.map((row, i) => row.map((x, j) => (i === j ? -row.reduce((a, b) => a + b, 0) : x)));
}

function oneAsset(s: z.output<typeof systemSection>, solve: z.output<z.ZodObject<typeof solveFields>>): SingleAsset {
  const path = ['system'];
  const generator = generatorOf(s.rates, path);
  const lone = (name: 'alpha' | 'rebate' | 'takerCost' | 'halfSpread' | 'leastOffset', fallback: number) =>
    inState(path, 1, 0, fallback, [name, s[name]]);
  const states = generator.map((_, j) => ({
    ...sideOf(path, s, generator.length, j),
    phi: inState(path, generator.length, j, solve.gamma === undefined ? null : 0, ['phi', s.phi]),
  }));
  const floors = [
    ...(s.halfSpread === undefined ? [] : [lone('halfSpread', 0)]),
    ...(s.leastOffset === undefined ? [] : [lone('leastOffset', 0)]),
  ];
  const taker = takerOf(s.takerCost === undefined ? null : lone('takerCost', 0), solve);
  if (solve.driftDecay !== undefined && solve.horizon === undefined) {
    throw new ConfigError(
      ['solve', 'horizon'],
      'expected the end until which the drift decays, got nothing; add horizon',
    );
  }
  return {
    ...limitsOf(path, s),
    alpha: lone('alpha', 0),
    states,
    generator,
    rebate: lone('rebate', 0),
    ...(floors.length > 0 ? { minOffset: Math.max(...floors) } : {}),
    ...(taker === null ? {} : { taker }),
    ...(solve.driftDecay === undefined ? {} : { driftDecay: { rate: solve.driftDecay, horizon: solve.horizon ?? 0 } }),
  };
}

function takerOf(cost: number | null, { taker, horizon }: z.output<z.ZodObject<typeof solveFields>>) {
  if (taker === undefined) return null;
  if (cost === null) {
    throw new ConfigError(
      ['system', 'takerCost'],
      'expected what a lot costs that is taken, got nothing; add half the spread and the fee',
    );
  }
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
function utilityOf(one: SingleAsset, { gamma = 0, sigma }: z.output<z.ZodObject<typeof solveFields>>) {
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
  if (s.phi !== 0) {
    throw new ConfigError(
      ['system', 'phi'],
      `expected 0 beside gamma, which charges for inventory by sigma, got ${s.phi}; leave one of them out`,
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

function severalAssets(
  given: Readonly<Record<string, unknown>>,
  risk: z.output<typeof riskSection> | undefined,
  terminal: number[][] | undefined,
): MakerProblem['market'] {
  const names = Object.keys(given);
  const sections = names.map((name) => check(assetSchema, given[name], ['assets', name]));
  const assets = sections.map((s, i) => ({
    ...limitsOf(['assets', names[i]], s),
    ...sideOf(['assets', names[i]], s, 1, 0),
  }));
  const n = assets.length;
  const states = assets.reduce((product, a) => product * (a.qMax - a.qMin + 1), 1);
  if (states > MOST_STATES) {
    throw new ConfigError(
      ['assets'],
      `expected at most ${MOST_STATES} inventories in all, got ${states}; narrow the limits`,
    );
  }
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
  const sigma = sections.map((s, i) => inState(['assets', names[i]], 1, 0, null, ['sigma', s.sigma]));
  const rho = correlation === undefined ? null : square(correlation, ['risk', 'correlation']);
  const odd = rho?.findIndex((row, i) => row[i] !== 1 || row.some((x) => Math.abs(x) > 1)) ?? -1;
  if (odd >= 0)
    throw new ConfigError(
      ['risk', 'correlation', odd],
      `expected 1 on the diagonal and numbers from −1 to 1, got ${rho?.[odd].join(', ')}; mend the row`,
    );
  return sigma.map((a, i) => sigma.map((b, j) => (gamma / 2) * a * b * (rho?.[i][j] ?? (i === j ? 1 : 0))));
}
