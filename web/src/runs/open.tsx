/** Floor 7. Opens a dataset or a checkpoint of the folder in the page, as if it had been dropped there. */
import { busy, look, said } from '../files/opening.js';
import { view } from '../state.js';
import { fileUrl } from './folder.js';

interface Props {
  readonly path: string;
  /** Of a checkpoint: the path of its dataset, which is opened first; null where that is not in the folder. */
  readonly data?: string | null;
}

/** Answers whether it was opened. */
async function open(path: string): Promise<boolean> {
  const response = await fetch(fileUrl(path));
  if (!response.ok) throw new Error(`${path} is not in the folder any more`);
  return look([new File([await response.blob()], path.slice(path.lastIndexOf('/') + 1))]);
}

async function openAll({ path, data }: Props): Promise<void> {
  try {
    for (const file of data == null ? [path] : [data, path]) {
      // no checkpoint without its prices
      if (!(await open(file))) break;
    }
  } catch (error) {
    said.value = { isFault: true, text: (error as Error).message };
  }
  // a fault is told where files are opened
  view.value = { ...view.value, panel: said.value?.isFault === true ? 'files' : 'simulate' };
}

export function OpenButton(props: Props) {
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`Open ${props.path}`}
      disabled={busy.value !== null}
      onClick={() => void openAll(props)}
    >
      Open
    </button>
  );
}
