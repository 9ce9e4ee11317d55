/** Floor 6. `poolgrad data inspect`: what a dataset or a recording holds. */
import { Command } from 'commander';
import { print } from '../streams.js';

export function inspectCommand(): Command {
  return new Command('inspect')
    .description(
      'span, gaps, returns, volatility and correlations of a dataset, with a small plot; counts, rates and spreads of a recording',
    )
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
      const { isRecordingFile, loadRecording } = await import('../../data/recording/recording-file.js');
      if (await isRecordingFile(path)) {
        const { inspectRecording, recordingInspectionText } = await import('../../data/recording/inspect.js');
        const recording = await loadRecording(path);
        const found = inspectRecording(recording);
        return print(flags.json ? JSON.stringify(found, null, 2) : recordingInspectionText(recording, found));
      }
      const { loadDataset } = await import('../../data/dataset-file.js');
      const { inspectDataset } = await import('../../data/inspect.js');
      const dataset = await loadDataset(path);
      const inspection = inspectDataset(dataset);
      if (flags.json) return print(JSON.stringify(inspection, null, 2));
      const { inspectionText } = await import('../../data/inspect-text.js');
      print(inspectionText(dataset, inspection));
    });
}
