/** Test oracle: the optimal arbitrage on a geometric-mean pool by trying all 3ⁿ signatures, in plain numbers. */

export interface Case {
  readonly reserves: readonly number[];
  readonly weights: readonly number[];
  readonly prices: readonly number[];
  readonly gamma: number;
  /** Outside fee τ: what is paid in was bought at p·(1 + τ/2), what is taken out is sold at p·(1 − τ/2). */
  readonly outside?: number;
}

/** Signature s: 1 paid in, −1 taken out, 0 untouched. */
function* signatures(n: number): Generator<number[]> {
  for (let code = 0; code < 3 ** n; code++) {
    yield Array.from({ length: n }, (_, i) => (Math.floor(code / 3 ** i) % 3) - 1);
  }
}

/**
 * For a signature, Lagrange: pᵢ is proportional to wᵢ·gᵢ/R′ᵢ over the traded assets, gᵢ = γ/(1 + τ/2) where paid in
 * and 1/(1 − τ/2) where taken out, so R′ᵢ = m·wᵢ·gᵢ/pᵢ with m from the invariant. It counts if every amount has its sign; the largest profit
 * wins, and not to trade gives 0.
 */
export function bruteForce({ reserves, weights, prices, gamma, outside = 0 }: Case): {
  delta: number[];
  profit: number;
} {
  const n = reserves.length;
  let best = { delta: new Array<number>(n).fill(0), profit: 0 };
  for (const signature of signatures(n)) {
    const traded = signature.flatMap((s, i) => (s === 0 ? [] : [i]));
    if (!signature.includes(1) || !signature.includes(-1)) continue;
    const target = (i: number) =>
      (weights[i] * (signature[i] > 0 ? gamma / (1 + outside / 2) : 1 / (1 - outside / 2))) / prices[i];
    let logs = 0;
    let mass = 0;
    for (const i of traded) {
      logs += weights[i] * Math.log(reserves[i] / target(i));
      mass += weights[i];
    }
    const delta = new Array<number>(n).fill(0);
    for (const i of traded) {
      // relative to the reserve, so that small trades keep their digits
      const growth = Math.expm1(logs / mass - Math.log(reserves[i] / target(i)));
      delta[i] = signature[i] > 0 ? (reserves[i] * growth) / gamma : reserves[i] * growth;
    }
    if (traded.some((i) => delta[i] * signature[i] < 0)) continue;
    const profit = -delta.reduce((sum, d, i) => sum + d * prices[i] * (1 + (Math.sign(d) * outside) / 2), 0);
    if (profit > best.profit) best = { delta, profit };
  }
  return best;
}
