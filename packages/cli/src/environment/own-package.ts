/** The location of this package on disk. */
import { fileURLToPath } from 'node:url';

/** Absolute. Sources and bundle lie below it, in `src` and `dist`. */
export const ownPackageFolder = fileURLToPath(import.meta.url.replace(/(.*\/)(?:src|dist)\/.*$/, '$1'));
