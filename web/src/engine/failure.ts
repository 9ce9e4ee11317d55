/** Floor 7. What a call fails with, in the words of the page. */
import { ConfigError, UserError } from 'poolgrad/browser';
import type { Failure } from './call.js';
import { inPageWords } from './page-words.js';
import type { CallName } from './protocol.js';

/** Options that the page has no control for are those of the command that imports prices. */
function importInPageWords(message: string): string {
  const hasOption = /(^|\s)--[a-z]/.test(message) && !message.includes('poolgrad data ');
  return hasOption ? `${message} (options of poolgrad data import, whose dataset opens here too)` : message;
}

export function failureOf(error: unknown, call: CallName): Failure {
  const said = inPageWords(error instanceof Error ? error.message : String(error));
  const message = call === 'openPrices' ? importInPageWords(said) : said;
  return { message, path: error instanceof ConfigError ? error.path : [], isMistake: error instanceof UserError };
}
