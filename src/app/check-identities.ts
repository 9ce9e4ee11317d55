/** Floor 5½. `simulate --check`: whether a system keeps, at every step of its test windows, what it says that it keeps. */
import { UserError } from '../errors.js';
import { createWatchedPool } from '../pools/rollout.js';
import { createRollout } from '../rollout/compiled.js';
import { watchingIdentities } from '../rollout/identities.js';
import type { ObjectiveModel } from '../rollout/model.js';
import type { Rollout } from '../rollout/rollout.js';
import type { RolloutSpec } from '../rollout/spec.js';
import type { Session } from './prepared.js';

/** What is off by less, of its scale, is off by rounding. */
const TOLERANCE = 1e-9;

const worst: ObjectiveModel = {
  name: 'worst',
  doc: 'the identity that is kept least',
  reads: ['identities'],
  every: 0,
  score: ({ last }) => last.identities.reduce((a, b) => a.maximum(b)),
};

export interface Kept {
  readonly name: string;
  /** The largest |difference| over its scale, of all steps of all windows. */
  readonly off: number;
  readonly isKept: boolean;
}

/** Throws a UserError for a system that declares none. */
export function checkIdentities(session: Session, raw: Float64Array): Kept[] {
  const { windows, config } = session;
  let names: readonly string[] = [];
  const watched = (spec: RolloutSpec): RolloutSpec => ({
    ...spec,
    system: watchingIdentities(spec.system, (found) => {
      names = found;
    }),
    objective: worst,
    penalties: [],
  });
  const all = windows.test() ?? windows.validation();
  const { rollout, first } = watchedBy(session, all.windows, watched);
  try {
    const { identities } = rollout.figures(raw, first, all.windowRows).last;
    const count = all.windows.length;
    return names.map((name, k) => {
      const off = Math.max(...identities.subarray(k * count, (k + 1) * count));
      return { name, off, isKept: off <= TOLERANCE };
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    const mistake = new UserError(
      `--check: identities of ${config.title} cannot be computed: ${String((error as Error).message ?? error).split('\n')[0]}; mend that code (POOLGRAD_DEBUG=1 shows where)`,
    );
    mistake.cause = error;
    throw mistake;
  } finally {
    rollout.dispose();
  }
}

/** A session's roll-out that observes something else, and what it knows the windows by. */
function watchedBy(
  session: Session,
  windows: Int32Array,
  watched: (spec: RolloutSpec) => RolloutSpec,
): { readonly rollout: Rollout; readonly first: Int32Array } {
  const { target, threads } = session;
  if (session.kind === 'pool') {
    const rollout = createWatchedPool(session.spec, session.dataset, target, { threads }, watched);
    return { rollout, first: windows };
  }
  const { spec, dataset, scenarios } = session;
  if (scenarios === null)
    return { rollout: createRollout(watched(spec), dataset, target, { threads }), first: windows };
  const laid = scenarios.laid(windows);
  const rollout = createWatchedPool(scenarios.spec, laid.data, target, { threads }, watched);
  return { rollout, first: laid.windows };
}

export const keptLine = ({ name, off, isKept }: Kept): string =>
  `identity ${name}: off by ${off.toExponential(1)} of its scale at most: ${isKept ? 'kept to rounding' : 'NOT KEPT'}`;
