/** Floor 6. `poolgrad data inspect`: what a dataset holds. */
import { Command } from 'commander';
import { print } from '../streams.js';

export function inspectCommand(): Command {
  return new Command('inspect')
    .description('span, gaps, returns, volatility and correlations of a dataset, with a small plot')
    .argument('<dataset>', 'an Arrow file made by data import or data synth')
    .option('--json', 'print the figures as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad data inspect datasets/two-assets-90d.arrow
  $ poolgrad data inspect prices.arrow --json`,
    )
    .action(async (path: string, flags: { json?: boolean }) => {
      const { loadDataset } = await import('../../data/dataset-file.js');
      const { inspectDataset } = await import('../../data/inspect.js');
      const dataset = await loadDataset(path);
      const inspection = inspectDataset(dataset);
      if (flags.json) return print(JSON.stringify(inspection, null, 2));
      const { inspectionText } = await import('../../data/inspect-text.js');
      print(inspectionText(dataset, inspection));
    });
}
