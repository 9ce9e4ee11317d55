/** Of every parameter that is shipped: what training may end at is a value of its range, and a value to start from again. */
import { expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { ParameterLayout, valuesOfRaws } from '../../src/rollout/layout.js';
import type { Parameter, Parameters, Settings } from '../../src/rollout/model.js';
import { rawBounds } from '../../src/train/bounds.js';

interface Declaring {
  readonly name: string;
  readonly settings?: Settings;
  readonly parameters: Parameters | ((settings: Readonly<Record<string, number>>) => Parameters);
}

/** With the settings' defaults. */
function declared({ name, settings = {}, parameters }: Declaring): [string, Parameter][] {
  const defaults = Object.fromEntries(Object.entries(settings).map(([key, s]) => [key, s.default]));
  const own = typeof parameters === 'function' ? parameters(defaults) : parameters;
  return Object.entries(own).map(([key, p]) => [`${name}.${key}`, p]);
}

const { pools, feeLaws, rules, flows, systems, sources } = registry;
const models: Declaring[] = [pools, feeLaws, rules, flows, systems, sources].flatMap((of) =>
  Object.values<Declaring>(of),
);
const single = models.flatMap(declared).filter(([, p]) => p.transform.simplex !== true);

/** Where the steepest of steps ends, within raw bounds. */
function endsOf(parameter: Parameter, bounds: Parameter['range'] | null): number[] {
  const layout = new ParameterLayout([{ prefix: 'm', parameters: { p: parameter } }], ['A', 'B']);
  const { low, high } = rawBounds(layout, bounds === null ? {} : { 'm.p': { low: bounds[0], high: bounds[1] } });
  return [low[0], high[0]].flatMap((raw) => (Number.isFinite(raw) ? valuesOfRaws(parameter, [raw]) : []));
}

it('there are parameters of every kind of model', () => {
  expect(single.length).toBeGreaterThan(60);
});

it.each(single)('%s', (_, parameter) => {
  const [low, high] = parameter.range;
  for (const bounds of [null, parameter.range]) {
    const ends = endsOf(parameter, bounds);
    // without an end a value could become infinite, or 0 where 0 has no raw number
    expect(ends).toHaveLength([low, high].filter(Number.isFinite).length);
    for (const end of ends) {
      expect(end).toBeGreaterThanOrEqual(low);
      expect(end).toBeLessThanOrEqual(high);
      const raw = parameter.transform.inverse([end])[0];
      expect(Number.isFinite(raw)).toBe(true);
      const again = parameter.transform.forward([raw])[0];
      expect(Math.abs(again - end)).toBeLessThanOrEqual(1e-9 * Math.abs(end));
    }
  }
});
