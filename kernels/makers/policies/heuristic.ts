/**
 * Floor 3. The heuristic of the HJB framework (`apply_state_adjustments`), its numbers trainable, ρ = min(|q|/Q, 1):
 *
 *     a = −μ̂·base·adverse: widens the bid by a if a > 0, else the ask by −a
 *     both sides × (1 + ρ²);   ask −= r·base·skew, bid += r·base·skew, r = clamp(q/Q, −1, 1)
 *     each side at least base·minSpreadRatio
 *     taking at the rate max(ρ³ − urgencyThreshold, 0)·liquidationRate, towards no inventory
 *
 * `base` is in basis points of the price `pointsOf`. Piecewise smooth: its gradient is exact but for the kinks.
 */
import { constant, where } from '../../../src/graph/index.js';
import { clip } from '../../../src/rollout/functions.js';
import type { Parameter } from '../../../src/rollout/model.js';
import { positive, powerOrZero } from '../../../src/rollout/transforms.js';
import { type Policy, signalOf, signalParameters, trained } from './policy.js';

const coefficient = (fallback: number, doc: string, rest: Partial<Parameter> = {}) =>
  trained({ transform: powerOrZero, range: [0, 1e9], unit: '1', default: fallback, doc, ...rest });

export const heuristic: Policy = {
  name: 'heuristic',
  doc: 'the heuristic of the HJB framework, its coefficients trained',
  settings: {
    maxPosition: { default: 8, range: [0, 1e9], doc: 'the inventory Q that the heuristic counts as full' },
  },
  takes: true,
  parameters: (s) => ({
    base: trained({ transform: positive, range: [0, 1e9], unit: 'bps', default: 10, doc: 'offset of both sides' }),
    skew: coefficient(0.5, 'shift of both sides at full inventory, in units of base'),
    ...(s.states === 1 ? {} : { adverse: coefficient(0.5, 'widening against a signal of 1, in units of base') }),
    urgencyThreshold: coefficient(0.7, 'share of full inventory, cubed, above which it takes'),
    liquidationRate: coefficient(10, 'rate of taking, by how far the urgency is above its threshold', { unit: '1/s' }),
    minSpreadRatio: coefficient(0.2, 'least offset, in units of base'),
    pointsOf: trained({
      ...{ range: [0, 1e12] as const, unit: 'money', default: 100, trainable: false },
      doc: 'the price that basis points are of',
    }),
    ...signalParameters(s),
  }),
  run: (c) => {
    const of = (key: string) => c.value[key][0];
    const base = of('base').mul(of('pointsOf')).mul(1e-4);
    const full = c.settings.maxPosition;
    return ({ q, state }) => {
      const zero = constant(0);
      const share = full > 0 ? clip(q.div(full), -1, 1) : zero;
      const signal = signalOf(c, state);
      const widened = signal === undefined ? zero : signal.neg().mul(base).mul(of('adverse'));
      const wider = share.square().add(1);
      const skew = share.mul(base).mul(of('skew'));
      const least = base.mul(of('minSpreadRatio'));
      const urgency = share.abs().mul(share.square());
      const excess = urgency.sub(of('urgencyThreshold'));
      return {
        bid: base.add(widened.maximum(0)).mul(wider).add(skew).maximum(least),
        ask: base.sub(widened.minimum(0)).mul(wider).sub(skew).maximum(least),
        take: where(excess.greater(0), excess.mul(of('liquidationRate')), 0),
      };
    };
  },
};
