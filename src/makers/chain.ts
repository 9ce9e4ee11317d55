/** Floor 1. The rates of a Markov chain whose states are seen, by maximum likelihood; and what a discrete step's chances say of rates. */

export interface SeenChain {
  /** Moves a second, [from][to]; the diagonal is minus the sum of its row. */
  readonly generator: readonly (readonly number[])[];
  /** Standard errors of its entries off the diagonal; 0 on it. */
  readonly errors: readonly (readonly number[])[];
  readonly moves: readonly (readonly number[])[];
  /** Seconds in each state. */
  readonly seconds: readonly number[];
}

/** q̂ⱼₖ = nⱼₖ/Tⱼ, se √nⱼₖ/Tⱼ (Billingsley 1961), of states that each held for `seconds`. */
export function chainOf(path: ArrayLike<number>, seconds: ArrayLike<number>, states: number): SeenChain {
  const moves = Array.from({ length: states }, () => new Array<number>(states).fill(0));
  const held = new Array<number>(states).fill(0);
  for (let i = 0; i < path.length; i++) {
    held[path[i]] += seconds[i];
    if (i > 0 && path[i] !== path[i - 1]) moves[path[i - 1]][path[i]]++;
  }
  const rates = (of: (count: number) => number) =>
    moves.map((row, j) => row.map((count, k) => (j === k || held[j] === 0 ? 0 : of(count) / held[j])));
  const off = rates((count) => count);
  const generator = off.map((row, j) => row.map((x, k) => (j === k ? -row.reduce((a, b) => a + b, 0) : x)));
  return { generator, errors: rates(Math.sqrt), moves, seconds: held };
}

const TERMS = 400;

/**
 * Rates of moves whose chances in a step of `dt` seconds are given: G = ln(P)/dt by ln(I + X) = X − X²/2 + …, which converges for
 * states that are more likely to stay; negative rates, which no chain in continuous time has, become 0.
 */
export function generatorOf(chances: readonly (readonly number[])[], dt: number): number[][] {
  const x = chances.map((row, i) => row.map((p, j) => p - (i === j ? 1 : 0)));
  const sum = x.map((row) => [...row]);
  let power = x.map((row) => [...row]);
  for (let k = 2; k <= TERMS; k++) {
    power = power.map((row) => x[0].map((_, j) => row.reduce((s, v, m) => s + v * x[m][j], 0)));
    power.forEach((row, i) => {
      row.forEach((v, j) => {
        sum[i][j] += ((k % 2 === 0 ? -1 : 1) * v) / k;
      });
    });
  }
  const off = sum.map((row, i) => row.map((v, j) => (i === j ? 0 : Math.max(0, v / dt))));
  return off.map((row, i) => row.map((v, j) => (i === j ? -row.reduce((a, b) => a + b, 0) : v)));
}
