/**
 * The heartbeat's program as one text, for a program that is bundled into one file: there is none beside it that a thread
 * could load. The build puts the bundled `heartbeat-main.ts` here; from the sources the file itself is there.
 */
export const heartbeatText = '';
