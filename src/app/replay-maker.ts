/** Floor 5½. `evaluate` and `simulate` of a maker on a recording: quotes fill when recorded trades reach them. */
import { basename } from 'node:path';
import { quotedBy } from '../../kernels/makers/quoted.js';
import { readArrowTable } from '../data/column-table.js';
import { onDisk } from '../data/on-disk.js';
import type { Recording } from '../data/recording/recording.js';
import { isRecordingTable } from '../data/recording/recording-columns.js';
import { recordingOf } from '../data/recording/recording-file.js';
import { formatDuration } from '../data/time.js';
import { UserError } from '../errors.js';
import { compareMakers, isMaker, type MakerComparison } from '../evaluate/makers/compare.js';
import { makerSections } from '../evaluate/makers/page.js';
import { checkReplay, medianSize, type Replay, replayOf } from '../evaluate/makers/replay.js';
import { comparisonJson, comparisonText } from '../evaluate/makers/text.js';
import { evaluateRenderer } from '../evaluate/progress.js';
import { formatDate, formatNumber } from '../evaluate/report/format.js';
import { type Figure, figureOf } from '../evaluate/windows/figures.js';
import { renderWindows, verdict, withError } from '../evaluate/windows/page.js';
import { type Fans, fansOf } from '../evaluate/windows/paths.js';
import { claimOutput } from '../files/output.js';
import { REPLAYED } from '../makers/replay.js';
import { minutesOf } from '../rollout/clock.js';
import { completeSpec } from '../rollout/spec.js';
import { withTurns } from '../targets/resumable.js';
import { VERSION } from '../version.js';
import { about, jsonOf } from './evaluate-windows.js';
import { rowsBetween } from './every.js';
import { inputsOf, withNotes } from './files.js';
import type { EvaluateOptions, JobOutput, ReplayFlags, SimulateOptions } from './options.js';
import type { SystemSession } from './prepared.js';
import { openCheckpoint, openSource, type Source } from './source.js';
import { writeTable } from './table.js';

interface Found {
  readonly path: string;
  readonly recording: Recording;
}

/** The recording at a path; null where there is another file, or none is named. */
export async function recordingAt(path: string | undefined): Promise<Found | null> {
  if (path === undefined || !path.endsWith('.arrow')) return null;
  const table = await readArrowTable(onDisk(path));
  return isRecordingTable(table) ? { path, recording: recordingOf(table, basename(path)) } : null;
}

/** All of a touch's size stands ahead where nothing is said. */
const QUEUE = 1;

export function refuseReplayFlags({ queue, lot }: ReplayFlags): void {
  const given = queue !== undefined ? '--queue' : lot !== undefined ? '--lot' : null;
  if (given === null) return;
  throw new UserError(
    `${given}: expected with --data of a recording of trades, got none; leave it out, or name one`,
    2,
  );
}

/** The session as that of a maker, and the recording as its market. */
function replayIn({ session }: Source, { path, recording }: Found, { queue = QUEUE, lot }: ReplayFlags) {
  if (session.kind !== 'system' || !isMaker(session.spec)) {
    session.rollout.dispose();
    throw new UserError(
      `--data: a maker was expected with ${path}, a recording of trades, got ${session.config.title}; name a dataset of prices`,
      2,
    );
  }
  const spec = completeSpec(session.spec);
  checkReplay(spec.settings);
  const { trades, tops } = recording;
  if (trades === null) {
    throw new UserError(
      `${basename(path)}: a recording with trades was expected, as they fill quotes, got tops alone; import trades with them`,
    );
  }
  if (!(queue >= 0 && queue <= 1)) throw new UserError(`--queue: a share from 0 to 1 was expected, got ${queue}`, 2);
  const market = { trades, tops };
  const choice = { queue, lot: lot ?? medianSize(market) };
  if (!(choice.lot > 0)) throw new UserError(`--lot: units above 0 were expected, got ${choice.lot}`, 2);
  return { session, spec, replay: replayOf(market, choice, spec.clock.interval / 1000) };
}

/** What fills are made of, for those who read figures of them. */
const rulesText = ({ queue, lot }: Replay, hasTops: boolean): string =>
  `fills: when recorded trades reach a quote; a lot is ${formatNumber(lot)} units; ${
    hasTops
      ? `${formatNumber(100 * queue)} % of the touch’s size stands ahead`
      : `without tops the mid is between the last prices paid, and ${queue > 0 ? 'trades at a quote’s own price do not fill it' : 'nothing stands ahead'}`
  }; nobody answers the quotes; money is for lots of one unit`;

interface Replayed {
  readonly session: SystemSession;
  readonly spec: SystemSession['spec'];
  readonly replay: Replay;
}

/** Paths of one set. */
function pathsOf({ session, spec, replay }: Replayed, raw: Float64Array) {
  const { layout } = session.rollout;
  const prefix = `${spec.system.name}.`;
  const values = Object.fromEntries(
    Object.entries(layout.values(raw)).map(([name, x]) => [name.replace(prefix, ''), x]),
  );
  const quotes = quotedBy(spec, layout, raw);
  return (window: number, rows: number, every: number) =>
    replay.path(quotes, values, spec.settings, window, rows, every);
}

export async function evaluateReplay(found: Found, options: EvaluateOptions): Promise<JobOutput> {
  const source = await openCheckpoint(options.checkpoint, { ...options, data: undefined });
  const told = replayIn(source, found, options);
  const { session, spec, replay } = told;
  const { raw } = source;
  const inputs = [options.checkpoint, found.path, ...inputsOf(session)];
  const output = await claimOutput({ path: options.out, kind: 'report', flag: '--out', inputs });
  const progress = options.json ? null : await evaluateRenderer(process.stderr);
  try {
    const windowRows = Math.min(session.windows.rows, replay.steps + 1);
    const windows = Int32Array.from({ length: Math.floor(replay.steps / (windowRows - 1)) }, (_, w) => w);
    const figures = figuresBy(told, [raw, session.initial], windows, windowRows);
    const own = pathsOf(told, raw);
    const rollout = {
      path: (_: Float64Array, window: number, rows: number, every: number) => own(window, rows, every),
    };
    const fixed = { windows, windowRows };
    const fans = await fansOf(rollout, raw, fixed, spec.system.observes, spec, async () => {});
    const { target, initial } = session;
    const asked = { spec, data: null, target, options: {}, raw, initial, ...fixed, replay };
    const makers = await withTurns(compareMakers(asked), {
      onShare: (share) =>
        progress?.onProgress({ doing: 'rivals', share: Math.min(share, 0.99), etaSeconds: Number.NaN }),
    });
    progress?.stop();
    const rules = rulesText(replay, found.recording.tops !== null);
    const warnings = [...source.warnings, rules];
    const windowsText = `${windows.length} windows of ${windowRows - 1} steps of ${basename(found.path)}`;
    await output.write(
      await pageOf(told, source, {
        found,
        figures,
        fans,
        makers,
        warnings,
        windowsText,
        checkpoint: options.checkpoint,
      }),
    );
    const [objective] = figures;
    const text = [
      `${objective.name} on ${windowsText}: ${withError(objective.tuned)}`,
      verdict(objective),
      ...comparisonText(makers),
      ...warnings.map((note) => `note: ${note}`),
      `report ${options.out}`,
    ];
    const json = {
      out: options.out,
      windows: { count: windows.length, steps: windowRows - 1, data: 'recording' },
      recording: { file: found.path, hash: found.recording.hash, queue: replay.queue, lot: replay.lot },
      headline: { metric: objective.name, ...jsonOf(objective) },
      figures: Object.fromEntries(figures.map((f) => [f.name, jsonOf(f)])),
      makers: comparisonJson(makers),
      warnings,
    };
    return withNotes({ text: text.join('\n'), json }, [...source.notes, ...output.notes]);
  } finally {
    progress?.stop();
    session.rollout.dispose();
  }
}

/** The objective, and what is shown at the end of each window, of both sets. */
function figuresBy(
  told: Replayed,
  sets: readonly [Float64Array, Float64Array],
  windows: Int32Array,
  rows: number,
): Figure[] {
  const { spec, session } = told;
  const alphas = sets.map((raw) => session.rollout.layout.values(raw)[`${spec.system.name}.alpha`]?.[0] ?? 0);
  const byWindow = sets.map((raw) => {
    const path = pathsOf(told, raw);
    return Array.from(windows, (w) => path(w, rows, rows - 1).observed);
  });
  const of = (read: (set: number, window: number) => number) =>
    Float64Array.from({ length: 2 * windows.length }, (_, k) => read(k % 2, k >> 1));
  const objective = (set: number, w: number) => {
    const { score, q } = byWindow[set][w];
    return score[score.length - 1] - alphas[set] * q[q.length - 1] ** 2;
  };
  return [
    figureOf('maker_objective', 'money made, less the penalties of the inventory', 'objective', of(objective)),
    ...REPLAYED.filter((name) => name !== 'state').map((name) =>
      figureOf(
        name,
        spec.system.observes[name],
        'observed',
        of((set, w) => {
          const x = byWindow[set][w][name];
          return x[x.length - 1];
        }),
      ),
    ),
  ];
}

interface Said {
  readonly found: Found;
  readonly figures: readonly Figure[];
  readonly fans: Fans;
  readonly makers: MakerComparison;
  readonly warnings: readonly string[];
  readonly windowsText: string;
  readonly checkpoint: string;
}

const pageOf = (
  { session, replay }: Replayed,
  source: Awaited<ReturnType<typeof openCheckpoint>>,
  { found: { path, recording }, figures, fans, makers, warnings, windowsText, checkpoint }: Said,
) =>
  renderWindows({
    ...about(session, source.raw, source.checkpoint),
    ...{ warnings, windows: windowsText, interval: session.config.clock.interval, figures, fans },
    sections: (kit) => makerSections(kit, makers),
    facts: [
      ['checkpoint', checkpoint],
      ['recording', `${path}, ${recording.asset}, from ${formatDate(replay.start)}`],
      ['recording hash', recording.hash],
      ['trained with', `poolgrad ${source.checkpoint.program}`],
    ],
    version: VERSION,
    generated: new Date().toISOString(),
  });

/** One path through all of the recording. */
export async function simulateReplay(found: Found, options: SimulateOptions): Promise<JobOutput> {
  const stray = (['through', 'check'] as const).find((flag) => options[flag] === true);
  if (stray !== undefined || options.scenario !== undefined) {
    throw new UserError(`--${stray ?? 'scenario'}: expected none with a recording of trades; leave it out`, 2);
  }
  const source = await openSource(options.source, { ...options, data: undefined });
  const told = replayIn(source, found, options);
  const { session, replay, spec } = told;
  try {
    const every = rowsBetween(options.every, spec.clock.interval, replay.steps + 1);
    const inputs = [options.source, found.path, ...inputsOf(session)];
    const output = await claimOutput({ path: options.out, kind: 'table', flag: '--out', inputs });
    const { rows, observed } = pathsOf(told, source.raw)(0, replay.steps + 1, every);
    const times = { start: Math.round(replay.start), interval: spec.clock.interval };
    const columns = await writeTable(output, times, rows, observed);
    const rules = rulesText(replay, found.recording.tops !== null);
    const last = Object.fromEntries(Object.entries(observed).map(([name, x]) => [name, x[x.length - 1]]));
    const json = {
      ...{ out: options.out, rows: rows.length, every: minutesOf(spec.clock, every) },
      recording: { file: found.path, hash: found.recording.hash, queue: replay.queue, lot: replay.lot },
      ...{ last, columns, warnings: [...source.warnings, rules] },
    };
    const text = [
      `${options.out}: ${rows.length} rows, one every ${formatDuration(every * spec.clock.interval)}, of ${basename(found.path)}; columns ${columns.join(', ')}`,
      ...[...source.warnings, rules].map((note) => `note: ${note}`),
    ];
    return withNotes({ text: text.join('\n'), json }, [...source.notes, ...output.notes]);
  } finally {
    session.rollout.dispose();
  }
}
