/** Floor 5. Headers by which a browser keeps the page, and what users load into it, to this server. */

/**
 * Nothing comes from elsewhere, goes elsewhere, or runs but the scripts of the page, which compile WebAssembly while they run and
 * start its threads as blobs. The page has the same policy of its own for hosts that send none; both hold.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self' blob:",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * A report is a file of the user's folder: it runs in a sandbox, as of an origin of its own, so that its script reaches neither
 * the page nor this server. It loads nothing; which script runs at all is said by the report's own policy.
 */
export const REPORT_POLICY = [
  'sandbox allow-scripts',
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

/** Any other file is looked at, never run. */
export const FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";

/** Of answers that say nothing else. The first two make the page cross-origin isolated, which threads of WebAssembly ask for. */
export const HEADERS: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
  'Content-Security-Policy': PAGE_POLICY,
};
