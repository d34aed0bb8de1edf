import { expect, test } from 'vitest';
import { requireNode } from './node-version.ts';

const check = (node: string) => () => requireNode({ version: `v${node}`, versions: { node } });

test('a Node that is too old is named, with the version that is needed', () => {
  expect(check('20.20.2')).toThrow('Millrace needs Node 22.13 or newer; this is v20.20.2.');
  expect(check('22.12.0')).toThrow('Node 22.13 or newer');
  for (const version of ['22.13.0', '24.0.0', '26.1.0']) expect(check(version)).not.toThrow();
});

test('where there is no Node there is nothing to judge', () => {
  expect(() => requireNode(undefined)).not.toThrow();
  expect(() => requireNode({ version: '', versions: {} })).not.toThrow();
});
