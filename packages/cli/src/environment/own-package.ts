/** The folder of this package, in the sources as in the bundle: both lie one folder below it, at whatever depth. */
import { fileURLToPath } from 'node:url';

/** Absolute. */
export const ownPackageFolder = fileURLToPath(import.meta.url.replace(/(.*\/)(?:src|dist)\/.*$/, '$1'));
