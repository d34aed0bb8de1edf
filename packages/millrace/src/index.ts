/**
 * Millrace: durable flows and tasks for TypeScript, with no server to run.
 *
 * Importing this module opens nothing and starts nothing: the database is opened by the first run.
 */
import { provideEngine } from '@millrace/engine/internal';
import { openDefaultEngine } from '@millrace/local';

provideEngine(openDefaultEngine);

export * from './surface.ts';
