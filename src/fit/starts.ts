/**
 * Floor 5. Where a fit begins: the best parameters in closed form where a generator has them, else those of a regression or of
 * moments near them. By key, one number or one an asset; what is left out keeps its default.
 */
import { partialOf } from '../../kernels/prices/index.js';
import { UserError } from '../errors.js';
import { fitGbm, fitOu, logReturns } from '../prices/diffusions.js';
import { leastSquares } from './linear.js';

export type Values = Readonly<Record<string, readonly number[]>>;

/** What starts are made of. */
export interface Recorded {
  /** An array of prices for each asset. */
  readonly prices: readonly (readonly number[])[];
  /** Years. */
  readonly dt: number;
}

interface Chosen {
  readonly settings: Readonly<Record<string, number>>;
  /** The words of the settings that are choices. */
  readonly words: Readonly<Record<string, string>>;
  /** Values that the config gives, or defaults. */
  readonly values: Values;
}

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
const variance = (xs: readonly number[]): number => {
  const m = mean(xs);
  return mean(xs.map((x) => (x - m) ** 2));
};
const firsts = ({ prices }: Recorded): number[] => prices.map((p) => p[0]);

/** Starts by the kind of generator. */
const STARTS: Readonly<Record<string, (data: Recorded, chosen: Chosen) => Values>> = {
  gbm: (data) => ({ ...diffusion(data), correlation: correlationsOf(data) }),
  ou: ofOu,
  'jump-diffusion': ofJumps,
  hamiltonian: ofHamiltonian,
  'price-dynamics': ofMomentum,
};

/** What a fit of this kind begins with. Throws a UserError where the data cannot be of such a model. */
export const startOf = (kind: string, data: Recorded, chosen: Chosen): Values =>
  // one of the user's own begins where its config says
  Object.hasOwn(STARTS, kind) ? STARTS[kind](data, chosen) : {};

function diffusion(data: Recorded) {
  const each = data.prices.map((p) => fitGbm(p, data.dt));
  return { start: firsts(data), mu: each.map((x) => x.mu), sigma: each.map((x) => x.sigma) };
}

function correlationsOf({ prices }: Recorded): number[] {
  const returns = prices.map((p) => {
    const r = logReturns(p);
    const [m, sd] = [mean(r), Math.sqrt(variance(r))];
    return r.map((x) => (x - m) / sd);
  });
  return partialOf(returns.map((a, i) => returns.map((b, j) => (i === j ? 1 : symmetric(a, b)))));
}

/** The same number for (a, b) and (b, a). */
const symmetric = (a: readonly number[], b: readonly number[]): number => mean(a.map((x, t) => x * b[t]));

function ofOu(data: Recorded, { words }: Chosen): Values {
  const log = words.of === 'log';
  const each = data.prices.map((p) => fitOu(log ? p.map(Math.log) : p, data.dt));
  return {
    start: firsts(data),
    kappa: each.map((x) => x.kappa),
    theta: each.map((x) => (log ? Math.exp(x.theta) : x.theta)),
    sigma: each.map((x) => x.sigma),
  };
}

/** Returns so many robust standard deviations from the median are taken for jumps to begin with. */
const JUMP = 4;

function ofJumps(data: Recorded): Values {
  const { dt } = data;
  const each = data.prices.map((p) => {
    const r = logReturns(p);
    const middle = median(r);
    const robust = 1.4826 * median(r.map((x) => Math.abs(x - middle))) || Math.sqrt(variance(r));
    const isJump = (x: number) => Math.abs(x - middle) > JUMP * robust;
    const [jumps, calm] = [r.filter(isJump), r.filter((x) => !isJump(x))];
    const sigma = Math.sqrt(variance(calm) / dt);
    // at least one, so that there is a rate to begin with
    const intensity = Math.max(1, jumps.length) / (r.length * dt);
    const jumpMean = jumps.length > 1 ? mean(jumps) - middle : 0;
    const jumpSd = Math.max(jumps.length > 1 ? Math.sqrt(variance(jumps)) : 0, 3 * sigma * Math.sqrt(dt));
    const drift = intensity * Math.expm1(jumpMean + (jumpSd * jumpSd) / 2);
    return { mu: mean(calm) / dt + (sigma * sigma) / 2 + drift, sigma, intensity, jumpMean, jumpSd };
  });
  const of = (key: keyof (typeof each)[0]) => each.map((x) => x[key]);
  return {
    start: firsts(data),
    mu: of('mu'),
    sigma: of('sigma'),
    intensity: of('intensity'),
    jumpMean: of('jumpMean'),
    jumpSd: of('jumpSd'),
  };
}

function median(xs: readonly number[]): number {
  const sorted = Float64Array.from(xs).sort();
  const at = (sorted.length - 1) / 2;
  return (sorted[Math.floor(at)] + sorted[Math.ceil(at)]) / 2;
}

/** Damping of a step that a regression found: within what a friction can be. */
const kept = (slope: number): number => Math.min(Math.max(slope, 1e-3), 1 - 1e-6);

/**
 * The regression of one middle momentum on the last, on the place and (anharmonic) on r²·q:
 *
 *     v' = f²·v − (dt/2)(1 + f²)∇V(q) + N(0, T(1 − f⁴)),   kicks: N(0, f²·2e·dt/d)
 */
function ofHamiltonian(data: Recorded, { words, values }: Chosen): Values {
  const { dt, prices } = data;
  // of the crate's map only the middle is known beforehand: prices lie above their base
  if (words.map === 'crate') return { base: prices.map((p) => 0.75 * mean(p)) };
  const a = values.a?.[0] ?? 1;
  const base = prices.map((p) => Math.exp(mean(p.map(Math.log))));
  const q = prices.map((p, i) => p.map((x) => Math.log(x / base[i]) / a));
  const v = q.map((x) => x.slice(1).map((y, t) => (y - x[t]) / dt));
  const square = (t: number) => q.reduce((s, x) => s + x[t] * x[t], 0);
  const quartic = words.potential === 'anharmonic';
  const [rows, next]: [number[][], number[]] = [[], []];
  v.forEach((vs, i) => {
    vs.slice(1).forEach((y, t) => {
      rows.push([vs[t], q[i][t + 1], ...(quartic ? [square(t + 1) * q[i][t + 1]] : [])]);
      next.push(y);
    });
  });
  const fit = leastSquares(rows, next);
  if (fit === null) {
    throw new UserError('fit: prices that move were expected, got such as stand still; take other data');
  }
  const f2 = kept(fit.b[0]);
  const stiff = (x: number) => Math.max((-2 * x) / (dt * (1 + f2)), 1e-3);
  const start = {
    base,
    position: q.map((x) => x[0]),
    momentum: v.map((x) => x[0]),
    friction: [-Math.log(f2) / dt],
    temperature: [fit.left / (1 - f2 * f2)],
    kick: [(fit.left * prices.length) / (2 * dt * f2)],
  };
  if (quartic) return { ...start, k2: [stiff(fit.b[1])], k4: [stiff(fit.b[2])] };
  return words.potential === 'quadratic' ? { ...start, k: [stiff(fit.b[1])] } : start;
}

/** The regression of a momentum m' on m and on the price: m' − m = κ(base − P)dt − γ·m·dt + σ√dt·N, as printed without γ. */
function ofMomentum(data: Recorded, { words, values }: Chosen): Values {
  const { dt, prices } = data;
  const underdamped = words.form === 'underdamped';
  const left = underdamped ? 1 : 1 - 0.1 * dt;
  const excited = Math.tanh((values.energy?.[0] ?? 1) / (values.energyScale?.[0] ?? 1));
  const each = prices.map((p) => {
    const m = p.slice(1).map((x, t) => (x - p[t]) / dt);
    const rows = m.slice(1).map((_, t) => [1, p[t + 1], ...(underdamped ? [m[t]] : [])]);
    const fit = leastSquares(
      rows,
      m.slice(1).map((x, t) => x / left - m[t]),
    );
    if (fit === null) {
      throw new UserError('fit: prices that move were expected, got such as stand still; take other data');
    }
    const pull = Math.max(-fit.b[1] / dt, 1e-3);
    const sd = Math.sqrt(fit.left);
    return {
      base: fit.b[1] < 0 ? Math.max(fit.b[0] / (pull * dt), 1e-6) : mean(p),
      volatility: underdamped ? sd / Math.sqrt(dt) : sd / (excited * Math.sqrt(dt) * dt),
      meanReversion: pull,
      friction: Math.max(-(fit.b[2] ?? 0) / dt, 1e-3),
    };
  });
  const of = (key: keyof (typeof each)[0]) => each.map((x) => x[key]);
  const start = {
    start: firsts(data),
    base: of('base'),
    volatility: of('volatility'),
    meanReversion: of('meanReversion'),
  };
  return underdamped ? { ...start, friction: of('friction') } : start;
}

/** Parameters whose size tells regimes apart, the first of these that varies. */
const TELLING = ['sigma', 'temperature', 'volatility', 'kick', 'k', 'k2'];

/**
 * The start of a generator with regimes, from that of one without: what varies is the same in each, but for what tells them
 * apart, which is spread around it by `spread` from one to the next.
 */
export function spreadOver(one: Values, declared: readonly string[], regimes: number, spread: number): Values {
  const telling = TELLING.find((key) => declared.includes(`${key}_0`));
  const spreadBy = (key: string, k: number) => (key === telling ? spread ** (k - (regimes - 1) / 2) : 1);
  return Object.fromEntries(
    Object.entries(one).flatMap(([key, values]): [string, readonly number[]][] =>
      declared.includes(key)
        ? [[key, values]]
        : Array.from({ length: regimes }, (_, k): [string, readonly number[]] => [
            `${key}_${k}`,
            values.map((x) => x * spreadBy(key, k)),
          ]).filter(([name]) => declared.includes(name)),
    ),
  );
}
