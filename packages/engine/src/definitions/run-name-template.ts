/**
 * Run names from templates: `report-{date}-{user.id}`. Data only: a template reads own properties, and calls nothing.
 */
import { ConfigurationError, describeValue, isPlainJson } from '@millrace/kernel';

const RUN_NAME_LENGTH_MAX = 256;

/** An escaped brace, a placeholder, or a brace without its other half. */
const pieces = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/**
 * The run name: `{name}` is the parameter, `{user.id}` a part of it, `{{` and `}}` are braces. An undefined value is an empty
 * string. Cut to 256 characters; control characters become spaces.
 *
 * @throws ConfigurationError naming the template and the placeholder, when a parameter isn't there or a brace isn't closed
 *
 * @example
 * renderRunName('import-{user.id}', { user: { id: 7 } }); // 'import-7'
 */
export function renderRunName(template: string, parameters: Readonly<Record<string, unknown>>): string {
  return fitRunName(filled(template, (path) => shown(lookUp(template, { path, parameters }))));
}

/**
 * Checks a template without parameters: it must not be blank, and its braces must be pairs.
 *
 * @throws ConfigurationError naming the template
 *
 * @example
 * checkRunNameTemplate('import-{user.id'); // throws
 */
export function checkRunNameTemplate(template: string): void {
  if (template.trim() === '')
    throw new ConfigurationError('The run name template is blank. Write a string such as "import-{user.id}".', {
      template,
    });
  filled(template, (path) => {
    if (path.split('.').every((key) => key !== '')) return '';
    throw new ConfigurationError(`The run name template ${quoted(template)} has {${path}}, which names nothing.`, {
      template,
      key: path,
    });
  });
}

function filled(template: string, textAt: (path: string) => string): string {
  return template.replace(pieces, (piece: string, path: string | undefined) => {
    if (piece === '{{') return '{';
    if (piece === '}}') return '}';
    if (path !== undefined) return textAt(path.trim());
    throw new ConfigurationError(
      `The run name template ${quoted(template)} has a '${piece}' without its other half. Write '${piece}${piece}' for a brace.`,
    );
  });
}

function lookUp(
  template: string,
  wanted: { readonly path: string; readonly parameters: Readonly<Record<string, unknown>> },
): unknown {
  let value: unknown = wanted.parameters;
  for (const key of wanted.path.split('.')) {
    // An optional parameter that was left out has no parts either.
    if (value === undefined) return undefined;
    const property =
      typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key) : undefined;
    if (property === undefined || !('value' in property)) {
      const names = Object.keys(wanted.parameters).join(', ');
      throw new ConfigurationError(
        `The run name template ${quoted(template)} asks for {${wanted.path}}, which the run hasn't got. Its parameters are: ${names === '' ? 'none' : names}.`,
        {
          template,
          key: wanted.path,
        },
      );
    }
    value = property.value;
  }
  return value;
}

function shown(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null)
    return typeof value === 'function' ? `<${value.name}>` : String(value);
  if (Object.prototype.toString.call(value) === '[object Date]') return dateText(value as Date);
  return jsonText(value);
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'Invalid Date' : date.toISOString();
}

function jsonText(value: object): string {
  try {
    // Printed as a tree, a value with shared parts may be endless, so its nesting is cut.
    return isPlainJson(value) ? JSON.stringify(value) : describeValue(value);
  } catch {
    return '<object>';
  }
}

/**
 * A run name as it can be shown: cut to 256 characters, control characters become spaces.
 *
 * @example
 * fitRunName('two\nlines'); // 'two lines'
 */
export function fitRunName(text: string): string {
  return text
    .slice(0, RUN_NAME_LENGTH_MAX)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .toWellFormed();
}

function quoted(template: string): string {
  return JSON.stringify(template.slice(0, 120));
}
