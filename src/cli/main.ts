#!/usr/bin/env node
/**
 * Floor 6. The `poolgrad` command. Commands import what they run when they run it: --help must not wait for TensorFlow.js.
 */
import { tuneEngine } from './engine.js';
import { poolgradCommand } from './program.js';
import { runMain } from './shared.js';
import { guardStreams } from './streams.js';

tuneEngine();
guardStreams();
await runMain(poolgradCommand(), process.argv);
