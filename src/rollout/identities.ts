/** Floor 2. A system that is watched at what it keeps: its identities, step by step, as something to observe. */
import { constant, type Expr, type Tree } from '../graph/index.js';
import type { System } from './model.js';

type Watched = { readonly inner: Tree; readonly off: Tree };

/**
 * The system, observed by `identities` alone: |difference| over the scale of each, as large as it ever was up to that row.
 * For systems without epochs.
 */
export function watchingIdentities(system: System): System<Watched> {
  return {
    ...system,
    epoch: undefined,
    observes: { identities: 'the largest so far of each difference over its scale' },
    outcome: undefined,
    run(c) {
      const run = system.run(c);
      const { identities } = run;
      if (identities === undefined || run.epoch !== undefined) {
        throw new TypeError(`rollout: a system with identities and without epochs was expected, got ${system.name}`);
      }
      return {
        init: (first) => {
          const inner = run.init(first);
          const tick = { now: first, before: first, t: c.steps, plan: null, j: c.steps };
          return { inner, off: Object.keys(identities(inner, inner, tick)).map(() => constant(0)) };
        },
        step({ inner, off }, tick) {
          const next = run.step(inner, tick);
          const found = Object.values(identities(inner, next, tick));
          return {
            inner: next,
            off: (off as readonly Expr[]).map((x, k) => x.maximum(found[k].difference.abs().div(found[k].scale))),
          };
        },
        observe: ({ off }) => ({ identities: off as readonly Expr[] }),
      };
    },
  };
}
