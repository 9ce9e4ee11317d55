/** Floor 5. The one script of a page, and the policy that lets it run and nothing else. */
import { createHash } from 'node:crypto';
import { PARTS, start } from './interactive.js';

/** The functions of interactive.ts in a scope of their own. */
export const SCRIPT = `(() => {\n'use strict';\n${PARTS.map(String).join('\n')}\n${start.name}(document);\n})();`;

const hash = createHash('sha256').update(SCRIPT).digest('base64');

/** Nothing is loaded, sent or run but the script of just this text; styles are those of the page itself. */
export const POLICY = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
