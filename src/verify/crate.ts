/** Floor 5. Cases of the crate hanzo-hmm as it is printed: its integrators, its price map, its price dynamics. */
import { z } from 'zod';
import { hamiltonian } from '../../kernels/prices/hamiltonian.js';
import { priceDynamics } from '../../kernels/prices/price-dynamics.js';
import type { SynchronousTarget } from '../targets/target.js';
import { pathOf } from './generated.js';
import { type Compared, kindOf } from './named.js';
import { settingOf, started } from './phase.js';
import { drawsFrom, number, numbers, SINGLE, step } from './price-fields.js';

const phasePoint = z.object({ q: numbers, p: numbers, energy: number });

const inputs = z.object({
  k: number,
  q: numbers,
  p: numbers,
  dt: number,
  friction: number,
  energyScale: number,
  base: number,
  priceDynamics: z.object({
    base: number,
    volatility: number,
    meanReversion: number,
    dt: number,
    normals: drawsFrom,
  }),
});

const expected = z.object({
  startEnergy: number,
  startPrice: number,
  rows: z.array(z.object({ step, evolve: phasePoint, evolveStep: phasePoint, price: number })),
  priceDynamics: z.array(
    z.object({
      step,
      current: number,
      base: number,
      momentum: number,
      volatility: number,
      deviation: number,
      costPerToken: number,
    }),
  ),
});

type Inputs = z.infer<typeof inputs>;
type Expected = z.infer<typeof expected>;
type Rows = Record<string, number[][]>;

const single = SINGLE.path;

/** The phase and the price by one of the crate's integrators. */
const walk = (c: Inputs, integrator: string, steps: number, target: SynchronousTarget): Rows =>
  pathOf(
    {
      model: hamiltonian,
      settings: {
        ...settingOf('integrator', integrator),
        ...settingOf('noise', 'none'),
        ...settingOf('map', 'crate'),
      },
      values: { k: [c.k], base: c.q.map(() => c.base), energyScale: [c.energyScale], ...started(c) },
      assets: c.q.length,
      dt: c.dt,
      steps,
      seed: 0,
      lane: 0,
    },
    target,
  );

const SEEN = {
  prices: 'current',
  base: 'base',
  momentum: 'momentum',
  volatility: 'volatility',
  deviation: 'deviation',
  costPerToken: 'costPerToken',
} as const;

/** The price dynamics, whose noise the energy of the start drives. */
function driven(
  { priceDynamics: d, energyScale }: Inputs,
  energy: number,
  want: Expected,
  target: SynchronousTarget,
): Compared[] {
  const moving = pathOf(
    {
      model: priceDynamics,
      settings: { form: priceDynamics.settings.form.choices?.printed ?? Number.NaN },
      values: {
        start: [d.base],
        base: [d.base],
        volatility: [d.volatility],
        meanReversion: [d.meanReversion],
        energy: [energy],
        energyScale: [energyScale],
      },
      assets: 1,
      dt: d.dt,
      steps: Math.max(...want.priceDynamics.map((r) => r.step)),
      ...d.normals,
    },
    target,
  );
  return (Object.keys(SEEN) as (keyof typeof SEEN)[]).map((name) => ({
    field: `price dynamics, ${name}`,
    got: want.priceDynamics.map((r) => moving[name][r.step][0]),
    wanted: want.priceDynamics.map((r) => r[SEEN[name]]),
    single,
  }));
}

const PHASE = { position: 'q', momentum: 'p', energy: 'energy' } as const;

export const crate = kindOf(inputs, expected, (c, want, target) => {
  const steps = Math.max(...want.rows.map((r) => r.step));
  const euler = walk(c, 'crate-euler', steps, target);
  const kinds = { evolve: euler, evolveStep: walk(c, 'crate-step', steps, target) };
  const phases = (['evolve', 'evolveStep'] as const).flatMap((kind) =>
    (['position', 'momentum', 'energy'] as const).map((name) => ({
      field: `${kind}, ${name}`,
      got: want.rows.flatMap((r) => kinds[kind][name][r.step]),
      wanted: want.rows.flatMap((r) => r[kind][PHASE[name]]),
      single,
    })),
  );
  return [
    { field: 'energy at the start', got: euler.energy[0], wanted: [want.startEnergy], single },
    { field: 'price at the start', got: [euler.prices[0][0]], wanted: [want.startPrice], single },
    {
      field: 'price',
      got: want.rows.map((r) => euler.prices[r.step][0]),
      wanted: want.rows.map((r) => r.price),
      single,
    },
    ...phases,
    ...driven(c, euler.energy[0][0], want, target),
  ];
});
