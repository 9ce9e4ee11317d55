/** Floor 5½. `export --to hmm-solidity` of a compute market: a pool for each resource, and what rounding costs. */
import { buyAlone } from '../compute/trades.js';
import { UserError } from '../errors.js';
import { exportMarket, type TunedMarket } from '../export/market-solidity.js';
import type { SystemProvenance } from '../export/system.js';
import { claimOutput } from '../files/output.js';
import { inputsOf, withNotes } from './files.js';
import type { ExportOptions, JobOutput } from './options.js';
import type { SystemSession } from './prepared.js';
import type { Source } from './source.js';

export const isMarket = ({ spec }: SystemSession): boolean => spec.system.name === 'compute-market';

const OWN = 'compute-market.';

/** Writes the file, reads it back, and values the market again with what it says. */
export async function exportComputeMarket(
  { session, raw, warnings, notes }: Source & { readonly session: SystemSession },
  options: ExportOptions,
  provenance: SystemProvenance,
): Promise<JobOutput> {
  if (options.template !== undefined) {
    throw new UserError(
      '--template: expected none for a compute market, which has nothing to fill in; leave it out',
      2,
    );
  }
  const out = options.out ?? `${options.checkpoint.replace(/\.json$/, '')}.hmm-solidity.json`;
  const output = await claimOutput({
    path: out,
    kind: 'export',
    flag: '--out',
    inputs: [options.checkpoint, ...inputsOf(session)],
  });
  checkCurve(session);
  const market = marketOf(session, raw);
  const result = exportMarket(market, provenance);
  await output.write(result.text);
  const { before, after } = valued(session, raw, result.quantised);
  const purchase = Math.max(...market.resources.map((_, i) => Math.abs(costError(market, result.quantised, i))));
  const all = [...warnings, ...result.warnings];
  const shown = {
    text: [
      `hmm-solidity: ${out}`,
      `rounding: buying 1 % of a pool costs up to ${purchase.toPrecision(2)} bps more or less; ${session.spec.objective.name} ${before} → ${after}`,
      ...result.notes.map((n) => `note: ${n}`),
      ...all.map((w) => `warning: ${w}`),
    ].join('\n'),
    json: {
      out,
      to: options.to,
      loss: { metric: session.spec.objective.name, objective: before, quantised: after, purchaseBps: purchase },
      notes: result.notes,
      warnings: all,
    },
  };
  return withNotes(shown, [...notes, ...output.notes]);
}

/** A contract has pools of the Hamiltonian's curve, each with a κ of its own. */
function checkCurve({ spec: { settings } }: SystemSession): void {
  const [curve, kappa] = [settings.curve === 1, settings.kappa === 1];
  if (!curve && !kappa) return;
  throw new UserError(
    `hmm-solidity: ${curve ? 'curve: hamiltonian' : 'kappa: isolated'} was expected, got ${curve ? 'target' : 'joint'}; train a market with it, or export to json`,
  );
}

/** The pools as the market starts its first scenario of validation, or row: reserves, and the price that scales count in. */
function marketOf({ spec, rollout, windows }: SystemSession, raw: Float64Array): TunedMarket {
  const values = rollout.layout.values(raw);
  const own = (name: string): number[] => values[OWN + name];
  const number = (name: string) => own(name)[0];
  const { windows: all, windowRows } = windows.validation();
  const { observed } = rollout.path(raw, all[0], windowRows, windowRows - 1);
  const resources = spec.assets;
  const atStart = (name: string) => Array.from(observed[name].subarray(0, resources.length));
  const prices = atStart('outsidePrice');
  const choiceOf = (name: string): string => {
    const choices = spec.system.settings[name].choices ?? {};
    const found = Object.keys(choices).find((key) => choices[key] === spec.settings[name]);
    return found ?? String(spec.settings[name]);
  };
  const isRelative = choiceOf('centre') === 'start';
  return {
    resources,
    rho: own('rho'),
    priceScale: own('priceScale').map((s, i) => (isRelative ? s * prices[i] : s)),
    psi: atStart('compute'),
    theta: atStart('credits'),
    marketFee: number('marketFee'),
    riskFee: number('riskFee'),
    burn: number('burn'),
    treasuryShare: number('treasuryShare'),
    law:
      spec.settings.dynamicCurvature === 1
        ? { alpha: number('alpha'), utilisation: number('utilisation'), target: own('target') }
        : null,
    rules: {
      riskScope: choiceOf('riskScope'),
      riskFeeBase: choiceOf('riskFeeBase'),
      burnBase: choiceOf('burnBase'),
    },
  };
}

/** The objective on validation with the trained numbers, and with those that the file holds. */
function valued({ rollout, windows }: SystemSession, raw: Float64Array, m: TunedMarket) {
  const { layout } = rollout;
  const back = raw.slice();
  const tuned = layout.values(raw);
  const put = (name: string, value: readonly number[]) => {
    const entry = layout.entry(OWN + name);
    // what is the same stays as it was trained: a raw number is known better than what it makes
    if (tuned[OWN + name].every((x, i) => x === value[i])) return;
    back.set(entry.parameter.transform.inverse(value), entry.column);
  };
  put('rho', m.rho);
  put('marketFee', [m.marketFee]);
  put('riskFee', [m.riskFee]);
  put('burn', [m.burn]);
  put('treasuryShare', [m.treasuryShare]);
  if (m.law !== null) {
    put('alpha', [m.law.alpha]);
    put('utilisation', [m.law.utilisation]);
    put('target', m.law.target);
  }
  const { windows: all, windowRows } = windows.validation();
  const mean = (set: Float64Array) => rollout.value(set, all, windowRows).objective[0];
  return { before: mean(raw), after: mean(back) };
}

/** What 1 % of a pool costs by the file, beside what it cost in training, bps. */
function costError(m: TunedMarket, q: TunedMarket, i: number): number {
  const cost = ({ rho, priceScale, psi, theta, marketFee, riskFee }: TunedMarket) =>
    buyAlone({ rho: rho[i], scale: priceScale[i], psi: psi[i], theta: theta[i] }, 0.01 * m.psi[i], {
      market: marketFee,
      risk: riskFee,
    }).gross;
  return (cost(q) / cost(m) - 1) * 1e4;
}
