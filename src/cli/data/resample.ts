/** Floor 6. `poolgrad data resample`: a dataset on a coarser grid, or one of the prices of a recording. */
import { basename } from 'node:path';
import { Command } from 'commander';
import { UserError } from '../../errors.js';
import type { Output } from '../../files/output.js';
import { claimDataset, printDataset } from './output.js';

interface ResampleFlags {
  out: string;
  interval: string;
  sum?: string;
  json?: boolean;
}

export function resampleCommand(): Command {
  return new Command('resample')
    .description('make longer rows of shorter ones: the last close, the sum of the volumes')
    .argument('<dataset>', 'an Arrow file made by data import or data synth')
    .requiredOption('-o, --out <file>', 'the dataset to write (.arrow)')
    .requiredOption('--interval <duration>', 'time between its rows, e.g. 1m, 5m, 1h: a whole number of rows')
    .option('--sum <names>', 'series that are added up, comma-separated (of the others the last value stands)')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad data resample seconds.arrow --interval 1m --out minutes.arrow
  $ poolgrad data resample costs.arrow --interval 5m --sum gas --out costs-5m.arrow
  $ poolgrad data resample btc-trades.arrow --interval 1s --out btc-1s.arrow

Rows begin on the clock (00:00, 00:05, …, UTC); at both ends those that are not whole are left out. Finer rows cannot be made
of coarser ones. A recording becomes mids where it has tops of the book, else last trades. Training and simulation step by the rows of a dataset, whatever these are.`,
    )
    .action(run);
}

async function run(path: string, flags: ResampleFlags): Promise<void> {
  const { loadDataset } = await import('../../data/dataset-file.js');
  const { encodeDataset } = await import('../../data/dataset-form.js');
  const { resample } = await import('../../data/resample.js');
  const { formatDuration, parseDuration } = await import('../../data/time.js');
  const interval = parseDuration(flags.interval, '--interval');
  const output = await claimDataset(flags.out, [path]);
  const { isRecordingFile } = await import('../../data/recording/recording-file.js');
  if (await isRecordingFile(path)) return resampleRecording(path, flags, { output, interval });
  const source = await loadDataset(path);
  const sum = flags.sum === undefined ? [] : flags.sum.split(',').map((name) => name.trim());
  const words = ['--interval', flags.interval, ...(flags.sum === undefined ? [] : ['--sum', flags.sum])];
  const recipe = ['poolgrad data resample', basename(path), ...words, '--out', basename(flags.out)].join(' ');
  const { dataset, each, before, after } = resample(source, { interval, sum, recipe });
  await output.write(await encodeDataset(dataset));
  const { rows, hash } = dataset;
  const made = `${rows} rows of ${formatDuration(interval)}, each of ${each} of ${formatDuration(source.interval)}`;
  const left = before + after === 0 ? '' : `; ${before} at the beginning and ${after} at the end make no whole row`;
  printDataset(
    output,
    { text: `${made}${left}\nhash: ${hash}`, json: { rows, interval, hash, before, after } },
    { asJson: flags.json },
  );
}

async function resampleRecording(
  path: string,
  flags: ResampleFlags,
  { output, interval }: { readonly output: Output; readonly interval: number },
): Promise<void> {
  const { encodeDataset } = await import('../../data/dataset-form.js');
  const { pricesOf } = await import('../../data/recording/prices.js');
  const { loadRecording } = await import('../../data/recording/recording-file.js');
  const { formatDuration } = await import('../../data/time.js');
  if (flags.sum !== undefined) {
    throw new UserError('--sum: expected with a dataset that has series, got a recording; leave it out', 2);
  }
  const words = ['--interval', flags.interval, '--out', basename(flags.out)];
  const recording = await loadRecording(path);
  const recipe = ['poolgrad data resample', basename(path), ...words].join(' ');
  const dataset = pricesOf(recording, interval, recipe);
  await output.write(await encodeDataset(dataset));
  const { rows, hash, meta, assets } = dataset;
  const filled = Number(meta[`filled.${assets[0]}`]);
  const of = recording.tops === null ? 'last trades' : 'mids';
  const text = `${rows} rows of ${formatDuration(interval)}, ${of} of ${assets[0]}; ${filled} without an event are filled\nhash: ${hash}`;
  printDataset(output, { text, json: { rows, interval, hash, filled } }, { asJson: flags.json });
}
