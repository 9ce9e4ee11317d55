/**
 * The best fee and curvature of a pool in closed form, found by training: graph, adjoint, transforms and the loop together.
 *
 * Income a day less the loss to arbitrageurs, for arbitrage at the times of a Poisson process of rate Λ and flow that answers
 * to its cost (Milionis, Moallemi and Roughgarden 2023, "Automated Market Making and Arbitrage Profits in the Presence of
 * Fees", for the second term):
 *   J = f·v₀·e^{−b(f + ε/C)} − (σ²/8)·C/(1 + √(2Λ)·f/σ),  C = (1 + ρ)/(1 − ρ)
 */
import { describe, expect, it } from 'vitest';
import { adjoint, buffer, type Expr, emit, load, trace } from '../../src/graph/index.js';
import { ParameterLayout } from '../../src/rollout/layout.js';
import type { Parameter } from '../../src/rollout/model.js';
import { sigmoid } from '../../src/rollout/transforms.js';
import { wasm } from '../../src/targets/wasm/index.js';
import type { TrainableRollout } from '../../src/train/problem.js';
import { train } from '../../src/train/train.js';
import { atOnceOf, options, problem } from './fake.js';

const SIGMA = 0.05;
const RATE = 7200;
const B = 150;

interface Flow {
  readonly v0: number;
  /** Size of an order, a fraction of the pool: what its slippage is made of. */
  readonly epsilon: number;
}

function profit(fee: Expr, rho: Expr, { v0, epsilon }: Flow): Expr {
  const depth = rho.add(1).div(rho.neg().add(1));
  const cost = fee.add(depth.reciprocal().mul(epsilon));
  const income = fee.mul(v0).mul(cost.mul(-B).exp());
  const trades = fee
    .mul(Math.sqrt(2 * RATE) / SIGMA)
    .add(1)
    .reciprocal();
  return income.sub(depth.mul(trades).mul(SIGMA ** 2 / 8));
}

const parameter: Parameter = {
  ...{ shape: 'scalar', transform: sigmoid, range: [0, 1], unit: '1', default: 0.5 },
  ...{ trainable: true, doc: 'for tests' },
};
const layout = new ParameterLayout([{ prefix: 'pool', parameters: { fee: parameter, rho: parameter } }], ['X']);

/** J as a roll-out whose windows are all alike, in units in which its gradient is neither tiny nor large. */
function rolloutOf(flow: Flow): TrainableRollout {
  const program = trace('J', () => {
    const raw = buffer('set', 'raw', 2, { differentiable: true });
    const [fee, rho] = sigmoid.apply([load(raw, 0), load(raw, 1)]);
    emit(buffer('output', 'J', 1), 0, profit(fee, rho, flow).mul(1e3));
  });
  const executable = wasm.compile(adjoint(program, { wrt: ['raw'], seeds: { J: 'one' } }), { threads: 1 });
  const gradient = (raw: Float64Array, windows: Int32Array) => {
    const sets = raw.length / layout.columns;
    const outputs = executable.run({ sets, windows: 1, run: {}, window: {}, buffers: { raw } });
    const byWindow = new Float64Array(windows.length * sets).map((_, i) => outputs.J[i % sets]);
    return {
      objective: outputs.J,
      byWindow,
      measures: new Float64Array(0),
      measuresByWindow: new Float64Array(0),
      gradient: outputs['d.raw'],
    };
  };
  return { layout, resumable: atOnceOf({ value: gradient, gradient, tally: () => ({}) }) };
}

/** The values of all sets after training from five starts around `start`: fee and ρ. */
async function trained(flow: Flow, trainable: readonly [number, number], start: readonly [number, number]) {
  const initial = layout.raws({ 'pool.fee': [start[0]], 'pool.rho': [start[1]] });
  const free = { low: new Float64Array(2).fill(-Infinity), high: new Float64Array(2).fill(Infinity) };
  const columns = { initial, trainable: Uint8Array.from(trainable), bounds: free, spread: 1 };
  const { state } = await train(
    problem({ rollout: rolloutOf(flow), ...columns }),
    options({ sets: 5, windows: 1, iterations: 1500, schedule: { name: 'cosine' } }),
  );
  const values = (s: number) => layout.values(Float64Array.of(state.raw[s], state.raw[5 + s]));
  return Array.from({ length: 5 }, (_, s) => values(s));
}

/** The value that must be met to 1 %. */
function expectAbout(found: number, wanted: number, name: string): void {
  expect(Math.abs(found / wanted - 1), `${name}: ${found}`).toBeLessThan(0.01);
}

describe('training finds, from five starts,', () => {
  it('the best fee of a pool without slippage', async () => {
    for (const values of await trained({ v0: 0.5, epsilon: 0 }, [1, 0], [0.002, 0])) {
      expectAbout(values['pool.fee'][0], 67.596e-4, 'fee');
    }
  });

  it('the best fee and curvature together', async () => {
    for (const values of await trained({ v0: 0.2, epsilon: 0.01 }, [1, 1], [0.002, 0.3])) {
      const [fee, rho] = [values['pool.fee'][0], values['pool.rho'][0]];
      expectAbout(fee, 82.25e-4, 'fee');
      expectAbout(rho, 0.7186, 'ρ');
      expectAbout((1 + rho) / (1 - rho), 6.108, 'C');
    }
  });
});
