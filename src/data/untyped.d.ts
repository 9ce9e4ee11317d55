/** The functions that we use of packages that ship no types. */

/** The checksum of LZ4's frames. */
declare module 'lz4js/xxh32.js' {
  export function hash(seed: number, bytes: Uint8Array, from: number, length: number): number;
}

declare module 'asciichart' {
  interface Chart {
    plot(series: readonly number[], options?: { height?: number; format?: (x: number) => string }): string;
  }
  const asciichart: Chart;
  export default asciichart;
}
