import { expect, test } from 'vitest';
import { publishedManifest } from './manifest.ts';
import { tarballName } from './workspaces.ts';

test('the published package.json names no source, script or development dependency', () => {
  const own = {
    name: '@millrace/kernel',
    version: '0.1.0',
    exports: {
      '.': { 'millrace-source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    dependencies: { devalue: '1' },
    devDependencies: { zod: '1' },
    scripts: { test: 'x' },
  };
  expect(publishedManifest(own)).toEqual({
    name: '@millrace/kernel',
    version: '0.1.0',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
    dependencies: { devalue: '1' },
  });
});

test('a scoped package and a plain one have the tarball names that npm gives', () => {
  expect(tarballName({ name: '@millrace/kernel', version: '0.1.0' })).toBe('millrace-kernel-0.1.0.tgz');
  expect(tarballName({ name: 'millrace', version: '0.1.0' })).toBe('millrace-0.1.0.tgz');
});
