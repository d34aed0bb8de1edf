import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '@millrace/kernel';
import { checkRunNameTemplate, renderRunName } from './run-name-template.ts';

describe('a run name template', () => {
  it('takes parameters and their parts', () => {
    const parameters = {
      name: 'ada',
      user: { id: 7, tags: ['x', 'y'] },
      on: new Date(0),
      none: null,
      big: 5n,
      list: [1, 2],
    };
    const cases: readonly (readonly [string, string])[] = [
      ['plain', 'plain'],
      ['hi-{name}', 'hi-ada'],
      ['{ user.id }/{user.tags.1}', '7/y'],
      ['{on}', '1970-01-01T00:00:00.000Z'],
      ['{none} {big} {list}', 'null 5 [1,2]'],
      ['{{name}} {{{name}}}', '{name} {ada}'],
    ];
    for (const [template, name] of cases) expect(renderRunName(template, parameters)).toBe(name);
  });

  it('that asks for what isn’t there names the template, the permit and what there is', () => {
    expect(() => renderRunName('x-{user.name}', { user: { id: 1 }, limit: 2 })).toThrow(
      /"x-\{user\.name\}" asks for \{user\.name\}.*user, limit/,
    );
    for (const template of [
      '{a}',
      '{}',
      '{user.}',
      '{user.id.x}',
      '{toString}',
      '{user.constructor}',
      '{user.__proto__}',
      '{name.length}',
      '{getter}',
    ]) {
      const parameters = Object.defineProperty({ user: { id: 1 }, name: 'x' }, 'getter', { get: () => 'ran' });
      expect(() => renderRunName(template, parameters), template).toThrow(ConfigurationError);
    }
  });

  it('with half a pair of braces is refused', () => {
    for (const template of ['{a', 'a}', '{a{b}', '{{a}', '}{'])
      expect(() => renderRunName(template, { a: 1, b: 2 }), template).toThrow(ConfigurationError);
  });

  it('has nothing where a parameter was left out', () => {
    expect(renderRunName('{a}-{b}-{b.id}', { a: 1, b: undefined })).toBe('1--');
  });

  it('is refused before it is used, as far as it can be known', () => {
    for (const template of ['a-{', '{a', 'a}', '{}', '{user.}', '', ' '])
      expect(() => checkRunNameTemplate(template), template).toThrow(ConfigurationError);
    for (const template of ['plain', 'a-{b.c}', '{{}}']) checkRunNameTemplate(template);
  });

  it('never takes a value for a template', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 50 }), (value) => {
        fc.pre(!/\p{Cc}|\p{Zl}|\p{Zp}/u.test(value));
        expect(renderRunName('{value}{{', { value })).toBe(`${value}{`);
        expect(renderRunName('{value}', { value: '{other}$&' })).toBe('{other}$&');
      }),
    );
  });

  it('gives at most 256 characters, on one line, that any database can hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (value) => {
        const name = renderRunName('{value}\n\0', { value });
        expect(name.length).toBeLessThanOrEqual(256);
        expect(name.isWellFormed()).toBe(true);
        expect(name).not.toMatch(/\p{Cc}/u);
      }),
    );
    expect(renderRunName('{value}', { value: 'x'.repeat(255) + '😀' })).toBe(`${'x'.repeat(255)}\uFFFD`);
  });
});
