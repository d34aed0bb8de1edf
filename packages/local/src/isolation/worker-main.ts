/** The file that an isolated worker is started with, where this package is installed: see worker-program.ts. */
import { provideInertRuntime } from '@millrace/engine/isolated';
import { runWorkerProgram } from './worker-program.ts';

provideInertRuntime();
runWorkerProgram();
