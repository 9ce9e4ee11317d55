/** Floor 6. `poolgrad data resample`: a dataset on a coarser grid. */
import { basename } from 'node:path';
import { Command } from 'commander';
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

Rows begin on the clock (00:00, 00:05, …, UTC); at both ends those that are not whole are left out. Finer rows cannot be made
of coarser ones. Training and simulation step by the rows of a dataset, whatever these are.`,
    )
    .action(run);
}

async function run(path: string, flags: ResampleFlags): Promise<void> {
  const { encodeDataset, loadDataset } = await import('../../data/dataset-file.js');
  const { resample } = await import('../../data/resample.js');
  const { formatDuration, parseDuration } = await import('../../data/time.js');
  const interval = parseDuration(flags.interval, '--interval');
  const output = await claimDataset(flags.out, [path]);
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
