/** Floor 5. The market of a maker's config on plain numbers, for what solves and measures it. */
import type { SteppedMarket } from '../../makers/discrete.js';
import type { MarketState, SingleAsset } from '../../makers/problem.js';
import type { NamedValues } from '../../rollout/value-and-grad.js';

/** Numbers of the maker by their names within it. */
export type MakerValues = NamedValues;

export function marketOfValues(
  values: MakerValues,
  settings: Readonly<Record<string, number>>,
  dt: number,
): { readonly one: SingleAsset; readonly stepped: SteppedMarket } {
  const states = Array.from({ length: settings.states }, (_, j): MarketState => {
    const of = (name: string) => values[name]?.[settings.states === 1 ? 0 : j] ?? 0;
    const [kappaBid, kappaAsk] = [of('kappaBid'), of('kappaAsk')];
    // flat within half the spread: e^{−κ max(δ − Δ/2, 0)} = e^{κΔ/2}·e^{−κ max(δ, Δ/2)}
    const half = settings.spread === 1 ? (values.halfSpread?.[0] ?? 0) : 0;
    return {
      lambdaBid: of('lambdaBid') * Math.exp(kappaBid * half),
      lambdaAsk: of('lambdaAsk') * Math.exp(kappaAsk * half),
      ...{ kappaBid, kappaAsk, phi: of('phi'), drift: of('drift'), jumpBid: of('jumpBid'), jumpAsk: of('jumpAsk') },
    };
  });
  const shared = {
    qMin: settings.qMin,
    qMax: settings.qMax,
    states,
    generator: generatorOf(values.rates ?? [], settings.states),
    rebate: values.rebate?.[0] ?? 0,
  };
  return {
    one: {
      ...shared,
      alpha: values.alpha?.[0] ?? 0,
      ...(settings.spread === 1 ? { minOffset: values.halfSpread?.[0] ?? 0 } : {}),
    },
    stepped: { ...shared, dt, thinning: settings.thinning === 1 ? 'bernoulli' : 'poisson' },
  };
}

/** Rows that sum to 0, from rates 0→1, 0→2, 1→0 … */
function generatorOf(rates: readonly number[], n: number): number[][] {
  return Array.from({ length: n }, (_, i) => {
    const row = Array.from({ length: n }, (__, j) => (i === j ? 0 : rates[i * (n - 1) + (j < i ? j : j - 1)]));
    return row.map((x, j) => (i === j ? -row.reduce((a, b) => a + b, 0) : x));
  });
}
