/** Floor 5. A price generator on a target: what it draws with given parameters, and how its last row depends on them. */

import type { Generator } from '../../kernels/prices/index.js';
import { clockOf } from '../../kernels/prices/time.js';
import { createRollout } from '../rollout/compiled.js';
import type { ObjectiveModel } from '../rollout/model.js';
import { watching } from '../rollout/watch.js';
import type { SynchronousTarget } from '../targets/target.js';

export interface Drawn {
  readonly model: Generator;
  readonly settings?: Readonly<Record<string, number>>;
  /** Parameter values by name, one an asset, or one; what is left out takes its default. */
  readonly values: Readonly<Record<string, readonly number[]>>;
  readonly assets: number;
  /** Years. */
  readonly dt: number;
  readonly steps: number;
  readonly seed: number;
  readonly lane: number;
}

/** The number that a gradient is of: of the first asset, at the last row. */
const lastOf = (row: string): ObjectiveModel => ({
  name: 'last',
  doc: 'a number of the last row',
  reads: [row],
  every: 0,
  score: (c) => c.last[row][0],
});

function rolloutOf(d: Drawn, target: SynchronousTarget, row: string) {
  const { model } = d;
  const rollout = createRollout(
    {
      assets: Array.from({ length: d.assets }, (_, i) => `A${i}`),
      clock: clockOf(d.dt),
      source: { kind: 'drawn', model, settings: d.settings ?? {}, seed: d.seed },
      system: watching(model.rows),
      objective: lastOf(row),
      penalties: [],
      settings: {},
    },
    null,
    target,
    { threads: 1 },
  );
  const named = Object.fromEntries(Object.entries(d.values).map(([key, x]) => [`${model.name}.${key}`, x]));
  return { rollout, raw: rollout.layout.raws(named), name: (key: string) => `${model.name}.${key}` };
}

/** All rows of a path, by name: row t of name r is `path[r][t]`. */
export function pathOf(d: Drawn, target: SynchronousTarget): Record<string, number[][]> {
  const { rollout, raw } = rolloutOf(d, target, 'prices');
  const { observed } = rollout.path(raw, d.lane, d.steps + 1, 1);
  rollout.dispose();
  return Object.fromEntries(
    Object.entries(observed).map(([name, xs]) => {
      const width = xs.length / (d.steps + 1);
      return [name, Array.from({ length: d.steps + 1 }, (_, t) => [...xs.subarray(t * width, (t + 1) * width)])];
    }),
  );
}

/** dv/draw of the transforms that generators use, from the value. */
const SLOPES: Readonly<Record<string, (value: number) => number>> = {
  identity: () => 1,
  '2^x': (v) => v * Math.LN2,
  '2^x or 0': (v) => v * Math.LN2,
};

/** The derivatives of a row's first number, at the last step, by the values of scalar parameters. */
export function slopesOf(d: Drawn, target: SynchronousTarget, row: string, names: readonly string[]): number[] {
  const { rollout, raw, name } = rolloutOf(d, target, row);
  const { gradient } = rollout.gradient(raw, Int32Array.of(d.lane), d.steps + 1);
  const values = rollout.layout.values(raw);
  const slopes = names.map((key) => {
    const { column, parameter } = rollout.layout.entry(name(key));
    return gradient[column] / SLOPES[parameter.transform.name](values[name(key)][0]);
  });
  rollout.dispose();
  return slopes;
}
