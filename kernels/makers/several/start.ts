/**
 * Floor 3. Where policies of several assets start: the quadratic approximation far from the end (src/makers/riccati.ts),
 *
 *     δᵇᵢ = 1/κᵇᵢ + εᵇᵢ − r + 2(Aq)ᵢ + Aᵢᵢ − (Bμ)ᵢ,   δᵃᵢ = 1/κᵃᵢ + εᵃᵢ − r − 2(Aq)ᵢ + Aᵢᵢ + (Bμ)ᵢ
 *
 * with μ the drift of each mid and of its orders.
 */
import { SingularError } from '../../../src/makers/linear.js';
import { stationaryLaw, stationaryRisk } from '../../../src/makers/riccati.js';
import { gridOf, limitsOf, openLimits } from './grid.js';
import { pairOf, symmetric } from './market.js';
import { tableName } from './policies.js';

type Settings = Readonly<Record<string, number>>;
type Values = Readonly<Record<string, readonly number[]>>;

const mean = (a: readonly number[], b: readonly number[]): number[] => a.map((x, i) => (x + b[i]) / 2);

/** R of the penalty qᵀRq. */
export const riskOf = ({ phi, correlation }: Values): number[][] =>
  symmetric(
    [...phi],
    phi.flatMap((_, i) => phi.slice(0, i).map((__, j) => correlation[pairOf(i, j)] * Math.sqrt(phi[i] * phi[j]))),
  );

/** A, and the shift Bμ of each; none where there is no such closed form. */
function quadratic(values: Values) {
  const n = values.phi.length;
  const none = {
    A: values.phi.map((_, i) => values.phi.map((__, j) => Number(i === j) * 0)),
    tilt: values.phi.map(() => 0),
  };
  const zero = () => new Array<number>(n).fill(0);
  const { jumpAsk = zero(), jumpBid = zero(), drift } = values;
  const problem = {
    lambda: mean(values.lambdaBid, values.lambdaAsk),
    kappa: mean(values.kappaBid, values.kappaAsk),
    R: riskOf(values),
    K: none.A,
  };
  // orders that never come, or that any offset fills, have no closed form
  if (problem.lambda.some((x, i) => !(x * problem.kappa[i] > 0))) return none;
  const mu = drift.map((x, i) => x + values.lambdaAsk[i] * jumpAsk[i] - values.lambdaBid[i] * jumpBid[i]);
  const A = stationaryRisk(problem);
  if (mu.every((x) => x === 0)) return { ...none, A };
  try {
    const { B } = stationaryLaw(problem);
    return { A, tilt: B.map((row) => row.reduce((sum, x, j) => sum + x * mu[j], 0)) };
  } catch (error) {
    if (error instanceof SingularError) return { ...none, A };
    throw error;
  }
}

const inverseOf = (kappa: number): number => (kappa > 0 ? 1 / kappa : 0);

/** Values of affine law and tables by name. */
export function severalClosedForm(s: Settings, values: Values): Record<string, number[]> {
  const { A, tilt } = quadratic(values);
  const rebate = values.rebate[0];
  const side = (kappa: readonly number[], jump: readonly number[] | undefined) =>
    kappa.map((k, i) => inverseOf(k) + (jump?.[i] ?? 0) - rebate + A[i][i]);
  const base = { bid: side(values.kappaBid, values.jumpBid), ask: side(values.kappaAsk, values.jumpAsk) };
  const limits = limitsOf({ ...s, assets: A.length });
  const pull = (i: number, q: readonly number[]) => 2 * A[i].reduce((sum, x, j) => sum + x * q[j], 0) - tilt[i];
  const tables = limits.flatMap((_, i) =>
    (['bid', 'ask'] as const).map((name): [string, number[]] => [
      tableName(name, i),
      gridOf(openLimits(limits, i, name)).places.map((q) => base[name][i] + (name === 'bid' ? 1 : -1) * pull(i, q)),
    ]),
  );
  return {
    offset: mean(base.bid, base.ask),
    slope: A.map((row, i) => 2 * row[i]),
    cross: A.flatMap((row, i) => row.slice(0, i).map((x) => 2 * x)),
    tilt,
    ...(s.policy === 0 ? Object.fromEntries(tables) : {}),
  };
}
