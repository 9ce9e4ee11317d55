/** Raw numbers in a config, beside values: every form of them, what is refused, and that neither way loses anything. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { registry } from '../../kernels/index.js';
import { initialRaw } from '../../src/app/prepared.js';
import { specOf } from '../../src/app/rollout.js';
import { resolveConfig } from '../../src/config/index.js';
import { UserError } from '../../src/errors.js';
import { poolLayout } from '../../src/pools/rollout.js';
import type { Parameter, Settings } from '../../src/rollout/model.js';
import { poolOf } from './pool.js';

const ASSETS = ['BTC', 'ETH'];
const SUPPLIES = ASSETS.map((asset) => `supply.${asset}`);

const resolve = (rule: object, pool: object = { kind: 'tfmm' }) =>
  poolOf(resolveConfig({ data: 'prices.arrow', pool, rule }, registry, { assets: ASSETS, series: SUPPLIES }));

function rawsOf(config: ReturnType<typeof resolve>, name: string): number[] {
  const layout = poolLayout(specOf(config));
  const { column, size } = layout.entry(name);
  return Array.from(initialRaw(config, layout).subarray(column, column + size));
}

describe('raw numbers in a config', () => {
  it('may be one, a list or a map, with flags and bounds', () => {
    const one = resolve({ kind: 'momentum', memoryDays: { raw: 2.2 } });
    expect(rawsOf(one, 'momentum.memoryDays')).toEqual([2.2, 2.2]);
    // λ = 1/(1 + e^−2.2), ∛(6λ)/(1−λ)·2 days at a step a day
    const lambda = 1 / (1 + Math.exp(-2.2));
    const days = (2 * Math.cbrt(6 * lambda)) / (1 - lambda);
    for (const m of one.parameters['momentum.memoryDays'].value) expect(m).toBeCloseTo(days, 12);
    const list = resolve({ kind: 'momentum', k: { raw: [3, -1.5], train: false, bounds: [0.1, 10] } });
    expect(list.parameters['momentum.k']).toMatchObject({ value: [8, 2 ** -1.5], train: false, bounds: [0.1, 10] });
    const map = resolve({ kind: 'momentum', k: { raw: { ETH: 3, BTC: -1.5 } } });
    expect(rawsOf(map, 'momentum.k')).toEqual([-1.5, 3]);
    const logits = resolve({ kind: 'momentum' }, { kind: 'tfmm', initialWeights: { raw: [0, Math.log(3)] } });
    expect(logits.parameters['tfmm.initialWeights'].value[1]).toBeCloseTo(0.75, 15);
    const fee = resolve({ kind: 'momentum' }, { kind: 'tfmm', fee: { raw: -6 } });
    expect(fee.parameters['tfmm.fee'].value[0]).toBeCloseTo(1 / (1 + Math.exp(6)), 15);
  });

  it('may stand for the ends of a range, also of one below 0', () => {
    const ends = resolve({ kind: 'market-cap', tilt: { raw: -2 } }, { kind: 'tfmm' });
    expect(ends.parameters['market-cap.tilt'].value).toEqual([-2]);
    const { memoryDays } = registry.rules.momentum.parameters({ chunkPeriod: 1440, maxMemoryDays: 365, ownAverage: 0 });
    for (const days of memoryDays.range) {
      const raw = memoryDays.transform.inverse([days]);
      expect(rawsOf(resolve({ kind: 'momentum', memoryDays: { raw: raw[0] } }), 'momentum.memoryDays')[0]).toBe(raw[0]);
    }
  });

  it('have the meaning of quantammsim: the same start as the value that they stand for', () => {
    // exponents ½(x + √(x² + 4)), as sp_exponents of its files
    const raw = resolve({ kind: 'power-channel', exponent: { raw: 0.75 } });
    const value = resolve({ kind: 'power-channel', exponent: (0.75 + Math.sqrt(0.75 ** 2 + 4)) / 2 });
    expect(rawsOf(raw, 'power-channel.exponent')[0]).toBeCloseTo(rawsOf(value, 'power-channel.exponent')[0], 14);
  });

  it.each([
    [{ k: { raw: 1, value: 2 } }, 'rule.k: expected a value or a raw number, got both: 2, raw 1; leave one out'],
    [
      { k: { raw: 'x' } },
      "rule.k.raw: expected a finite raw number, got 'x'; without raw the numbers are values, in their unit",
    ],
    [{ k: { raw: [1] } }, 'rule.k.raw: expected 2 numbers, one for each of BTC, ETH, got 1'],
    [{ k: { raw: { BTC: 1 } } }, 'rule.k.raw: expected a number for each of BTC, ETH, got none for ETH; add it'],
    [{ k: { raw: [1, Number.POSITIVE_INFINITY] } }, 'rule.k.raw.1: expected a finite raw number'],
    [
      { memoryDays: { raw: 9 } },
      'rule.memoryDays.raw: expected the raw number of a number from 0.000001 to 365 (days), got 9, which stands for ',
    ],
    [{ k: { raw: 1, bounds: [3, 4] } }, 'rule.k.bounds: expected bounds around the start value 2, got [3,4]'],
    [{ k: { row: 1 } }, "rule.k.row: expected a known key, got 'row'"],
  ])('are refused in one line: %j', (given, message) => {
    const ask = () => resolve({ kind: 'momentum', ...given });
    expect(ask).toThrow(UserError);
    expect(ask).toThrow(message);
  });
});

interface Declared {
  readonly name: string;
  readonly parameter: Parameter;
}

/** The parameters of all models, at the settings under which there are most. */
const declared: Declared[] = [registry.pools, registry.feeLaws, registry.rules, registry.flows].flatMap((models) =>
  Object.values(models).flatMap((model) => {
    const settings = Object.entries((model as { settings?: Settings }).settings ?? {});
    const widest = Object.fromEntries(settings.map(([key, s]) => [key, s.choices?.on ?? s.default]));
    const { parameters } = model;
    const all = typeof parameters === 'function' ? parameters(widest) : parameters;
    return Object.entries<Parameter>(all).map(([key, parameter]) => ({ name: `${model.name}.${key}`, parameter }));
  }),
);

const unit = fc.double({ min: 0, max: 1, noNaN: true });

/** A value of the range: in proportion to u on a logarithmic scale where the range is one of sizes. */
function valueAt({ range: [low, high] }: Parameter, u: number): number {
  const least = Math.max(low, high * 1e-12);
  return low < 0 ? low + u * (high - low) : Math.min(high, Math.max(least, least * (high / least) ** u));
}

describe('values and raw numbers', () => {
  // x carries 2^−53 of its size; transforms have slopes d ln value/dx of at most 1 and add a few roundings of their own
  it.each(declared.map((d) => [d.name, d.parameter] as const))('%s: value → raw → value', (name, p) => {
    const softmax = p.transform.name === 'softmax';
    fc.assert(
      fc.property(unit, unit, (u, v) => {
        const values = softmax ? [0.01 + 0.98 * u, 1 - (0.01 + 0.98 * u)] : [valueAt(p, u), valueAt(p, v)];
        const raws = p.transform.inverse(values);
        p.transform.forward(raws).forEach((back, i) => {
          // the upper end of a fraction has no raw number, which the config refuses
          if (raws[i] === Number.POSITIVE_INFINITY) return;
          // a largest weight is kept as what it lacks of 1
          const size = name === 'tfmm.greatestWeight' ? 1 : Math.abs(values[i]);
          expect(Math.abs(back - values[i])).toBeLessThanOrEqual((8 + Math.abs(raws[i])) * 2 ** -52 * size);
        });
      }),
    );
  });

  const ofRules = declared.filter(({ name }) => Object.hasOwn(registry.rules, name.split('.')[0]));
  // the slope dx/d ln value is at most 3 of a memory, 1.5 of a power of two; near 1 a squareplus is straight
  it.each(ofRules.map((d) => [d.name, d.parameter] as const))('%s: raw → value → raw', (_, p) => {
    const [low, high] = p.transform.inverse([valueAt(p, 0), valueAt(p, 1)]);
    fc.assert(
      fc.property(unit, (u) => {
        const raw = low + u * (high - low);
        const [back] = p.transform.inverse(p.transform.forward([raw]));
        // below its floor an exponent has the value of the floor
        if (p.transform.name === 'squareplus, at least 1' && raw < 0) return;
        expect(Math.abs(back - raw)).toBeLessThanOrEqual((8 + Math.abs(raw)) * 3 * 2 ** -52);
      }),
    );
  });

  it('a config keeps raw numbers to the last bit, through YAML and the config of a checkpoint', () => {
    const raws = fc.array(fc.double({ min: -8, max: 4, noNaN: true }), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(raws, raws, (memory, k) => {
        const text = stringify({ kind: 'momentum', memoryDays: { raw: memory }, k: { raw: k } });
        const config = resolve(parse(text) as object);
        const plain = JSON.parse(JSON.stringify(config.plain)) as object;
        for (const c of [config, poolOf(resolveConfig(plain, registry, { assets: ASSETS }))]) {
          // + 0: JSON has no −0
          expect(rawsOf(c, 'momentum.memoryDays').map((x) => x + 0)).toEqual(memory.map((x) => x + 0));
          expect(rawsOf(c, 'momentum.k').map((x) => x + 0)).toEqual(k.map((x) => x + 0));
        }
      }),
    );
  });
});
