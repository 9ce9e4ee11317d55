/** Floor 5. The events of a training run on a terminal: a bar, or plain lines elsewhere. */
import type { SingleBar } from 'cli-progress';
import { inline } from '../terminal.js';
import { describeEvent, stepText, type Told } from './event-text.js';
import type { TrainEvent } from './events.js';

export interface ProgressRenderer {
  onEvent(event: TrainEvent): void;
  /** A line of another's between them. */
  note(text: string): void;
  /** Ends the bar; further events are not shown. */
  stop(): void;
}

/** The part of a stream that is written to. */
export type TextStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Seconds between two plain progress lines. */
const INTERVAL = 10;

/** A renderer for the stream: with a bar if it is a terminal. */
export async function progressRenderer(stream: TextStream, told: Told): Promise<ProgressRenderer> {
  if (stream.isTTY !== true) return plainRenderer(stream, told);
  const { SingleBar } = (await import('cli-progress')).default;
  return barRenderer(stream, told, (format) => new SingleBar({ stream, format, hideCursor: true, barsize: 20 }));
}

/** One line for each validation and each warning, and at least every ten seconds one on progress, within steps too. */
export function plainRenderer(stream: TextStream, told: Told): ProgressRenderer {
  const began = performance.now() / 1000;
  let lastLine = -Infinity;
  let validated = false;
  return {
    onEvent(event) {
      if (event.kind === 'validation') {
        validated = true;
        return;
      }
      const now = performance.now() / 1000;
      if (event.kind === 'progress' || event.kind === 'share') {
        const isWhole = event.kind === 'progress';
        const isMarked = isWhole && (validated || event.iteration === event.iterations);
        if (!isMarked && now - Math.max(lastLine, isWhole ? -Infinity : began) < INTERVAL) return;
        lastLine = now;
        validated = validated && !isWhole;
      }
      stream.write(`${inline(describeEvent(event, told))}\n`);
    },
    note(text) {
      stream.write(`${inline(text)}\n`);
    },
    stop() {},
  };
}

function barRenderer(stream: TextStream, told: Told, create: (format: string) => SingleBar): ProgressRenderer {
  const bar = create('{bar} {text}');
  let started = false;
  let before = '';
  const show = (at: number, of: number, text: string) => {
    const payload = { text: inline(text) };
    if (started) bar.update(at, payload);
    else bar.start(of, at, payload);
    started = true;
  };
  const print = (text: string) => {
    // over the bar's line; the bar is drawn again below
    stream.write(`\r\u001b[K${inline(text)}\n`);
  };
  return {
    onEvent(event) {
      if (event.kind === 'validation') return;
      const text = describeEvent(event, told);
      if (event.kind === 'share') {
        const at = event.iteration + (event.doing === 'gradient' ? event.share : 1);
        return show(
          Math.min(at, event.iterations),
          event.iterations,
          before === '' ? text : `${before} · ${stepText(event, told)}`,
        );
      }
      if (event.kind !== 'progress') return print(text);
      before = text;
      show(event.iteration, event.iterations, text);
    },
    note: print,
    stop() {
      if (started) bar.stop();
      started = false;
    },
  };
}
