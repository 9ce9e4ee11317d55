/** Floor 5. How far an evaluation is: rows of roll-outs, what they are for, and how long the rest will take. */
import type { SingleBar } from 'cli-progress';
import { inline } from '../terminal.js';
import { duration, type TextStream } from '../train/progress.js';

export interface EvaluateProgress {
  /** What the roll-outs are for at the moment, such as `fee grid`. */
  readonly doing: string;
  /** From 0 to 1. */
  readonly share: number;
  readonly etaSeconds: number;
}

/** Counts the rows that roll-outs have gone through, against those that are expected. */
export class Work {
  private readonly began = performance.now();
  private done = 0;
  private doing = '';

  /** @param expected rows of all roll-outs; where more come, the rest is unknown and the share stays just below 1 */
  constructor(
    private readonly expected: number,
    private readonly onProgress: (progress: EvaluateProgress) => void = () => {},
  ) {}

  /** What comes next. */
  begin(doing: string): void {
    this.doing = doing;
    this.tell();
  }

  /** Rows that a roll-out went through. */
  add(rows: number): void {
    this.done += rows;
    this.tell();
  }

  private tell(): void {
    const share = Math.min(this.done / this.expected, 0.99);
    const seconds = (performance.now() - this.began) / 1000;
    const etaSeconds = this.done === 0 ? Number.NaN : (seconds * (1 - share)) / share;
    this.onProgress({ doing: this.doing, share, etaSeconds });
  }
}

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
