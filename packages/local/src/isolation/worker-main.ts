/** The start file of an isolated worker if this package is installed; see worker-program.ts. */
import { provideInertRuntime } from '@millrace/engine/isolated';
import { runWorkerProgram } from './worker-program.ts';

provideInertRuntime();
runWorkerProgram();
