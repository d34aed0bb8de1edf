/** The list of all tidy rules, in the order in which their findings are printed. */
import type { Rule } from './rule.ts';
import { header, leftovers, suppressions } from './rules/comments.ts';
import { determinism } from './rules/determinism.ts';
import { noAny, noConsole, noDefaultExport, noDynamicCode } from './rules/escapes.ts';
import { fileNames } from './rules/names.ts';
import { lockfileHosts, machinePaths } from './rules/portability.ts';
import { noSleep } from './rules/sleeps.ts';
import { fileSize, functionSize, parameterCount } from './rules/size.ts';

/** Every rule that looks at one file at a time. */
export const RULES: readonly Rule[] = [
  fileSize,
  functionSize,
  parameterCount,
  fileNames,
  header,
  leftovers,
  suppressions,
  determinism,
  noAny,
  noDynamicCode,
  noConsole,
  noDefaultExport,
  machinePaths,
  lockfileHosts,
  noSleep,
];
