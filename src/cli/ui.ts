/** Floor 6. `poolgrad ui`: the page in a browser, with the files of a folder. */
import { join } from 'node:path';
import { Command } from 'commander';
import { printToStderr } from '../terminal.js';
import { interruptible } from './interruptible.js';
import { jsonOption, packageRoot, parsePort } from './shared.js';
import { print } from './streams.js';

interface Flags {
  readonly port: number;
  readonly json: boolean;
}

export function uiCommand(): Command {
  return new Command('ui')
    .description('the page in your browser: pools with sliders, training, and the runs of a folder as they progress')
    .argument('[folder]', 'whose datasets, configs, checkpoints and reports the page shows', '.')
    .option('--port <n>', '0 for any that is free', parsePort, 8711)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad ui                                 then open http://127.0.0.1:8711
  $ poolgrad ui ~/pools --port 8800
  $ poolgrad train my-pool.yaml & poolgrad ui   the training is under Runs, with its curves, while it runs
  $ poolgrad ui --port 0 --json                 {"url": …, "folder": …} once it listens

It listens on this machine alone (127.0.0.1), writes nothing, and runs no code of your files. Nothing that the page shows
or loads leaves the machine. From another machine: ssh -L 8711:127.0.0.1:8711 you@there.`,
    )
    .action(async (folder: string, flags: Flags) => {
      const { runUi } = await import('../app/ui.js');
      const onListening = (url: string) => {
        if (flags.json) print(JSON.stringify({ url, folder }));
        else printToStderr(`${folder} at ${url}; stop with Ctrl-C`);
      };
      const page = join(packageRoot(), 'dist/web');
      await interruptible((signal) => runUi({ folder, page, port: flags.port, signal, onListening }), 'stopped');
      // who is told to stop, and does, has not failed
      process.exitCode = 0;
    });
}
