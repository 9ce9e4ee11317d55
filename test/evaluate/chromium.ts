/**
 * Pages in a real browser, for tests: Chromium over its debugging pipe, where one is installed. No package needed:
 * messages are JSON that ends in a zero byte, on the file descriptors 3 (to it) and 4 (from it).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** The path of an installed Chromium, or null. */
export const chromium: string | null =
  ['chromium', 'chromium-browser', 'google-chrome']
    .map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout?.trim())
    .find((path) => path) ?? null;

/** What the browser wants to know of keys: a code, and the text that they type. */
const KEYS = { Enter: [13, '\r'], ' ': [32, ' '], Home: [36, ''], End: [35, ''], Escape: [27, ''] } as const;

type Json = Record<string, unknown>;
type Send = (method: string, params?: Json, sessionId?: string) => Promise<Json>;

export interface BrowserPage {
  /** Opens a file in a window of this size, in light or dark. */
  open(file: string, width: number, height: number, scheme?: 'light' | 'dark', script?: boolean): Promise<void>;
  /** The value of an expression in the page, which has to be JSON. */
  ask<T>(expression: string): Promise<T>;
  /** Moves the mouse to a place in the window. */
  move(x: number, y: number): Promise<void>;
  /** Presses and releases a key. */
  press(key: keyof typeof KEYS): Promise<void>;
  /** A PNG of the page from `top` on, or of all of it. */
  picture(top?: number, height?: number): Promise<Buffer>;
  /** What the console and the security policy complained about since the page was opened. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Sends commands and waits for their answers; events go to `onEvent`. */
function connection(child: ChildProcess, onEvent: (message: Json) => void): Send {
  const waiting = new Map<number, { resolve(result: Json): void; reject(error: Error): void }>();
  let [next, rest] = [0, ''];
  (child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop()!;
    for (const message of messages.map((m) => JSON.parse(m) as Json)) {
      const call = waiting.get(message.id as number);
      if (call === undefined) onEvent(message);
      else if (message.error === undefined) call.resolve(message.result as Json);
      else call.reject(new Error(JSON.stringify(message.error)));
    }
  });
  return (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      (child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
}

/** A page of a fresh Chromium. Throws where none is installed. */
export async function launch(): Promise<BrowserPage> {
  if (chromium === null) throw new Error('chromium: expected to be installed');
  const profile = mkdtempSync(join(tmpdir(), 'poolgrad-chromium-'));
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--remote-debugging-pipe'];
  const child = spawn(chromium, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const complaints: string[] = [];
  let loaded = () => {};
  const send = connection(child, ({ method, params }) => {
    if (method === 'Page.loadEventFired') loaded();
    if (method === 'Log.entryAdded' || method === 'Runtime.exceptionThrown') complaints.push(JSON.stringify(params));
  });
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  const tell = (method: string, params?: Json) => send(method, params, sessionId as string);
  for (const domain of ['Page', 'Runtime', 'Log']) await tell(`${domain}.enable`);
  return {
    complaints,
    async open(file, width, height, scheme = 'light', script = true) {
      await tell('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 });
      await tell('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
      await tell('Emulation.setScriptExecutionDisabled', { value: !script });
      complaints.length = 0;
      const done = new Promise<void>((resolve) => {
        loaded = resolve;
      });
      await tell('Page.navigate', { url: `file://${file}` });
      await done;
    },
    async ask<T>(expression: string) {
      const { result } = await tell('Runtime.evaluate', { expression, returnByValue: true });
      return (result as { value: T }).value;
    },
    async move(x, y) {
      await tell('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
    },
    async press(key) {
      const [code, text] = KEYS[key];
      const params = { key, windowsVirtualKeyCode: code };
      await tell('Input.dispatchKeyEvent', { ...params, type: 'keyDown', ...(text && { text }) });
      await tell('Input.dispatchKeyEvent', { ...params, type: 'keyUp' });
    },
    async picture(top = 0, height = 0) {
      const { cssContentSize } = (await tell('Page.getLayoutMetrics')) as { cssContentSize: Json };
      const clip = { ...cssContentSize, y: top, height: height || cssContentSize.height, scale: 1 };
      const { data } = await tell('Page.captureScreenshot', { captureBeyondViewport: true, clip });
      return Buffer.from(data as string, 'base64');
    },
    async close() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      await send('Browser.close').catch(() => {});
      await gone;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
