/** Floor 5½. What checkpoints have to have in common to be compared, and what is to be said of what they have not. */
import { arbitrageurSettings } from '../../kernels/pools/arbitrageur.js';
import type { Dataset } from '../data/dataset.js';
import type { Split } from '../data/windows.js';
import { UserError } from '../errors.js';
import { formatDate, formatNumber } from '../evaluate/report/format.js';
import type { Subject } from './subject.js';

/** A subject by the name that it goes by in the comparison. */
export interface Named {
  readonly name: string;
  readonly subject: Subject;
}

export interface Ground {
  /** Rows [from, to) that are in the test split of all. */
  readonly test: readonly [number, number];
  readonly remarks: readonly string[];
}

/**
 * The rows that all subjects can be compared on.
 *
 * @throws UserError where their prices are not the same, or no rows are in the test split of all
 */
export function commonGround(named: readonly Named[]): Ground {
  checkPrices(named);
  const tests = named.map(({ subject }) => subject.session.split.test);
  const test = [Math.max(...tests.map(([from]) => from)), Math.min(...tests.map(([, to]) => to))] as const;
  const { dataset } = named[0].subject.session;
  const own = named.map(({ name, subject }) => `${name} ${span(dataset, subject.session.split.test)}`).join(', ');
  if (test[1] - test[0] < 2) {
    throw new UserError(
      `evaluate: rows in the test split of all were expected, got none in common (${own}); compare checkpoints of one split`,
    );
  }
  const apart = tests.some(([from, to]) => from !== test[0] || to !== test[1]);
  const cut = `The test splits differ (${own}): compared on the rows that are in all of them, which none has seen.`;
  return { test, remarks: [...(apart ? [cut] : []), ...objectives(named), ...assumptions(named)] };
}

/** The split of a subject with the test cut to the common rows; what comes before is simulated as it was. */
export const splitOn = (split: Split, test: Ground['test']): Split => ({
  ...split,
  validation: [split.validation[0], test[0]],
  test: [test[0], test[1]],
});

const span = ({ start, interval }: Dataset, [from, to]: readonly [number, number]): string =>
  `${formatDate(start + from * interval)} to ${formatDate(start + to * interval)}`;

function checkPrices(named: readonly Named[]): void {
  const [first, ...others] = named;
  for (const other of others) {
    const [a, b] = [first.subject.session, other.subject.session];
    if (a.dataset.hash === b.dataset.hash) continue;
    const alike = a.dataset.assets.join() === b.dataset.assets.join();
    const of = ({ name, subject: { session } }: Named) => {
      const { dataset, file } = session;
      return alike
        ? `${file} (hash ${dataset.hash.slice(0, 12)}…) for ${name}`
        : `${dataset.assets.join(', ')} for ${name}`;
    };
    const mend = alike ? 'give one dataset for all by --data' : 'compare pools of the same assets, in one order';
    throw new UserError(
      `evaluate: checkpoints on the same prices were expected, got ${of(first)} and ${of(other)}; ${mend}`,
    );
  }
}

/** `what: a 1, b 2`, where they differ. */
function unlike(named: readonly Named[], of: (subject: Subject) => string): string | null {
  const texts = named.map(({ subject }) => of(subject));
  if (new Set(texts).size === 1) return null;
  return named.map(({ name }, i) => `${name} ${texts[i]}`).join(', ');
}

function objectives(named: readonly Named[]): string[] {
  const differing = unlike(named, ({ choice: { metric, penalty, over } }) =>
    [metric, penalty && `less ${penalty}`, over].filter((part) => part !== undefined).join(' '),
  );
  return differing === null
    ? []
    : [`They were trained for different ends (${differing}): each tends to be ahead in its own.`];
}

/** Who trades with the pools, and at what cost: with unlike traders, figures compare assumptions. */
function assumptions(named: readonly Named[]): string[] {
  const flow = unlike(named, (subject) => {
    const { spec, rollout } = subject.session;
    if (spec.flow === null) return 'none';
    const values = Object.entries(rollout.layout.values(subject.raw)).flatMap(([name, [x]]): [string, number][] => {
      const [model, key] = name.split('.');
      return model === spec.flow?.name ? [[key, x]] : [];
    });
    const settings = Object.entries(spec.flow.settings ?? {}).map(([key, { default: standard }]): [string, number] => [
      key,
      rollout.spec.settings[key] ?? standard,
    ]);
    const told = [...settings, ...values].map(([key, x]) => `${key} ${formatNumber(x)}`);
    return `${spec.flow.name} (${told.join(', ')})`;
  });
  const settings = Object.entries(arbitrageurSettings).map(([key, { default: standard }]) => {
    const differing = unlike(named, ({ session }) => formatNumber(session.rollout.spec.settings[key] ?? standard));
    return differing && `${key}: ${differing}`;
  });
  const costs = ['gas', 'outsideFee'].map((key) => {
    const differing = unlike(named, ({ session: { spec, rollout }, raw }) =>
      formatNumber(rollout.layout.values(raw)[`${spec.pool.name}.${key}`]?.[0] ?? 0),
    );
    return differing && `${key}: ${differing}`;
  });
  const all = [flow && `flow: ${flow}`, ...settings, ...costs].filter((text) => text !== null);
  return all.length === 0
    ? []
    : [
        `They were simulated with different traders (${all.join('; ')}): figures that rest on fees compare these assumptions as well as the pools.`,
      ];
}
