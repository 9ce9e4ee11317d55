/** Floor 6. `poolgrad data`: its commands, a file each. Readers are imported when they run, not for --help. */
import { Command } from 'commander';
import { attachCommand } from './attach.js';
import { calibrateCommand } from './calibrate.js';
import { importCommand } from './import.js';
import { inspectCommand } from './inspect.js';
import { resampleCommand } from './resample.js';
import { synthCommand } from './synth.js';

/** The `data` command with its subcommands. Actions throw UserError. */
export function dataCommand(): Command {
  return new Command('data')
    .enablePositionalOptions()
    .description('make, look at and use price datasets')
    .addCommand(importCommand())
    .addCommand(attachCommand())
    .addCommand(inspectCommand())
    .addCommand(resampleCommand())
    .addCommand(synthCommand())
    .addCommand(calibrateCommand());
}
