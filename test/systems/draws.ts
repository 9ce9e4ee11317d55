/** The numbers that generators draw, on plain numbers. */
import { buffer, draw, emit, input, load, trace } from '../../src/graph/index.js';
import { normal, poisson } from '../../src/rollout/random.js';
import { reference } from '../../src/targets/reference/index.js';

const program = trace('draws', () => {
  const u = draw(input('seed'), input('lane'), input('step', 'window'), input('draw', 'window'));
  emit(buffer('output', 'uniform', 1), 0, u);
  emit(buffer('output', 'normal', 1), 0, normal(u));
  emit(buffer('output', 'events', 1), 0, poisson(u, load(buffer('set', 'mean', 1), 0)));
});
const executable = reference.compile(program, { threads: 1 });

/** Uniform numbers, normal ones, and Poisson counts of a mean, of one seed and lane: by step, then by draw. */
export function drawn(seed: number, lane: number, steps: number, draws: number, mean = 1) {
  const index = Int32Array.from({ length: steps * draws }, (_, i) => i);
  const out = executable.run({
    sets: 1,
    windows: index.length,
    run: { seed, lane },
    window: { step: index.map((i) => Math.floor(i / draws)), draw: index.map((i) => i % draws) },
    buffers: { mean: Float64Array.of(mean) },
  });
  const by = (xs: Float64Array) => (step: number, k: number) => xs[step * draws + k];
  return { uniform: by(out.uniform), normal: by(out.normal), events: by(out.events) };
}
