/**
 * Floor 3. The heuristic of the HJB framework as a policy (`applyStateAdjustments`, which has its formula), its numbers
 * trainable: the offsets in money, `base` in basis points of the price `pointsOf`. Piecewise smooth: its gradient is exact but
 * for the kinks.
 */
import { constant } from '../../../src/graph/index.js';
import type { Parameter } from '../../../src/rollout/model.js';
import { positive, powerOrZero } from '../../../src/rollout/transforms.js';
import { applyStateAdjustments } from '../seed/control.js';
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
    const none = constant(0);
    const tuning = {
      ...{ skew: of('skew'), adverse: c.settings.states === 1 ? none : of('adverse') },
      ...{ urgencyThreshold: of('urgencyThreshold'), liquidationRate: of('liquidationRate') },
      // of the filter that makes the signal, which here is that of the state
      ...{ minSpreadRatio: of('minSpreadRatio'), ema: none, spreadScale: none },
    };
    return ({ q, state }) => {
      const seen = {
        ...{ midPrice: of('pointsOf'), inventory: q, adverseSelection: signalOf(c, state) ?? none },
        ...{ spreadBps: none, imbalance: none },
      };
      // in proportion to the base, so in its unit
      const control = applyStateAdjustments(seen, base, constant(c.settings.maxPosition), tuning);
      return { bid: control.bidBps, ask: control.askBps, take: control.takerSell.add(control.takerBuy) };
    };
  },
};
