/** Floor 5½. `serve`: a market of compute over HTTP. */
import { loadMarket } from '../config/market.js';
import type { JobOutput, ServeOptions } from './options.js';

export async function runServe({ market: path, log, host, port, signal, tell }: ServeOptions): Promise<JobOutput> {
  const market = await loadMarket(path);
  // the server's library is loaded by nobody else
  const { serveMarket } = await import('../live/market/serve.js');
  const at = log ?? `${path.replace(/\.(ya?ml|json)$/, '')}.log`;
  const onListening = (url: string, sequence: number) =>
    tell(`serving ${path} at ${url}, log ${at} with ${sequence} trades; stop with Ctrl-C`);
  const sequence = await serveMarket({ market, log: at, host, port, signal, tell, onListening });
  return { text: `stopped: ${sequence} trades in ${at}`, json: { log: at, sequence } };
}
