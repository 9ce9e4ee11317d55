/** Floor 5. How far an evaluation is, on a terminal. */
import type { SingleBar } from 'cli-progress';
import { inline } from '../terminal.js';
import { duration } from '../train/event-text.js';
import type { TextStream } from '../train/progress.js';
import type { EvaluateProgress } from './work.js';

export interface EvaluateRenderer {
  /** @param name what is evaluated, where there are several */
  onProgress(progress: EvaluateProgress, name?: string): void;
  /** Ends the bar; nothing is shown afterwards. */
  stop(): void;
}

/** Seconds between two plain lines, and before the first. */
const INTERVAL = 10;

/** A bar on terminals; elsewhere a line every ten seconds, so nothing where it is done sooner. */
export async function evaluateRenderer(stream: TextStream): Promise<EvaluateRenderer> {
  if (stream.isTTY !== true) return plainLines(stream);
  const { SingleBar } = (await import('cli-progress')).default;
  return barLines(
    new SingleBar({ stream, format: '{bar} {text}', hideCursor: true, barsize: 20, clearOnComplete: true }),
  );
}

/** @param clock seconds, for tests */
export function plainLines(stream: TextStream, clock = () => performance.now() / 1000): EvaluateRenderer {
  let last = clock();
  return {
    onProgress(progress, name) {
      if (clock() - last < INTERVAL) return;
      last = clock();
      stream.write(`${describe(progress, name)}\n`);
    },
    stop() {},
  };
}

function barLines(bar: SingleBar): EvaluateRenderer {
  let started = false;
  return {
    onProgress(progress, name) {
      const text = describe(progress, name);
      if (started) bar.update(progress.share, { text });
      else bar.start(1, progress.share, { text });
      started = true;
    },
    stop() {
      if (started) bar.stop();
      started = false;
    },
  };
}

/** evaluating a.json: fee grid, 42 % · 12 s left */
function describe({ doing, share, etaSeconds }: EvaluateProgress, name?: string): string {
  const left = Number.isFinite(etaSeconds) ? ` · ${duration(etaSeconds)} left` : '';
  return inline(`evaluating${name === undefined ? '' : ` ${name}`}: ${doing}, ${Math.floor(100 * share)} %${left}`);
}
