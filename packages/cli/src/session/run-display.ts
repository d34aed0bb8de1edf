/**
 * Shows the runs of this process to a person: on a terminal their tree while they run, in a pipe one line when a run begins and one
 * when it ends; at the end the tree, the result or error, its location, and commands to try next.
 *
 * Everything goes to standard error, because standard output belongs to the program.
 */
import { fullTree, liveTree, newTreeMemory, type RunNode, taskNode, TreeReader } from '@millrace/views';
import type { Engine } from '@millrace/engine';
import { setTimeout as wait } from 'node:timers/promises';
import type { Terminal } from '../output/terminal.ts';
import { LiveView } from '../display/live-view.ts';
import { progressLines } from '../display/progress-lines.ts';
import { renderTree, type TreeLook } from '../display/render-tree.ts';
import { writeEnding } from './ending.ts';
import { announcePauses, announceSlowStop } from './announcements.ts';
import { finalView } from './remote-run.ts';
import { writeRemoteRun, writeRun } from './run-lines.ts';
import type { OutermostRun, SessionListener } from './run-session.ts';

export interface DisplayOptions {
  readonly terminal: Terminal;
  readonly engine: () => Engine;
  /** As written on the command line, for commands to try next. */
  readonly shownFile: string;
  /** The words that call this command, for commands to try next. */
  readonly command: string;
  readonly storedAt: string;
  readonly isQuiet: boolean;
}

/** At most ten frames a second, and at most a tenth of the time spent on reading for them. */
const frameMs = 100;
const readShare = 10;
/** A run that ends sooner needs no view. */
const firstFrameMs = 150;
const treesShownMax = 3;
const runsWrittenMax = 20;
const artifactsReadMax = 20;

export class RunDisplay implements SessionListener {
  readonly #options: DisplayOptions;
  readonly #runs: OutermostRun[] = [];
  readonly #readers = new Map<string, TreeReader>();
  readonly #memory = newTreeMemory();
  readonly #lines: Promise<void>[] = [];
  readonly #isLive: boolean;
  #view: LiveView | null = null;
  #loop: Promise<void> | null = null;
  #ending: Promise<void> | null = null;
  #slowStop: { remove(): void } | null = null;
  readonly #over = new AbortController();

  constructor(options: DisplayOptions) {
    this.#options = options;
    const { terminal, isQuiet } = options;
    // If another program reads standard output, its own output to the terminal would mix with the view.
    this.#isLive = terminal.err.isTty && terminal.out.isTty && terminal.isUnicode && !isQuiet;
  }

  started(run: OutermostRun): void {
    if (this.#ending !== null) return;
    this.#runs.push(run);
    if (this.#options.isQuiet) return;
    const { terminal, command } = this.#options;
    this.#slowStop ??= announceSlowStop(terminal.err);
    void announcePauses(terminal.err, run, command);
    if (this.#isLive) {
      this.#loop ??= this.#drawUntilOver();
      this.#lines.push(writeRemoteRun(terminal, run).then(() => {}));
    } else if (this.#runs.length <= runsWrittenMax) this.#lines.push(writeRun(terminal, run));
  }

  closing(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #drawUntilOver(): Promise<void> {
    const { signal } = this.#over;
    await wait(firstFrameMs, undefined, { ref: false, signal }).catch(() => {});
    while (!signal.aborted) {
      const { now } = this.#options.terminal;
      const startedAt = now();
      await this.#draw();
      await wait(Math.max(frameMs, (now() - startedAt) * readShare), undefined, { ref: false, signal }).catch(() => {});
    }
  }

  async #draw(): Promise<void> {
    if (!this.#options.engine().isOpen) return;
    const { terminal } = this.#options;
    const lines = await this.#treeLines(liveTree, true);
    if (this.#over.signal.aborted || lines.length === 0) return;
    this.#view ??= new LiveView(terminal.err, [process.stderr, process.stdout]);
    this.#view.draw(lines);
  }

  async #treeLines(limits: typeof liveTree, hasBars: boolean): Promise<readonly string[]> {
    const { terminal } = this.#options;
    const look = { channel: terminal.err, isUnicode: terminal.isUnicode, now: terminal.now(), hasBars };
    const lines: string[] = [];
    for (const run of this.#runs.slice(-treesShownMax)) {
      const node = await this.#node(run, limits);
      if (node !== undefined) lines.push(...renderTree(node, look));
      if (hasBars && node?.kind === 'flow') lines.push(...(await this.#progressOf(run, look)));
    }
    return lines;
  }

  async #progressOf({ id }: OutermostRun, look: TreeLook): Promise<readonly string[]> {
    const { artifacts } = this.#options.engine().opened;
    return progressLines(await artifacts.list({ flowRunId: id, limit: artifactsReadMax }), look);
  }

  async #node(run: OutermostRun, limits: typeof liveTree): Promise<RunNode | undefined> {
    const { runs } = this.#options.engine().opened;
    if (run.definition.kind === 'task') {
      const record = await runs.taskRun(run.id);
      return record === undefined ? undefined : taskNode(record, []);
    }
    const key = `${run.id}/${limits.taskRunsMax}`;
    const reader = this.#readers.get(key) ?? new TreeReader(runs, limits, this.#memory);
    this.#readers.set(key, reader);
    return (await reader.read(run.id))?.root;
  }

  async #end(): Promise<void> {
    this.#over.abort();
    this.#slowStop?.remove();
    await this.#loop;
    // The lines of a run come before its tree.
    await Promise.all(this.#lines);
    const { terminal, isQuiet, engine, shownFile, command, storedAt } = this.#options;
    const isRead = this.#runs.length > 0 && engine().isOpen && !isQuiet;
    const lines = isRead ? await this.#treeLines(fullTree, false) : [];
    if (this.#view !== null) this.#view.end(lines);
    else for (const line of lines) terminal.err.write(`${line}\n`);
    const views = await Promise.all(this.#runs.map(finalView));
    writeEnding(terminal, views, { shownFile, command, storedAt, isQuiet, hasTrees: lines.length > 0 });
  }
}
