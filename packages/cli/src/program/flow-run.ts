/** Declares `millrace flow-run`. */
import { type Command, Option } from 'commander';
import { act, type Invoke, collect, limitOption, wholeNumber } from './act.ts';

const idHelp = "a flow run's id, at least 4 characters of it, or its name";

export function declareFlowRun(program: Command, invoke: Invoke): void {
  const flowRun = program.command('flow-run').description('Show and control flow runs.');
  act(
    withFilter(flowRun.command('ls').description('List flow runs, newest first. Nested runs only with --all.'))
      .option('-a, --all', 'nested runs too')
      .addOption(limitOption(15)),
    invoke,
    { load: async () => (await import('../commands/flow-run/ls.ts')).listFlowRuns },
  );
  act(
    flowRun.command('inspect').description('Show everything recorded about a flow run.').argument('<id>', idHelp),
    invoke,
    {
      names: ['id'],
      load: async () => (await import('../commands/flow-run/inspect.ts')).inspectFlowRun,
    },
  );
  act(
    flowRun.command('tree').description('Show a flow run and all its descendants.').argument('<id>', idHelp),
    invoke,
    {
      names: ['id'],
      load: async () => (await import('../commands/flow-run/tree.ts')).showTree,
    },
  );
  declareLogs(flowRun, invoke);
  declareMoves(flowRun, invoke);
  declareSignalAndStart(flowRun, invoke);
  act(
    flowRun
      .command('sweep')
      .description(
        'End orphaned runs whose flow no process serves. They become Crashed, until a process that serves the flow resumes them. Commands that only read never do this.',
      )
      .option(
        '--older-than <duration>',
        'orphaned for at least this long, such as 10m; 0s = all; by default MILLRACE_ORPHAN_GRACE',
      ),
    invoke,
    { load: async () => (await import('../commands/flow-run/sweep.ts')).sweepFlowRuns },
  );
  act(
    flowRun
      .command('delete')
      .description('Delete flow runs with all their descendants. Runs of live processes stay.')
      .argument('<ids...>', idHelp),
    invoke,
    { names: ['ids'], load: async () => (await import('../commands/flow-run/delete.ts')).deleteFlowRuns },
  );
}

function declareLogs(flowRun: Command, invoke: Invoke): void {
  act(
    flowRun
      .command('logs')
      .description('Show the logs of a flow run and its descendants. With --json, one JSON document per line.')
      .argument('<id>', idHelp)
      .option('-f, --follow', 'keep printing until the run has ended')
      .option('--level <level>', 'only this level and above: debug, info, warning, error, critical')
      .option('--tail <n>', 'only the last n lines', wholeNumber(0)),
    invoke,
    { names: ['id'], load: async () => (await import('../commands/flow-run/logs.ts')).showLogs },
  );
}

/** The filter options. */
function withFilter(command: Command): Command {
  return command
    .option('--flow-name <name>', 'of this flow')
    .option('--state <state>', 'in this state, such as FAILED or TimedOut (repeatable)', collect)
    .option('--tag <tag>', 'with this tag (repeatable)', collect)
    .option('--key <prefix>', 'with an idempotency key that begins with this')
    .option('--since <when>', 'created at or after: a date, or an age such as 2h')
    .option('--until <when>', 'created before: a date, or an age such as 2h');
}

/** The filter options of a command that takes an id or a filter. */
function withManyFilter(command: Command): Command {
  return withFilter(command).option('-y, --yes', 'without an id: do not ask for confirmation');
}

function declareMoves(flowRun: Command, invoke: Invoke): void {
  act(
    withManyFilter(flowRun.command('cancel'))
      .description(
        'Cancel a flow run and wait until its process has recorded it. Without an id, cancel all unfinished runs that match.',
      )
      .argument('[id]', idHelp)
      .option('--reason <text>', 'recorded with the run')
      .addOption(new Option('--wait <duration>', 'time to wait, such as 30s; 0s = do not wait').default('10s')),
    invoke,
    { names: ['id'], load: async () => (await import('../commands/flow-run/cancel.ts')).cancelFlowRun },
  );
  act(
    withManyFilter(flowRun.command('resume'))
      .alias('retry')
      .description(
        'Resume a flow run: a paused or orphaned run continues; a failed, crashed or cancelled run is tried again and keeps its completed results. With FILE it runs here, otherwise in a process that serves its flow. Without an id, resume all failed, crashed and cancelled runs that match.',
      )
      .argument('[id]', idHelp)
      .argument('[file]', 'the module that defines the flow')
      .option('--input <value>', 'input for a paused run: JSON, or a string')
      .option('--trust-order', 'after AmbiguousReplay: match equal calls in their recorded order'),
    invoke,
    { names: ['id', 'file'], load: async () => (await import('../commands/flow-run/resume.ts')).resumeFlowRun },
  );
  act(
    flowRun
      .command('rerun')
      .description(
        'Start a new run that reuses the results before --from, or with --failed all completed results. The original stays unchanged. With FILE it runs here, otherwise in a process that serves its flow.',
      )
      .argument('<id>', idHelp)
      .argument('[file]', 'the module that defines the flow')
      .option('--from <task>', 'the first task or child flow to run again; by default all')
      .option('--failed', 'run again only what did not complete, and what depends on it')
      .option('-p, --param <name=value>', 'replace this parameter (repeatable)', collect),
    invoke,
    { names: ['id', 'file'], load: async () => (await import('../commands/flow-run/rerun.ts')).rerunFlowRun },
  );
}

function declareSignalAndStart(flowRun: Command, invoke: Invoke): void {
  act(
    flowRun
      .command('signal')
      .description('Send a signal to a flow run, even before it waits for it.')
      .argument('<id>', idHelp)
      .argument('<name>', 'the name of the signal')
      .argument('[payload]', 'JSON, or a string')
      .option('--key <key>', 'idempotency key: equal names and keys mean the same signal'),
    invoke,
    {
      names: ['id', 'name', 'payload'],
      load: async () => (await import('../commands/flow-run/signal.ts')).signalFlowRun,
    },
  );
  act(
    flowRun
      .command('start')
      .description('Submit a run of a flow to the processes that serve it. Nothing runs here.')
      .argument('<file[:flow]>', 'the module, and one of its flows; by default its only flow')
      .option('-p, --param <name=value>', 'a parameter: JSON, or a string (repeatable)', collect)
      .option('--param-json <json>', 'all parameters: an object by name, or an array in order')
      .option('--key <key>', 'idempotency key: equal keys mean the same run'),
    invoke,
    { names: ['target'], load: async () => (await import('../commands/flow-run/start.ts')).startFlowRun },
  );
}
