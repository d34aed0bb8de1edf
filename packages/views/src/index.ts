/** Entry of @millrace/views: read models that the command line, the server and the browser share. */
export { artifactDocument, artifactSummary } from './documents/artifact-document.ts';
export { plainJson } from './documents/plain-json.ts';
export {
  decoded,
  flowRunDocument,
  flowRunSummary,
  type RunExtras,
  stateDocument,
  taskRunDocument,
  taskRunSummary,
  treeDocument,
  waitDocument,
} from './documents/run-document.ts';
export { type ReadOptions, readFlowRuns, readTaskRuns } from './lists/run-lists.ts';
export { countStates, groupState, shownCounts, type StateCounts } from './states/state-counts.ts';
export { type StateColour, type StateLook, stateLooks } from './states/state-type-look.ts';
export { orphanText } from './text/orphan-text.ts';
export { runDurationMs, type TimedRun } from './text/run-duration.ts';
export { clockTime, durationText, isoTime, localTime, relativeTime } from './text/time-text.ts';
export { waitText } from './text/wait-text.ts';
export { taskNode } from './tree/build-tree.ts';
export { fullTree, liveTree, type TreeLimits, TreeReader } from './tree/read-tree.ts';
export { type GroupNode, isGroup, type RunNode, type RunTree, type TreeNode } from './tree/tree-node.ts';
export { newTreeMemory, type TreeMemory } from './tree/wide-tree.ts';
