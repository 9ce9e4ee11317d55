/** Floor 7. Copies the link that restores the page. */
import { useSignal } from '@preact/signals';
import { linkOfNow } from '../address.js';

export function LinkAction() {
  const said = useSignal('');
  const copy = async () => {
    const link = await linkOfNow();
    try {
      await navigator.clipboard.writeText(link);
      said.value = 'copied';
    } catch {
      // not every page may write there: the address bar has it too
      location.hash = link.slice(link.indexOf('#'));
      said.value = 'it is in the address bar';
    }
    setTimeout(() => {
      said.value = '';
    }, 2500);
  };
  return (
    <button type="button" class="quiet" onClick={copy}>
      {said.value === '' ? 'Copy link' : `Link: ${said.value}`}
    </button>
  );
}
