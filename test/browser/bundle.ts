/** 'poolgrad/browser' as a bundler makes it of the sources, and how each of its modules came to be in it. */
import { isBuiltin } from 'node:module';
import { join, relative } from 'node:path';
import { build, type Plugin, type Rolldown } from 'vite';
import { root } from '../package/pages.js';

export interface Bundle {
  /** All of its code, which puts what the entry exports into the global `poolgrad`. */
  readonly code: string;
  /** Every module that it asked for, and the first that asked: chains lead to the entry. */
  readonly chains: readonly (readonly string[])[];
}

const name = (id: string): string => (id.startsWith('/') ? relative(root, id) : id);

/** @param text of the module that is bundled; left out: all that the entry exports */
export async function bundle(text = `export * from './src/entries/browser.js';`): Promise<Bundle> {
  // in the root, from where its own imports are found
  const page = join(root, 'page-of-a-user.ts');
  const parents = new Map<string, string>();
  const own: Plugin = {
    name: 'own',
    enforce: 'pre',
    resolveId: (id) => (id === page ? id : isBuiltin(id) ? { id, external: true } : null),
    load: (id) => (id === page ? text : null),
    moduleParsed({ id, importedIds, dynamicallyImportedIds }) {
      for (const used of [...importedIds, ...dynamicallyImportedIds]) if (!parents.has(used)) parents.set(used, id);
    },
  };
  const made = (await build({
    configFile: false,
    root,
    logLevel: 'error',
    plugins: [own],
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: page, formats: ['iife'], name: 'poolgrad' },
    },
  })) as Rolldown.RolldownOutput[];
  const code = made[0].output.map((part) => (part.type === 'chunk' ? part.code : '')).join('\n');
  const chainOf = (id: string): string[] => {
    const parent = parents.get(id);
    return parent === undefined || parent === page ? [name(id)] : [name(id), ...chainOf(parent)];
  };
  return { code, chains: [...parents.keys()].map(chainOf) };
}
