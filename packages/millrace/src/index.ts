/**
 * Millrace: durable flows and tasks for TypeScript, with no server to run.
 *
 * Importing this module opens nothing and starts nothing: the database is opened by the first run.
 */
import { provideRuntime } from '@millrace/engine/internal';
import { openDefaultEngine } from '@millrace/local';

provideRuntime(openDefaultEngine);

export * from './surface.ts';
