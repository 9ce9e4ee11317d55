/** Floor 5½. `simulate` of a system that is no pool on recorded prices: one path of what it shows, over rows or a scenario. */
import { formatDuration } from '../data/time.js';
import { UserError } from '../errors.js';
import { labelsOf, type Named } from '../evaluate/windows/figures.js';
import { claimOutput } from '../files/output.js';
import { minutesOf } from '../rollout/clock.js';
import type { Path } from '../rollout/rollout.js';
import { checkIdentities, keptLine } from './check-identities.js';
import { rowsBetween } from './every.js';
import { inputsOf, withNotes } from './files.js';
import { checkPaths } from './footprint.js';
import type { JobOutput, SimulateOptions } from './options.js';
import type { SystemSession } from './prepared.js';
import type { Source } from './source.js';
import { columnsOf, writeTable } from './table.js';

export async function simulateSystem(
  { session, raw, warnings, notes }: Source & { readonly session: SystemSession },
  options: SimulateOptions,
): Promise<JobOutput> {
  const { rollout, spec, config, dataset, target } = session;
  const { clock } = config;
  try {
    const lane = laneOf(session, options);
    const every = rowsBetween(options.every, clock.interval, lane.rows);
    checkPaths(config, spec, Math.ceil(lane.rows / every));
    const output = await claimOutput({
      path: options.out,
      kind: 'table',
      flag: '--out',
      inputs: [options.source, ...inputsOf(session)],
    });
    const kept = options.check === true ? checkIdentities(session, raw) : [];
    const path = rollout.path(raw, lane.window, lane.rows, every);
    checkNumbers(path, config.title);
    const table = Object.entries(path.observed).map(([name, values]) =>
      columnsOf(values, columnNames(name, values.length / path.rows.length, spec)),
    );
    const times = { start: dataset?.start ?? null, interval: clock.interval };
    // of rows that have dates too, by which the file is known for a path
    const step = dataset === null ? {} : { step: Float64Array.from(path.rows) };
    const columns = await writeTable(output, times, path.rows, Object.assign(step, ...table));
    const rows = path.rows.length;
    const json = {
      out: options.out,
      rows,
      every: minutesOf(clock, every),
      ...(dataset === null ? { scenario: lane.window } : { dataset: dataset.hash }),
      last: Object.fromEntries(
        Object.entries(path.observed).map(([name, x]) => [name, [...x.slice(-x.length / rows)]]),
      ),
      columns,
      ...(options.check === true ? { identities: kept } : {}),
      device: target.name,
      warnings,
    };
    const lines = [
      `${options.out}: ${rows} rows, one every ${formatDuration(every * clock.interval)}${dataset === null ? `, of scenario ${lane.window}` : ''}; columns ${columns.join(', ')}`,
      ...kept.map(keptLine),
      ...warnings.map((warning) => `warning: ${warning}`),
    ];
    const shown = { text: lines.join('\n'), json, exitCode: kept.every((k) => k.isKept) ? 0 : 1 } as const;
    return withNotes(shown, [...notes, ...output.notes]);
  } finally {
    rollout.dispose();
  }
}

/** Where the path begins, and its rows: all of the data from training on, or one scenario. */
function laneOf(
  { config, windows, dataset }: SystemSession,
  { through, scenario }: SimulateOptions,
): { readonly window: number; readonly rows: number } {
  if (through === true) {
    throw new UserError(
      `--through: expected a pool on recorded prices, which starts afresh at each split without it, got ${config.title}; leave it out`,
      2,
    );
  }
  if (dataset === null) return { window: scenario ?? 0, rows: windows.rows };
  if (scenario !== undefined) {
    throw new UserError(`--scenario: expected none on recorded rows, got ${scenario}; leave it out`, 2);
  }
  const first = config.data.kind === 'recorded' ? config.data.split.burnInRows : 0;
  return { window: first, rows: dataset.rows - first };
}

/** Names of columns: `value`, `held_A`, `regime_1`. */
const columnNames = (name: string, numbers: number, named: Named): string[] =>
  labelsOf(name, numbers, named).map((label) => label.replace(`${name} `, `${name}_`));

function checkNumbers({ rows, observed }: Path, title: string): void {
  for (const [name, values] of Object.entries(observed)) {
    const at = values.findIndex((x) => !Number.isFinite(x));
    if (at < 0) continue;
    const row = rows[Math.floor((at * rows.length) / values.length)];
    throw new UserError(
      `simulate: finite ${name} of ${title} were expected, got ${values[at]} in row ${row}; its parameters lead out of the numbers: change them, or train anew`,
    );
  }
}
