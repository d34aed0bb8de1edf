/** Entry of @millrace/cli: the `millrace` command. */
export { main } from './main.ts';
