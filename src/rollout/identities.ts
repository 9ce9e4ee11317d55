/** Floor 2. A system that is watched at what it keeps: its identities, step by step, as something to observe. */
import { UserError } from '../errors.js';
import { constant, type Expr, type Tree } from '../graph/index.js';
import type { EpochRun, Identity, System, SystemRun, Tick } from './model.js';

type Watched = { readonly inner: Tree; readonly off: readonly Expr[] };

/**
 * The system, observed by `identities` alone: |difference| over the scale of each, as large as it ever was up to that row.
 * Epochs go step by step.
 *
 * @param named told the names of the identities, in their order
 * @throws UserError, when it is traced, for a system that has none
 */
export function watchingIdentities(
  system: System,
  named: (names: readonly string[]) => void = () => {},
): System<Watched, Tree, unknown> {
  return {
    ...system,
    observes: { identities: 'the largest so far of each difference over its scale' },
    outcome: undefined,
    check: undefined,
    run(c) {
      const run = system.run({ ...c, recording: true });
      const { identities, epoch } = run;
      if (identities === undefined) {
        throw new UserError(
          `rollout: a system that declares identities was expected, got ${system.name}; add them: docs/add-a-system.md`,
        );
      }
      return {
        init: (first) => {
          const inner = run.init(first);
          const { state, plan } = epoch?.open(epoch.init, inner, c.steps) ?? { state: inner, plan: null };
          const names = Object.keys(
            identities(state, state, { now: first, before: first, t: c.steps, plan, j: c.steps }),
          );
          named(names);
          return { inner, off: names.map(() => constant(0)) };
        },
        step: ({ inner, off }, tick) => stepped(run, identities, inner, off, tick),
        observe: ({ off }) => ({ identities: off }),
        ...(epoch === undefined ? {} : { epoch: opening(epoch) }),
      };
    },
  };
}

function stepped(
  run: SystemRun,
  identities: NonNullable<SystemRun['identities']>,
  inner: Tree,
  off: readonly Expr[],
  tick: Tick,
): Watched {
  const next = run.step(inner, tick);
  const found: readonly Identity[] = Object.values(identities(inner, next, tick));
  return {
    inner: next,
    off: off.map((x, k) => x.maximum(found[k].difference.abs().div(found[k].scale))),
  };
}

/** The epochs of what is watched: none of their steps is leapt over. */
const opening = ({ init, open, close }: EpochRun<Tree, Tree, unknown>): EpochRun<Watched, Tree, unknown> => ({
  init,
  open: (kept, { inner, off }, k) => {
    const opened = open(kept, inner, k);
    return { kept: opened.kept, state: { inner: opened.state, off }, plan: opened.plan };
  },
  ...(close === undefined ? {} : { close: ({ inner, off }, plan, n) => ({ inner: close(inner, plan, n), off }) }),
});
