/** Floor 3, compute market. What a market is shown beside: the papers' own numbers, a constant product, pools that follow an oracle. */
import type { Comparator } from '../../src/rollout/model.js';
import { oraclePool } from './oracle-pool.js';

/** The papers' defaults; a scale of 1 is the outside price at the start. */
const defaults = (resources: number, dynamic: boolean) => ({
  rho: new Array(resources).fill(0.05),
  priceScale: new Array(resources).fill(1),
  marketFee: [0.003],
  riskFee: [0.02],
  ...(dynamic ? { alpha: [0], utilisation: [0] } : {}),
});

export function comparators(settings: Readonly<Record<string, number>>, resources: number): Comparator[] {
  const papers = defaults(resources, settings.dynamicCurvature === 1);
  // a market of another curve is shown beside theirs
  const hamiltonian = { curve: 0 };
  return [
    { name: 'papers’ defaults', doc: 'ρ .05, a market fee of 30 bps, λ_r .02', settings: hamiltonian, values: papers },
    {
      name: 'constant product',
      doc: 'no curvature, no risk fee, a fee of 30 bps',
      settings: hamiltonian,
      values: { ...papers, rho: new Array(resources).fill(0), riskFee: [1e-9] },
    },
    {
      name: 'oracle pool',
      doc: 'quotes the mean outside price of 30 steps, 15 steps late, at a fee of 30 bps',
      system: oraclePool,
      settings: hamiltonian,
      values: papers,
    },
    {
      name: 'fresh oracle',
      doc: 'quotes the outside price of the moment, at a fee of 30 bps',
      system: oraclePool,
      settings: { ...hamiltonian, delay: 0, window: 1 },
      values: papers,
    },
  ];
}
