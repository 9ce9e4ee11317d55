/** The functions that we use of packages that ship no types. */

/** The LZ4 *frame* format, as Arrow wants it. */
declare module 'lz4js' {
  export function decompress(data: Uint8Array, maxSize?: number): Uint8Array;
}

declare module 'asciichart' {
  interface Chart {
    plot(series: readonly number[], options?: { height?: number; format?: (x: number) => string }): string;
  }
  const asciichart: Chart;
  export default asciichart;
}
