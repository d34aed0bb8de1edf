/** A hook on `require`, as ts-node's is: loads files that Node itself can't. */
const { readFileSync } = require('node:fs');

require.extensions['.odd'] = (module, file) => {
  module._compile(readFileSync(file, 'utf8').replace('ODD', "'odd'"), file);
};
