/**
 * Floor 3. Where a policy starts: the closed form of the market that the config gives, far from the end (Bergault and Guéant
 * 2021), state by state:
 *
 *     δᵇ = 1/κᵇ + εᵇ − r + A∞(2q + 1) − b∞μ,   δᵃ = 1/κᵃ + εᵃ − r − A∞(2q − 1) + b∞μ
 *     A∞ = ½√(φe/(λκ)),   b∞ = 1/(ζ + 2√(φλκ/e)), ζ the rate at which the state is left, μ with the drift of the orders
 */
import { stationarySlope } from '../../src/makers/riccati.js';

type Values = Readonly<Record<string, readonly number[]>>;

interface Form {
  readonly bid: number;
  readonly ask: number;
  /** By inventory. */
  readonly slope: number;
  /** Off the bid, onto the ask. */
  readonly tilt: number;
}

const finite = (x: number): number => (Number.isFinite(x) ? x : 0);

function formIn(values: Values, states: number, j: number): Form {
  const of = (name: string) => values[name]?.[states === 1 ? 0 : j] ?? 0;
  const [kb, ka, lb, la, phi] = ['kappaBid', 'kappaAsk', 'lambdaBid', 'lambdaAsk', 'phi'].map(of);
  const [lambda, kappa] = [(lb + la) / 2, (kb + ka) / 2];
  // orders that never come, or that any offset fills, have no closed form: then 0
  const slope = 2 * finite(stationarySlope(lambda, kappa, phi));
  const rates = values.rates ?? [];
  const left = Array.from({ length: states - 1 }, (_, k) => rates[j * (states - 1) + k] ?? 0).reduce(
    (a, b) => a + b,
    0,
  );
  const speed = left + 2 * Math.sqrt((phi * lambda * kappa) / Math.E);
  const drift = of('drift') + la * of('jumpAsk') - lb * of('jumpBid');
  const rebate = values.rebate?.[0] ?? 0;
  return {
    bid: finite(1 / kb) + of('jumpBid') - rebate + slope / 2,
    ask: finite(1 / ka) + of('jumpAsk') - rebate + slope / 2,
    slope,
    tilt: speed > 0 ? drift / speed : 0,
  };
}

/** Values of table, affine law and network by name. */
export function closedForm(s: Readonly<Record<string, number>>, values: Values): Record<string, number[]> {
  const forms = Array.from({ length: s.states }, (_, j) => formIn(values, s.states, j));
  const mean = (of: (f: Form) => number) => forms.reduce((sum, f) => sum + of(f), 0) / forms.length;
  const signals = forms.map((_, j) => values[`signal_${j}`]?.[0] ?? 0);
  const size = signals.reduce((sum, x) => sum + x * x, 0);
  return {
    offset: [mean((f) => (f.bid + f.ask) / 2)],
    slope: [mean((f) => f.slope)],
    // least squares of the tilts on the signals
    signal: [size > 0 ? forms.reduce((sum, f, j) => sum + f.tilt * signals[j], 0) / size : 0],
    ...Object.fromEntries(forms.flatMap((f, j) => tablesOf(s, f, j))),
  };
}

function tablesOf(s: Readonly<Record<string, number>>, f: Form, j: number): [string, number[]][] {
  const n = s.qMax - s.qMin;
  const bid = Array.from({ length: n }, (_, i) => f.bid + f.slope * (s.qMin + i) - f.tilt);
  const ask = Array.from({ length: n }, (_, i) => f.ask - f.slope * (s.qMin + 1 + i) + f.tilt);
  const state = s.states > 1 ? `_s${j}` : '';
  return Array.from({ length: s.knots ?? 1 }, (_, k) => (s.knots > 1 ? `_t${k}` : '')).flatMap((time) => [
    [`bid${state}${time}`, bid],
    [`ask${state}${time}`, ask],
  ]);
}
