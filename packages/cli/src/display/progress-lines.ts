/** The progress that a run reports of itself, as lines below its tree. */
import { type ArtifactRecord, decodeValue } from '@millrace/kernel';
import { cutTo, oneLine, textWidth } from '../output/text-width.ts';
import { barText, type TreeLook } from './render-tree.ts';

const shownMax = 5;

/** @param artifacts those of one run, newest first; other types than progress, and progress of 100 %, are left out */
export function progressLines(artifacts: readonly ArtifactRecord[], look: TreeLook): readonly string[] {
  return artifacts
    .flatMap((artifact) => {
      const percent = artifact.type === 'progress' ? decodeValue(artifact.data) : undefined;
      if (typeof percent !== 'number' || percent >= 100) return [];
      const bar = `   ${barText(percent / 100, look)}  `;
      const name = oneLine(artifact.description ?? artifact.key ?? 'progress');
      return [bar + cutTo(name, look.channel.columns - textWidth(bar))];
    })
    .slice(0, shownMax)
    .reverse();
}
