/** Floor 7. How the page is built: into dist/web, with relative addresses, so that any static host can serve it from anywhere. */
import { resolve, sep } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const root = import.meta.dirname;
const library = [resolve(root, '../src/'), resolve(root, '../kernels/')].map((folder) => folder + sep);

/** Modules of the library do nothing but declare: who imports a part of it, such as the page its formats, gets no more. */
const treeshake = { moduleSideEffects: (id: string) => !library.some((folder) => id.startsWith(folder)) };

/** The names of all files of the build, for who keeps them (src/offline.ts). */
const listed: Plugin = {
  name: 'files',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const names = Object.keys(bundle).filter((name) => name !== 'index.html' && name !== 'offline.js');
      this.emitFile({ type: 'asset', fileName: 'files.json', source: JSON.stringify(names) });
    },
  },
};

export default defineConfig({
  root,
  base: './',
  publicDir: false,
  resolve: { alias: { 'poolgrad/browser': resolve(root, '../src/entries/browser.ts') } },
  plugins: [listed],
  worker: { format: 'es', rolldownOptions: { treeshake } },
  build: {
    outDir: resolve(root, '../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    // what is fetched is a file of its own: a policy without data: needs it so
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // both are one entry's whole: what is left to load later is none of either
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      input: { index: resolve(root, 'index.html'), offline: resolve(root, 'src/offline.ts') },
      // a service worker is known by its address
      output: { entryFileNames: ({ name }) => (name === 'offline' ? 'offline.js' : 'assets/[name]-[hash].js') },
      treeshake,
    },
  },
});
