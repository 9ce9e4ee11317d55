/** Floor 5½. `evaluate` of any system: its test windows or fresh scenarios, beside the untrained start, as HTML. */
import { DAY } from '../data/time.js';
import { UserError } from '../errors.js';
import { compareMakers, isMaker, type MakerComparison } from '../evaluate/makers/compare.js';
import { makerSections } from '../evaluate/makers/page.js';
import { comparisonJson, comparisonText } from '../evaluate/makers/text.js';
import { marketSections } from '../evaluate/market/page.js';
import { isMarket, shockOf, traceOf } from '../evaluate/market/trace.js';
import { parameterRows } from '../evaluate/present.js';
import { type EvaluateRenderer, evaluateRenderer } from '../evaluate/progress.js';
import { besideOf, type Comparison } from '../evaluate/windows/beside.js';
import { besideJson, besideSection, besideText } from '../evaluate/windows/beside-text.js';
import { type Figure, figuresOf, QUANTILES, type Summary } from '../evaluate/windows/figures.js';
import { renderWindows, verdict, withError } from '../evaluate/windows/page.js';
import { type Fans, fansOf } from '../evaluate/windows/paths.js';
import { claimOutput } from '../files/output.js';
import { aggregateText } from '../rollout/aggregate.js';
import { completeSpec } from '../rollout/spec.js';
import { withTurns } from '../targets/resumable.js';
import { nextTurn } from '../targets/turn.js';
import type { Checkpoint } from '../train/checkpoint.js';
import { withoutGradient } from '../train/diagnose.js';
import type { FixedWindows } from '../train/windows.js';
import { VERSION } from '../version.js';
import { dataText, windowsText } from './data-text.js';
import { inputsOf, withNotes } from './files.js';
import { checkPaths } from './footprint.js';
import type { EvaluateOptions, JobOutput } from './options.js';
import type { SystemSession } from './prepared.js';
import type { Source } from './source.js';

export async function evaluateWindows(
  { session, raw, ...source }: Source & { readonly session: SystemSession; readonly checkpoint: Checkpoint },
  options: EvaluateOptions,
): Promise<JobOutput> {
  const windows = testWindows(session);
  const inputs = [options.checkpoint, ...inputsOf(session)];
  const output = await claimOutput({ path: options.out, kind: 'report', flag: '--out', inputs });
  const progress = options.json ? null : await evaluateRenderer(process.stderr);
  try {
    const { figures, fans } = await measured(session, raw, windows, progress);
    const makers = await besideRivals(session, raw, windows, progress);
    const beside = await besideOthers(session, raw, windows, progress);
    const market = marketOf(session, raw, windows);
    progress?.stop();
    const said = { ...about(session, raw, source.checkpoint), warnings: warningsOf(session, source, figures) };
    await output.write(
      await renderWindows({
        ...said,
        windows: windowsText(session, windows),
        interval: session.config.clock.interval,
        figures,
        // a market has pictures of its own
        fans: market === null ? fans : { ...fans, fans: [] },
        sections: (kit) => [
          ...(makers === null ? [] : makerSections(kit, makers)),
          beside !== null && besideSection(beside),
          ...(market === null ? [] : marketSections(kit, market)),
        ],
        facts: [
          ['checkpoint', options.checkpoint],
          ['data', dataText(session.config, session.dataset)],
          ...(session.dataset === null ? [] : [['dataset hash', session.dataset.hash] as [string, string]]),
          ['trained with', `poolgrad ${source.checkpoint.program}`],
          ['device', session.target.name],
        ],
        version: VERSION,
        generated: new Date().toISOString(),
      }),
    );
    const shown = {
      text: textOf(session, windows, { figures, makers, beside, warnings: said.warnings }, options.out),
      json: {
        out: options.out,
        windows: { count: windows.windows.length, steps: windows.windowRows - 1, data: session.config.data.kind },
        quantiles: QUANTILES,
        headline: { metric: figures[0].name, ...jsonOf(figures[0]) },
        figures: Object.fromEntries(figures.map((f) => [f.name, jsonOf(f)])),
        ...(makers === null ? {} : { makers: comparisonJson(makers) }),
        ...(beside === null ? {} : { beside: besideJson(beside) }),
        choice: said.choice,
        parameters: session.rollout.layout.values(raw),
        start: session.rollout.layout.values(session.initial),
        warnings: said.warnings,
        device: session.target.name,
      },
    };
    return withNotes(shown, [...source.notes, ...output.notes]);
  } finally {
    progress?.stop();
    session.rollout.dispose();
  }
}

function testWindows(session: SystemSession): FixedWindows {
  const windows = session.windows.test();
  if (windows !== null) return windows;
  session.rollout.dispose();
  throw new UserError(
    'evaluate: expected rows that training never saw, got a test split of 0; train anew with split.test above 0',
  );
}

async function measured(
  { rollout, spec, config, initial }: SystemSession,
  raw: Float64Array,
  windows: FixedWindows,
  progress: EvaluateRenderer | null,
): Promise<{ readonly figures: readonly Figure[]; readonly fans: Fans }> {
  checkPaths(config, spec, windows.windowRows);
  const told = (doing: string) => (share: number) =>
    progress?.onProgress({ doing, share: Math.min(share, 0.99), etaSeconds: Number.NaN });
  const shown = { ...spec.system.observes, ...spec.system.outcome };
  const scored = [
    { ...spec.objective, kind: 'objective' as const },
    ...spec.penalties.map(({ model }) => ({ ...model, kind: 'penalty' as const })),
    ...(spec.measured ?? []).map((model) => ({ ...model, kind: 'measured' as const })),
  ];
  const parts = figuresOf({ rollout, scored, shown, named: spec, windows, raw, initial });
  const figures = await withTurns(parts, { onShare: told('figures') });
  const fans = await fansOf(rollout, raw, windows, shown, spec, async (share) => {
    told('paths')(share);
    await nextTurn();
  });
  return { figures, fans };
}

/** Scenarios of so many steps in all are enough for figures of makers to three digits. */
const MAKER_STEPS = 400_000;

/** A maker beside its rivals; null of other systems. */
async function besideRivals(
  { spec, target, dataset, initial }: SystemSession,
  raw: Float64Array,
  { windows, windowRows }: FixedWindows,
  progress: EvaluateRenderer | null,
): Promise<MakerComparison | null> {
  if (!isMaker(spec)) return null;
  const some = windows.slice(0, Math.max(8, Math.floor(MAKER_STEPS / windowRows)));
  const asked = { spec: completeSpec(spec), data: dataset, target, options: {}, raw, initial };
  return withTurns(compareMakers({ ...asked, windows: some, windowRows }), {
    onShare: (share) => progress?.onProgress({ doing: 'rivals', share: Math.min(share, 0.99), etaSeconds: Number.NaN }),
  });
}

/** One window of a compute market and a shock to it; null of other systems. */
function marketOf({ spec, rollout, target, initial, config }: SystemSession, raw: Float64Array, windows: FixedWindows) {
  if (!isMarket(spec)) return null;
  return {
    trace: traceOf(rollout, raw, windows),
    shock: shockOf(completeSpec(spec), target, {}, { raw, initial, windows }),
    assets: config.assets,
    days: config.clock.interval / DAY,
  };
}

/** What the system itself names to compare with; null where it names nothing. */
async function besideOthers(
  { spec, rollout, target, dataset, initial }: SystemSession,
  raw: Float64Array,
  windows: FixedWindows,
  progress: EvaluateRenderer | null,
): Promise<Comparison | null> {
  const asked = { spec: completeSpec(spec), rollout, data: dataset, target, options: {}, raw, initial, windows };
  const compared = await withTurns(besideOf(asked), {
    onShare: (share) => progress?.onProgress({ doing: 'others', share: Math.min(share, 0.99), etaSeconds: Number.NaN }),
  });
  return compared.found;
}

/** What the page says of the training. */
export function about(
  { config, spec, rollout, initial, trainable }: SystemSession,
  raw: Float64Array,
  { state }: Checkpoint,
) {
  const { best, sets, history } = state;
  const over = aggregateText(config.over);
  const { penalty } = config;
  const bounds = Object.fromEntries(Object.entries(config.parameters).map(([name, p]) => [name, p.bounds]));
  return {
    title: spec.system.doc,
    subtitle: [config.title, config.assets.join(' · ')].join(' · '),
    choice: {
      set: best.set,
      sets,
      iteration: best.iteration,
      split: 'validation' as const,
      metric: spec.objective.name,
      ...(penalty === null ? {} : { penalty: `${penalty.weight} × ${penalty.model.name}` }),
      ...(over === null ? {} : { over }),
      value: best.validation,
    },
    training: [...history],
    parameters: parameterRows(rollout.layout, { raw, initial, trainable, bounds }),
  };
}

function warningsOf(
  { rollout, trainable, config }: SystemSession,
  { checkpoint, warnings }: Pick<Source, 'warnings'> & { readonly checkpoint: Checkpoint },
  figures: readonly Figure[],
): string[] {
  const idle = withoutGradient(rollout.layout, checkpoint.state.moved, trainable);
  const broken = figures.filter((f) => f.tuned.mean === null).map((f) => f.name);
  const few = config.data.kind === 'recorded';
  return [
    ...warnings,
    ...(idle.length === 0 ? [] : [`No gradient ever reached ${idle.join(', ')}: they stand where their sets started.`]),
    ...(broken.length === 0 ? [] : [`${broken.join(', ')}: a window leaves the finite numbers.`]),
    ...(few
      ? [
          'Windows of recorded rows follow on each other: standard errors take them as independent, which they may not be.',
        ]
      : []),
  ];
}

export const jsonOf = ({ kind, tuned, start, difference }: Figure) => ({
  kind,
  ...jsonSummary(tuned),
  start: jsonSummary(start),
  difference: jsonSummary(difference),
});

const jsonSummary = ({ mean, standardError, quantiles }: Summary) => ({ mean, standardError, quantiles });

/** Lines of a table: the rest is on the page and in --json. */
const MOST_LINES = 20;

function textOf(
  session: SystemSession,
  windows: FixedWindows,
  {
    figures,
    makers,
    beside,
    warnings,
  }: {
    readonly figures: readonly Figure[];
    readonly makers: MakerComparison | null;
    readonly beside: Comparison | null;
    readonly warnings: readonly string[];
  },
  out: string,
): string {
  const shown = figures.slice(0, MOST_LINES);
  const width = Math.max(24, ...shown.map((f) => f.name.length));
  const line = (name: string, cells: readonly string[]) =>
    `  ${name.padEnd(width)} ${cells.map((text) => text.padStart(24)).join(' ')}`;
  const [objective] = figures;
  return [
    `${objective.name} on ${windowsText(session, windows)}, held out: ${withError(objective.tuned)}`,
    verdict(objective),
    line('', ['tuned', 'before training', 'difference']),
    ...shown.map((f) => line(f.name, [f.tuned, f.start, f.difference].map(withError))),
    ...(figures.length > shown.length ? [`  … ${figures.length - shown.length} more: on the page, and by --json`] : []),
    ...(makers === null ? [] : comparisonText(makers)),
    ...(beside === null ? [] : besideText(beside)),
    ...warnings.map((text) => `note: ${text}`),
    `report ${out}`,
  ].join('\n');
}
