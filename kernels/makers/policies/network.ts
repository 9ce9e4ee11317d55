/**
 * Floor 3. A small network beside the affine law, one layer of tanh:
 *
 *     zₖ = tanh(w_k·(q/Q, μ̂, 1 − t/T) + b_k),   δᵇ = affine + Σ outBidₖ·zₖ,   δᵃ = affine + Σ outAskₖ·zₖ
 *
 * Its last layer starts at 0, so training starts from the affine law. All weights are plain numbers of the checkpoint.
 */
import { constant, type Expr } from '../../../src/graph/index.js';
import { dot, sum, tanh } from '../../../src/rollout/functions.js';
import type { Parameters } from '../../../src/rollout/model.js';
import { affine, affineOffsets } from './affine.js';
import { type Policy, type Seen, signalOf, trained } from './policy.js';

type Settings = Readonly<Record<string, number>>;

const units = ({ hidden }: Settings) => Array.from({ length: hidden }, (_, k) => k);

const inputs = (s: Settings): string[] => ['q', ...(s.states > 1 ? ['signal'] : []), 'left'];

/** Starts spread over directions and thresholds, so that no two units learn the same: by the golden ratio. */
const spread = (k: number): number => 2 * (((k + 1) * 0.6180339887498949) % 1) - 1;

function layers(s: Settings): Parameters {
  const hidden = units(s).flatMap((k) => [
    [
      `weights_${k}`,
      trained({ shape: inputs(s), unit: '1', default: 1.5 * spread(k), doc: `of the inputs of unit ${k}` }),
    ] as const,
    [`bias_${k}`, trained({ unit: '1', default: spread(k + 7), doc: `of unit ${k}` })] as const,
  ]);
  const shape = units(s).map((k) => `unit${k}`);
  const last = (side: string) =>
    trained({ shape, unit: 'money', default: 0, doc: `what each unit adds to the ${side}` });
  return { ...Object.fromEntries(hidden), outBid: last('bid'), outAsk: last('ask') };
}

export const network: Policy = {
  name: 'network',
  doc: 'the affine law and a small network over inventory, signal and time to go',
  settings: { hidden: { default: 6, range: [1, 32], whole: true, doc: 'units of the hidden layer' } },
  takes: false,
  parameters: (s) => ({ ...affine.parameters(s), ...layers(s) }),
  run: (c) => {
    const { value, settings: s } = c;
    const full = Math.max(Math.abs(s.qMin), s.qMax, 1);
    const seenBy = (seen: Seen): Expr[] => {
      const signal = signalOf(c, seen.state);
      return [seen.q.div(full), ...(signal === undefined ? [] : [signal]), constant(1).sub(seen.elapsed)];
    };
    return (seen) => {
      const { bid, ask } = affineOffsets(c, seen);
      const given = seenBy(seen);
      const z = units(s).map((k) => tanh(dot(value[`weights_${k}`], given).add(value[`bias_${k}`][0])));
      const out = (weights: readonly Expr[]) => sum(z.map((x, k) => x.mul(weights[k])));
      return { bid: bid.add(out(value.outBid)), ask: ask.add(out(value.outAsk)), take: null };
    };
  },
};
