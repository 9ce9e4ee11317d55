/** Floor 5. A calibrated market in lines of text. */
import { formatTime } from '../../data/time.js';
import type { MakerFit } from './fit.js';

const digits = (x: number): string => String(Number(x.toPrecision(5)));

const withError = ({ value, error }: { readonly value: number; readonly error: number | null }): string =>
  `${digits(value)}${error === null || error === 0 ? '' : ` ± ${error.toPrecision(2)}`}`;

/** What was looked at: `trades and tops of COIN in USD, 2024-01-01T00:00Z to …`. */
export const subjectOf = ({ kind, asset, quote, from, to }: MakerFit): string =>
  `${kind} of ${quote === null ? asset : `${asset} in ${quote}`}, ${formatTime(from)} to ${formatTime(to)}`;

/** A line a number, then states, what fits how well, what is not told, and warnings. */
export function makerFitLines(fit: MakerFit): string[] {
  const names = Object.keys(fit.estimates);
  const width = Math.max(...names.map((name) => name.length));
  const values = Object.values(fit.estimates).map(withError);
  const wide = Math.max(...values.map((value) => value.length));
  return [
    ...names.map((name, i) => {
      const { unit, doc } = fit.estimates[name];
      return `  ${name.padEnd(width)}  ${values[i].padEnd(wide)}  ${unit}, ${doc}`;
    }),
    ...imbalanceLines(fit),
    ...regimeLines(fit),
    ...(fit.goodness.length === 0 ? [] : ['how it fits:']),
    ...fit.goodness.map(({ name, value, doc }) => `  ${name}: ${digits(value)} (${doc})`),
    ...fit.untold.map(({ what, why }) => `not told: ${what}: ${why}`),
    ...fit.warnings.map((warning) => `warning: ${warning}`),
  ];
}

function movesText(
  generator: readonly (readonly number[])[],
  errors: readonly (readonly (number | null)[])[],
  i: number,
) {
  return generator[i]
    .flatMap((value, j) => (i === j ? [] : [`to ${j} ${withError({ value, error: errors[i][j] })} a second`]))
    .join(', ');
}

function imbalanceLines({ imbalance }: MakerFit): string[] {
  if (imbalance === null) return [];
  const { chain, states } = imbalance;
  return [
    'imbalance bid/(bid + ask) of the sizes at the top:',
    ...states.map((s, j) => {
      const orders =
        s.sells === null || s.buys === null ? '' : `sells ${withError(s.sells)}, buys ${withError(s.buys)} a second, `;
      return `  state ${j}, ${s.from.toFixed(2)} to ${s.to.toFixed(2)}: ${(100 * s.share).toFixed(1)} % of the time, ${orders}drift ${withError(s.drift)}; ${movesText(chain.generator, chain.errors, j)}`;
    }),
  ];
}

function regimeLines({ regimes }: MakerFit): string[] {
  if (regimes === null) return [];
  const { gain, generator, errors, seconds } = regimes;
  const better =
    gain > 0 ? `better than one by ${digits(gain)} of BIC` : `no better than one (by ${digits(gain)} of BIC)`;
  return [
    `${regimes.regimes.length} regimes over spans of ${digits(seconds)} s, ${better}:`,
    ...regimes.regimes.map((r, j) => {
      const told = [
        ...(r.lambdaBid === null ? [] : [`sells ${withError(r.lambdaBid)}`]),
        ...(r.lambdaAsk === null ? [] : [`buys ${withError(r.lambdaAsk)} a second`]),
        ...(r.sigma === null ? [] : [`σ ${withError(r.sigma)}`]),
      ];
      return `  regime ${j}: ${(100 * r.share).toFixed(1)} % of the time, ${told.join(', ')}; ${movesText(generator, errors, j)}`;
    }),
  ];
}
