/** Floor 3. How the numbers of fee laws are declared: what is trained is of the order of 1, whatever its unit. */
import type { Parameter } from '../../src/rollout/model.js';
import { powerOrZero, type Transform } from '../../src/rollout/transforms.js';

/** value = unit·raw, of any sign */
const scaled = (unit: number): Transform => ({
  name: `${unit}·x`,
  apply: (raw) => raw.map((x) => x.mul(unit)),
  forward: (raw) => raw.map((x) => x * unit),
  inverse: (value) => value.map((y) => y / unit),
});

type Rest = Pick<Parameter, 'default' | 'doc'> & Partial<Parameter>;

/** A number of at least 0. */
export const amount = (rest: Rest): Parameter => ({
  shape: 'scalar',
  transform: powerOrZero,
  range: [0, 1e6],
  unit: '1',
  trainable: true,
  ...rest,
});

/** A number of any sign, in steps of `unit`. */
export const signed = (unit: number, rest: Rest): Parameter => ({
  shape: 'scalar',
  transform: scaled(unit),
  range: [-1e6, 1e6],
  unit: '1',
  trainable: true,
  ...rest,
});
