/**
 * The source of the heartbeat program as a string, for a user's program that is bundled into one file and so has no file beside it that a
 * thread could load. The build puts the bundled `heartbeat-main.ts` here; the sources use the file itself.
 */
export const heartbeatText = '';
