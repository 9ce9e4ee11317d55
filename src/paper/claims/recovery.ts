/** Floor 5. What the papers say of shocks. */
import type { Claim, Figure } from '../claim.js';
import { oracleRecovery, poolRecoveries, SHOCK_DELAYS, SHOCK_RHOS, SHOCK_WINDOWS, TURNOVERS } from './table-two.js';

const PRINTED = { pool: 8, oracle: 42 };
/** Half of the printed ratio. */
const RATIO = (0.5 * PRINTED.oracle) / PRINTED.pool;

const minutes = (name: string, value: number | null, printed?: number): Figure => ({
  name,
  value,
  unit: 'minutes',
  ...(printed === undefined ? {} : { printed }),
});

export const recovery: Claim = {
  id: 'recovery',
  sentence:
    'Stress test (50 % supply shock): HMM recovered to 95 % baseline in 8 min, oracle-based in 42 min (oracle lag).',
  source: 'HIP-004, “Performance Metrics”; hanzo-hmm.tex, §10.4',
  experiment: `Minutes until the price is within 5 % and 95 % of demand is filled for good. A: half of the stock is gone. B: half of the supply for an hour, onset and end apart. Pools by ρ and by units a minute (of 1000) that flow at the reference price, η = ε = 1.5, nobody trades against the outside price, steps of .01 minutes. Oracles by delay and window under B; A does not move their price. It counts as true, for B, where the oracle takes at least ${RATIO} times as long as the pool at ρ = .05 (half of the printed ratio).`,
  async run(lab) {
    const pools = await poolRecoveries(lab);
    const at = (rho: number, units: number) => pools.find((p) => p.rho === rho && p.units === units);
    const oracles = SHOCK_DELAYS.flatMap((delay) =>
      SHOCK_WINDOWS.map((window) => ({ delay, window, ...oracleRecovery(delay, window, 20) })),
    );
    const never = Number.POSITIVE_INFINITY;
    const cases = TURNOVERS.flatMap((units) =>
      oracles.map((o) => {
        const own = at(0.05, units)?.onset ?? never;
        const holds = own < never && (o.onset ?? never) >= RATIO * own;
        return { at: `${units} units a minute, L = ${o.delay}, W = ${o.window}`, holds };
      }),
    );
    const needed = TURNOVERS.map(
      (units) =>
        `${units} units a minute and an oracle of ${(RATIO * (at(0.05, units)?.onset ?? never)).toFixed(0)} minutes or more`,
    );
    const grid = (of: 'onset' | 'end') =>
      SHOCK_DELAYS.map((_, i) => SHOCK_WINDOWS.map((_x, j) => oracles[i * SHOCK_WINDOWS.length + j][of]));
    return {
      cases,
      where: `the market turns over fast and the oracle is old: ${needed.join('; ')} (${cases.filter((c) => c.holds).length} of ${cases.length})`,
      says: 'Both numbers are choices: the pool takes a time by turnover and elasticities, the oracle one of about L + .75 W. A fresh oracle is faster than any pool. Curvature makes recovery slower up to ρ = .5, and faster again at .8.',
      figures: [
        ...pools.map((p) =>
          minutes(`A: ρ = ${p.rho}, ${p.units} units a minute`, p.stock, p.rho === 0.05 ? PRINTED.pool : undefined),
        ),
        ...pools
          .filter((p) => p.units === 20)
          .flatMap((p) => [
            minutes(`B, onset: ρ = ${p.rho}, 20 units a minute`, p.onset),
            minutes(`B, end: ρ = ${p.rho}, 20 units a minute`, p.end),
          ]),
        ...oracles.flatMap((o) => [
          minutes(`B, onset: oracle, L = ${o.delay}, W = ${o.window}`, o.onset, PRINTED.oracle),
          minutes(`B, end: oracle, L = ${o.delay}, W = ${o.window}`, o.end),
        ]),
        ...[oracleRecovery(15, 30, 20, 100)].flatMap((o) => [
          minutes('B, onset: oracle, L = 15, W = 30, a stock of 100', o.onset),
          { name: 'least fill: oracle, L = 15, W = 30, a stock of 100', value: o.fill, unit: '%' },
        ]),
      ],
      charts: [
        {
          kind: 'lines',
          caption: 'A: minutes to recovery of the pool',
          label: 'curvature ρ',
          lines: TURNOVERS.map((units) => ({
            name: `${units} units a minute`,
            points: SHOCK_RHOS.map((rho) => ({ x: rho, y: at(rho, units)?.stock ?? null })),
          })),
        },
        {
          kind: 'lines',
          caption: 'B: minutes to recovery of the pool from the onset',
          label: 'curvature ρ',
          lines: TURNOVERS.map((units) => ({
            name: `${units} units a minute`,
            points: SHOCK_RHOS.map((rho) => ({ x: rho, y: at(rho, units)?.onset ?? null })),
          })),
        },
        ...(['onset', 'end'] as const).map((of) => ({
          kind: 'grid' as const,
          caption: `B: minutes to recovery of an oracle pool from the ${of}`,
          across: { label: 'window W, minutes', values: SHOCK_WINDOWS },
          down: { label: 'delay L, minutes', values: SHOCK_DELAYS },
          values: grid(of),
          unit: '',
        })),
      ],
    };
  },
};
