/** Floor 6. `poolgrad start`: train, evaluate and export on the shipped config and data, to see how it goes. */
import { join } from 'node:path';
import { Command } from 'commander';
import { DEVICES } from '../config/device-words.js';
import { interruptible } from './interruptible.js';
import { deviceOption, shippedConfig } from './shared.js';
import { print } from './streams.js';

interface Flags {
  readonly device?: string;
  readonly dir: string;
}

export function startCommand(): Command {
  return new Command('start')
    .description('the whole way once: train, evaluate and export the shipped example')
    .option('-d, --dir <folder>', 'where checkpoint, report and export go', 'checkpoints')
    .addOption(deviceOption(DEVICES))
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad start
  $ poolgrad start --device reference --dir /tmp/first`,
    )
    .action(runStart);
}

async function runStart({ device, dir }: Flags): Promise<void> {
  const [{ runTrain }, { runEvaluate }, { runExport }] = await Promise.all([
    import('../app/train.js'),
    import('../app/evaluate.js'),
    import('../app/export.js'),
  ]);
  const file = (name: string) => join(dir, name);
  const common = { device, json: false };
  const stopped = await interruptible(async (signal) => {
    const config = shippedConfig('momentum');
    const trained = await runTrain({ ...common, config, out: file('momentum.json'), set: [], signal });
    print(trained.text);
    if (signal.aborted) return true;
    const { checkpoint } = trained;
    // webgpu trains, and leaves figures to what has float64
    const measuring = { ...common, device: device === 'webgpu' ? undefined : device };
    print((await runEvaluate({ ...measuring, checkpoint, out: file('momentum.html') })).text);
    const target = { to: 'json', out: file('momentum.pool.json'), strict: false, json: false };
    print((await runExport({ ...target, checkpoint })).text);
    return signal.aborted;
  });
  if (stopped) return;
  print('\nnext: poolgrad init my-pool.yaml, name your prices in it, poolgrad train my-pool.yaml');
}
