/**
 * Floor 7. The folder that `poolgrad ui` serves the page with: what is in it, and the trainings that run, kept up by a stream. On
 * a static host there is none.
 */

import { signal } from '@preact/signals';
import type { Listing, RunNews, StreamEvents } from 'poolgrad/browser';
import { afterNews, type Run } from './run.js';

/** The server says so in the page, so that no other host is asked for what it has not. */
export const hasFolder = document.querySelector('meta[name="poolgrad-folder"]') !== null;

/** null until it has come. */
export const listing = signal<Listing | null>(null);
/** By the path of their journals. */
export const runs = signal<ReadonlyMap<string, Run>>(new Map());
/** Whether the server is there. */
export const isConnected = signal(true);

/** Where the bytes of a file of the folder are. */
export const fileUrl = (path: string): string => `files/${encoded(path)}`;
export const reportUrl = (path: string): string => `reports/${encoded(path)}`;

const encoded = (path: string) => path.split('/').map(encodeURIComponent).join('/');

let stream: EventSource | null = null;

/** From now on, for as long as the page is open. */
export function followFolder(): void {
  if (!hasFolder || stream !== null) return;
  stream = new EventSource('api/events');
  stream.onopen = () => {
    isConnected.value = true;
    // a new stream tells all anew
    runs.value = new Map();
  };
  stream.onerror = () => {
    isConnected.value = false;
  };
  on(stream, 'listing', (found) => {
    listing.value = found;
  });
  on(stream, 'run', (news: RunNews) => {
    runs.value = new Map(runs.value).set(news.path, afterNews(runs.value.get(news.path), news));
  });
  on(stream, 'gone', ({ path }) => {
    const rest = new Map(runs.value);
    rest.delete(path);
    runs.value = rest;
  });
}

function on<E extends keyof StreamEvents>(source: EventSource, event: E, take: (data: StreamEvents[E]) => void): void {
  source.addEventListener(event, ({ data }) => take(JSON.parse(data)));
}
