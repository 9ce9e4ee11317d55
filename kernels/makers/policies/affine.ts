/**
 * Floor 3. Quotes that are affine in what the maker sees:
 *
 *     δᵇ = offset + slope·q − signal·μ̂,   δᵃ = offset − slope·q + signal·μ̂
 *
 * Far from the end and on a symmetric market offset ≈ 1/κ + A∞ and slope ≈ 2A∞, A∞ = ½√(φe/(λκ)) (Bergault and Guéant 2021):
 * the defaults are those of the default market.
 */
import { type Policy, type PolicyContext, type Seen, signalOf, signalParameters, trained } from './policy.js';

export const affine: Policy = {
  name: 'affine',
  doc: 'offsets that are affine in inventory and signal',
  settings: {},
  takes: false,
  parameters: (s) => ({
    offset: trained({ unit: 'money', default: 0.567308764, doc: 'of both sides at no inventory and no signal' }),
    slope: trained({
      unit: 'money/lot',
      default: 0.134617528,
      doc: 'of the bid by inventory; of the ask the opposite',
    }),
    ...(s.states === 1
      ? {}
      : {
          signal: trained({ unit: 'money', default: 0, doc: 'what a signal of 1 takes off the bid, adds to the ask' }),
        }),
    ...signalParameters(s),
  }),
  run: (c) => (seen) => ({ ...affineOffsets(c, seen), take: null }),
};

/** The law, of which others are corrections. */
export function affineOffsets(c: PolicyContext, { q, state }: Seen) {
  const [offset, slope] = [c.value.offset[0], c.value.slope[0]];
  const signal = signalOf(c, state);
  const own = slope.mul(q);
  const tilt = signal === undefined ? own : own.sub(c.value.signal[0].mul(signal));
  return { bid: offset.add(tilt), ask: offset.sub(tilt) };
}
