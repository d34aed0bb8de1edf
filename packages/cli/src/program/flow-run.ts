/** Declares `millrace flow-run`. */
import { type Command, Option } from 'commander';
import { act, type Carry, collect, limitOption, wholeNumber } from './act.ts';

const idHelp = "a flow run's id, at least 4 characters of it, or its name";

export function declareFlowRun(program: Command, carry: Carry): void {
  const flowRun = program.command('flow-run').description('Look at flow runs and move them on.');
  act(
    withFilter(
      flowRun.command('ls').description('List flow runs, newest first: those that no other started, unless --all.'),
    )
      .option('-a, --all', 'nested runs too')
      .addOption(limitOption(15)),
    carry,
    { load: async () => (await import('../commands/flow-run/ls.ts')).listFlowRuns },
  );
  act(
    flowRun.command('inspect').description('Show all that is recorded of a flow run.').argument('<id>', idHelp),
    carry,
    {
      names: ['id'],
      load: async () => (await import('../commands/flow-run/inspect.ts')).inspectFlowRun,
    },
  );
  act(flowRun.command('tree').description('Show a flow run and all that it started.').argument('<id>', idHelp), carry, {
    names: ['id'],
    load: async () => (await import('../commands/flow-run/tree.ts')).showTree,
  });
  declareLogs(flowRun, carry);
  declareMoves(flowRun, carry);
  declareSignalAndStart(flowRun, carry);
  act(
    flowRun
      .command('sweep')
      .description(
        'End the runs whose process is gone and whose flow no process serves: Crashed, until a process that serves it takes them up. Looking never does so.',
      )
      .option('--older-than <duration>', 'gone so long ago, such as 10m; 0s = now; by default MILLRACE_ORPHAN_GRACE'),
    carry,
    { load: async () => (await import('../commands/flow-run/sweep.ts')).sweepFlowRuns },
  );
  act(
    flowRun
      .command('delete')
      .description('Delete flow runs with everything below them. What a live process holds stays.')
      .argument('<ids...>', idHelp),
    carry,
    { names: ['ids'], load: async () => (await import('../commands/flow-run/delete.ts')).deleteFlowRuns },
  );
}

function declareLogs(flowRun: Command, carry: Carry): void {
  act(
    flowRun
      .command('logs')
      .description('Show what a flow run and all below it logged. With --json, one JSON document a line.')
      .argument('<id>', idHelp)
      .option('-f, --follow', 'go on until the run has ended')
      .option('--level <level>', 'only this level and above: debug, info, warning, error, critical')
      .option('--tail <n>', 'only the last lines', wholeNumber(0)),
    carry,
    { names: ['id'], load: async () => (await import('../commands/flow-run/logs.ts')).showLogs },
  );
}

/** Which runs are meant. */
function withFilter(command: Command): Command {
  return command
    .option('--flow-name <name>', 'of this flow')
    .option('--state <state>', 'in this state, such as FAILED or TimedOut (again for more)', collect)
    .option('--tag <tag>', 'with this tag (again for more)', collect)
    .option('--key <prefix>', 'with an idempotency key that begins so')
    .option('--since <when>', 'made since: a date, or how long ago, such as 2h')
    .option('--until <when>', 'made before: a date, or how long ago');
}

/** Which runs are meant, where no id is given. */
function withManyFilter(command: Command): Command {
  return withFilter(command).option('-y, --yes', 'ask nothing: without an id, how many match is shown and asked first');
}

function declareMoves(flowRun: Command, carry: Carry): void {
  act(
    withManyFilter(flowRun.command('cancel'))
      .description(
        'Cancel a flow run and wait until its process has recorded it. Without an id, all unfinished ones that match.',
      )
      .argument('[id]', idHelp)
      .option('--reason <text>', 'recorded with the run')
      .addOption(new Option('--wait <duration>', 'how long to wait, such as 30s; 0s = not at all').default('10s')),
    carry,
    { names: ['id'], load: async () => (await import('../commands/flow-run/cancel.ts')).cancelFlowRun },
  );
  act(
    withManyFilter(flowRun.command('resume'))
      .alias('retry')
      .description(
        'Take a flow run up: a paused one goes on, an orphaned one goes on where it was, a failed, crashed or cancelled one is tried again with what it had completed kept. With FILE it runs here; without, a serving process takes it. Without an id, all failed, crashed and cancelled ones that match.',
      )
      .argument('[id]', idHelp)
      .argument('[file]', 'the module that defines the flow')
      .option('--input <value>', 'for a paused run: what it waits for; JSON where it is JSON, text otherwise')
      .option('--trust-order', 'after AmbiguousReplay: match equal calls in their recorded order'),
    carry,
    { names: ['id', 'file'], load: async () => (await import('../commands/flow-run/resume.ts')).resumeFlowRun },
  );
  act(
    flowRun
      .command('rerun')
      .description(
        'A new run that reuses what came before --from, or with --failed all that completed; the original is untouched. With FILE it runs here; without, a serving process takes it.',
      )
      .argument('<id>', idHelp)
      .argument('[file]', 'the module that defines the flow')
      .option('--from <task>', 'the task or child flow from which on everything is done again; by default all')
      .option('--failed', 'do again only what did not complete, and what depends on it')
      .option('-p, --param <name=value>', 'another parameter; the others stay (again for more)', collect),
    carry,
    { names: ['id', 'file'], load: async () => (await import('../commands/flow-run/rerun.ts')).rerunFlowRun },
  );
}

function declareSignalAndStart(flowRun: Command, carry: Carry): void {
  act(
    flowRun
      .command('signal')
      .description('Send a signal to a flow run, whether it waits for it yet or not.')
      .argument('<id>', idHelp)
      .argument('<name>', 'the name that it waits for')
      .argument('[payload]', 'JSON where it is JSON, text otherwise')
      .option('--key <key>', 'idempotency key: the same name and key is the same signal'),
    carry,
    {
      names: ['id', 'name', 'payload'],
      load: async () => (await import('../commands/flow-run/signal.ts')).signalFlowRun,
    },
  );
  act(
    flowRun
      .command('start')
      .description('Record a run of a flow for a process that serves it. Nothing of it runs here.')
      .argument('<file[:flow]>', 'the module, and which of its flows; by default the only one')
      .option(
        '-p, --param <name=value>',
        'a parameter; JSON where it is JSON, text otherwise (again for more)',
        collect,
      )
      .option('--param-json <json>', 'all parameters: an object by name, or a list in order')
      .option('--key <key>', 'idempotency key: the same key is the same run'),
    carry,
    { names: ['target'], load: async () => (await import('../commands/flow-run/start.ts')).startFlowRun },
  );
}
