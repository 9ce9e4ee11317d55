/** Floor 6. All commands of `poolgrad`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { dataCommand } from './data/index.js';
import { doctorCommand } from './doctor.js';
import { evaluateCommand } from './evaluate.js';
import { exportCommand } from './export.js';
import { fitCommand } from './fit.js';
import { hjbCommand } from './hjb.js';
import { initCommand } from './init.js';
import { quoteCommand } from './quote.js';
import { regimesCommand } from './regimes.js';
import { serveCommand } from './serve.js';
import { packageRoot } from './shared.js';
import { simulateCommand } from './simulate.js';
import { startCommand } from './start.js';
import { studyCommand } from './study.js';
import { trainCommand } from './train.js';
import { uiCommand } from './ui.js';
import { verifyCommand } from './verify.js';
import { weightsCommand } from './weights.js';

/** A fresh one for each command line: commander keeps what it parsed. */
export function poolgradCommand(): Command {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));

  return (
    new Command('poolgrad')
      // flags after a subcommand are its own, also where a command above has one of that name
      .enablePositionalOptions()
      .description('Trains the parameters of automated market makers on price history.')
      .version(version)
      .addCommand(startCommand())
      .addCommand(initCommand())
      .addCommand(dataCommand())
      .addCommand(trainCommand())
      .addCommand(evaluateCommand())
      .addCommand(exportCommand())
      .addCommand(fitCommand())
      .addCommand(regimesCommand())
      .addCommand(simulateCommand())
      .addCommand(hjbCommand())
      .addCommand(weightsCommand())
      .addCommand(quoteCommand())
      .addCommand(serveCommand())
      .addCommand(uiCommand())
      .addCommand(studyCommand())
      .addCommand(verifyCommand())
      .addCommand(doctorCommand())
      .addHelpText(
        'after',
        `
Examples:
  $ poolgrad start                                   train, evaluate and export the shipped example
  $ poolgrad init my-pool.yaml --data prices.arrow   a commented config on your prices
  $ poolgrad train my-pool.yaml                      then evaluate and export the checkpoint
  $ poolgrad train --help                            every command explains itself by examples`,
      )
  );
}
