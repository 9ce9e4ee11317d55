import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exporters, exportJsonSchema } from '../../src/export/index.js';
import { constantPool, eclpPool, hmmPool, none, rangePool, reclammPool, stablePool, tfmmPool } from './pools.js';

const { json } = exporters;

/** Paths of the numbers, and of the lists of numbers, in a document. */
const leaves = (value: unknown, path: string): string[] =>
  typeof value === 'number' || (Array.isArray(value) && typeof value[0] === 'number')
    ? [path]
    : value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`))
      : [];

describe('export json', () => {
  it.each([
    ['constant-weight', constantPool()],
    ['tfmm', tfmmPool()],
    ['tfmm without estimator state', tfmmPool({ estimator: null })],
    ['hmm', hmmPool()],
    ['reclamm', reclammPool()],
    ['concentrated-range', rangePool()],
    ['e-clp', eclpPool()],
    ['stableswap', stablePool()],
    ['fm-amm', constantPool({ kind: 'fm-amm', assets: ['BTC', 'ETH'], weights: [1 / 3, 2 / 3] })],
  ])('gives a %s pool back bit for bit', (_, pool) => {
    const result = json.export(pool, none);
    expect(result.quantised).toEqual(pool);
    expect(json.parse(result.text)).toEqual(pool);
    expect(json.export(result.quantised, none).text).toBe(result.text);
    expect([result.placeholders, result.warnings, result.notes]).toEqual([[], [], []]);
  });

  it('gives any double back bit for bit', () => {
    const price = fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-300, max: 1e300 });
    fc.assert(
      fc.property(price, price, price, (value, psi, theta) => {
        const pool = hmmPool({ psi: [psi, 1], theta: [theta, 1] }, { value });
        expect(json.parse(json.export(pool, none).text)).toEqual(pool);
      }),
    );
  });

  it('names the provenance and the unit of every number it holds', () => {
    const pools = [hmmPool(), reclammPool(), rangePool(), eclpPool(), stablePool()];
    for (const pool of pools) {
      const { units, pool: numbers } = JSON.parse(json.export(pool, none).text);
      expect(Object.keys(units).sort()).toEqual(leaves(numbers, '').sort());
    }
    const file = JSON.parse(json.export(tfmmPool(), none).text);
    expect(file.provenance).toEqual({
      checkpoint: 'sha256:4be1',
      dataset: 'sha256:77c0',
      version: '0.1.0',
      created: '2024-05-06T07:08:09.000Z',
      metrics: { daily_log_sharpe: 1.75, returns_over_hodl: 0.0123 },
    });
    expect(Object.keys(file.units).sort()).toEqual(leaves(file.pool, '').sort());
    expect(Object.keys(JSON.parse(json.export(constantPool(), none).text).units)).toEqual(['fee', 'weights', 'value']);
  });

  it('publishes a schema that describes the file', () => {
    const schema = exportJsonSchema() as { required: string[]; properties: Record<string, { required?: string[] }> };
    const file = JSON.parse(json.export(hmmPool(), none).text);
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
    });
    expect(Object.keys(file)).toEqual(schema.required);
    expect(Object.keys(file.pool)).toEqual(schema.properties.pool.required);
    expect(JSON.stringify(schema)).toContain('λ of the gradient estimator');
  });

  it('says that it takes no template', () => {
    const { warnings } = json.export(constantPool(), { template: { salt: '0x' }, strict: true });
    expect(warnings).toEqual(['json takes no template: its fields were not used']);
  });
});
