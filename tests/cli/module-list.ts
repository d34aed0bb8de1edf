/**
 * A preload for a program of a test (`node --import`): once the process ends, the file named by MODULE_LIST holds the URL of
 * every module that it loaded, a line each.
 */
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const urls: string[] = [];
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) urls.push(url);
    return next(url, context);
  },
});
process.on('exit', () => writeFileSync(process.env['MODULE_LIST'] ?? '', urls.join('\n')));
