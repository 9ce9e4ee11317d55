/** Floor 5. A tuned Hamiltonian pool in sentences, for the people who must approve it before it is deployed. */
import type { TunedHmm, TunedPool } from './pool.js';

const short = (x: number) => Number(x.toPrecision(6)).toLocaleString('en', { maximumSignificantDigits: 6 });
const percent = (x: number) => `${short(100 * x)} %`;

/**
 * Spot price p = s·(wΘ + λX)/(wX + λΘ) with X = sΨ; p ∈ s·[ρ, 1/ρ]. Divided by w, only ρ remains.
 */
function spotPrice(hmm: TunedHmm, i: number): number {
  const [rho, s, y] = [hmm.rho[i], hmm.priceScale[i], hmm.theta[i]];
  const x = s * hmm.psi[i];
  return (s * (y + rho * x)) / (x + rho * y);
}

/** Near its centre a pool is (1+ρ)/(1−ρ) times as deep as a constant product, and loses that much more to arbitrage. */
function assetLine(pool: TunedPool, hmm: TunedHmm, i: number): string {
  const [rho, s] = [hmm.rho[i], hmm.priceScale[i]];
  const range = rho === 0 ? 'any price' : `prices from ${short(s * rho)} to ${short(s / rho)}`;
  return (
    `${pool.assets[i]}: ρ ${short(rho)} quotes ${range}, centred at ${short(s)}, where it is ${short((1 + rho) / (1 - rho))} × ` +
    `as deep as a constant product; holds ${short(hmm.psi[i])} compute and ${short(hmm.theta[i])} credits, ` +
    `spot price ${short(spotPrice(hmm, i))}`
  );
}

function feeLine(hmm: TunedHmm): string {
  const risk =
    hmm.riskFee === 0
      ? 'no risk fee'
      : `risk fee ${percent(hmm.riskFee)} × ‖ΔΨ‖/‖Ψ‖ (a trade of 1 % of the compute pays ${percent(hmm.riskFee / 100)} more)`;
  return `Fees: ${percent(hmm.marketFee)} of what is paid in, ${risk}; ${percent(hmm.feeBurn)} of the fees are burnt`;
}

/** The summary, one sentence a line. */
export function summarise(pool: TunedPool, hmm: TunedHmm): string[] {
  const metrics = Object.entries(pool.provenance.metrics).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    `Strategy: Hamiltonian market maker for ${pool.assets.join(', ')}, simulated from a value of ${short(pool.value)}`,
    ...pool.assets.map((_, i) => assetLine(pool, hmm, i)),
    feeLine(hmm),
    hmm.alpha === 0
      ? 'Curvature: constant'
      : `Curvature: λ(t) = λ₀·(1 + ${short(hmm.alpha)} × volume relative to the compute held)`,
    ...(metrics.length === 0 ? [] : [`Chosen by: ${metrics.map(([name, x]) => `${name} ${short(x)}`).join(', ')}`]),
  ];
}
