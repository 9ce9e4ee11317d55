/** Floor 7. Runs: what `poolgrad ui` has of a folder, live. */
import { Checkpoints } from './checkpoints.js';
import { hasFolder, isConnected, listing } from './folder.js';
import { FolderFiles } from './folder-files.js';
import { Running } from './running.js';
import { SideBySide } from './side-by-side.js';
import './runs.css';

export function RunsPanel() {
  if (!hasFolder) {
    return (
      <p class="waiting">
        This page has no folder. <code>poolgrad ui</code> serves it with one: with your datasets, configs and
        checkpoints, and the trainings that run.
      </p>
    );
  }
  const found = listing.value;
  return (
    <div class="runs">
      {!isConnected.value && (
        <p class="fault" role="alert">
          poolgrad ui does not answer; what follows is as it was. Start it again, and this page goes on.
        </p>
      )}
      {found === null ? (
        <p class="waiting">Looking at the folder …</p>
      ) : (
        <>
          <p class="doc">The folder {found.folder}, on this machine.</p>
          <Running />
          <Checkpoints listing={found} />
          <SideBySide listing={found} />
          <FolderFiles listing={found} />
        </>
      )}
    </div>
  );
}
