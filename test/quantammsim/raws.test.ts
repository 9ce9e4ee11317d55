/** Raw parameters of case files in either form: the same pool, and gradients that the chain rule joins. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { poolLayout } from '../../src/pools/rollout.js';
import { gradientBy, type RawParameters, rawOf, unknownParameter } from '../../src/quantammsim/raws.js';

const assets = ['A', 'B'];
const layout = (rule: string) =>
  poolLayout({
    pool: registry.pools.tfmm,
    rule: registry.rules[rule],
    flow: null,
    assets,
    settings: { chunkPeriod: 60, maxMemoryDays: 365 },
  });
const caseOf = (params: Record<string, number[]>): RawParameters => ({
  initial_weights_logits: [0.1, -0.2],
  logit_lamb: [2, 3],
  ...params,
});

const rule = 'mean-reversion-channel';
const k = { log_k: [-2, -3] };
const rest = { sp_exponents: [0.5, 1], sp_width: [-200, -150], sp_pre_exp_scaling: [-50, -80] };
const powers = caseOf({ ...k, ...rest, log_amplitude: [-5, -6] });
const roots = caseOf({ ...k, ...rest, sp_amplitude: [2 ** -5 - 2 ** 5, 2 ** -6 - 2 ** 6] });

describe('parameters of case files', () => {
  it('give the same raws in either form', () => {
    const [a, b] = [powers, roots].map((c) => rawOf(c, rule, layout(rule)));
    b.forEach((x, i) => {
      expect(a[i]).toBeCloseTo(x, 12);
    });
    expect(layout(rule).values(a)[`${rule}.amplitude`]).toEqual([2 ** -5, 2 ** -6]);
  });

  it('give gradients by their own raw numbers', () => {
    const l = layout(rule);
    const raw = rawOf(powers, rule, l);
    // d f/d amplitude = 1: the gradient by our raws is ln 2·2^x, by theirs that or the slope of squareplus
    const gradient = new Float64Array(l.columns);
    const { column } = l.entry(`${rule}.amplitude`);
    const powersOfTwo = [Math.LN2 * 2 ** -5, Math.LN2 * 2 ** -6];
    gradient.set(powersOfTwo, column);
    const slopes = roots.sp_amplitude.map((x) => (1 + x / Math.sqrt(x * x + 4)) / 2);
    for (const [c, name, wanted] of [
      [powers, 'log_amplitude', powersOfTwo],
      [roots, 'sp_amplitude', slopes],
    ] as const) {
      gradientBy(c, rule, name, l, raw, gradient)?.forEach((g, i) => {
        // 1 + x/√(x² + 4) cancels: 1e-16 of 1e-4
        expect(g / wanted[i]).toBeCloseTo(1, 10);
      });
    }
  });

  it('read older forms: raw_exponents is squareplus of them, logit_pre_exp_scaling logistic', () => {
    const c = caseOf({ ...k, raw_exponents: [0, 1.5], logit_pre_exp_scaling: [0, Math.log(3)] });
    const values = layout('power-channel').values(rawOf(c, 'power-channel', layout('power-channel')));
    expect(values['power-channel.exponent']).toEqual([1, 2]);
    values['power-channel.scale'].forEach((x, i) => {
      expect(x).toBeCloseTo([0.5, 0.75][i], 14);
    });
  });

  it('take half as the scale of a case that gives none', () => {
    const c = caseOf({ sp_k: [-5, -6], sp_exponents: [1, 2] });
    const l = layout('power-channel');
    expect(l.values(rawOf(c, 'power-channel', l))['power-channel.scale']).toEqual([0.5, 0.5]);
  });

  it('add the two memories of minimum variance, and their gradients', () => {
    const c = caseOf({ logit_delta_lamb: [0.5, -0.5] });
    const l = layout('minimum-variance');
    const raw = rawOf(c, 'minimum-variance', l);
    const at = (key: string) => l.entry(`minimum-variance.${key}`).column;
    expect([...raw.subarray(at('memoryDays'), at('memoryDays') + 2)]).toEqual([2, 3]);
    expect([...raw.subarray(at('mixingMemoryDays'), at('mixingMemoryDays') + 2)]).toEqual([2.5, 2.5]);
    const gradient = raw.map((_, i) => i);
    expect(gradientBy(c, 'minimum-variance', 'logit_lamb', l, raw, gradient)).toEqual(
      [0, 1].map((i) => at('memoryDays') + at('mixingMemoryDays') + 2 * i),
    );
  });

  it('are named where they are not read', () => {
    expect(unknownParameter(powers, rule, layout(rule))).toBeNull();
    expect(unknownParameter(caseOf({ ...k, raw_reach: [1, 1] }), rule, layout(rule))).toBe('raw_reach');
    expect(unknownParameter(caseOf({ ...k, logit_delta_lamb: [0, 0] }), 'momentum', layout('momentum'))).toBeNull();
    expect(unknownParameter(caseOf({ ...k, logit_delta_lamb: [1, 0] }), 'momentum', layout('momentum'))).toBe(
      'logit_delta_lamb',
    );
  });
});
