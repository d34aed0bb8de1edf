/**
 * The filter of a list as one tree: tests of fields; and, or, not; and "a related record exists that ...".
 *
 * A test of a field without a value fails, except `isNull`; `not` is the complement of its operand. So SQL's third truth value never
 * reaches an answer. Instants are epoch milliseconds, bounds are inclusive except `below`, and `contains` ignores the case of ASCII
 * letters.
 */
import type { FieldTypes } from './fields.ts';
import type { Resource, ResourceFields, ResourceRelations, SortField } from './resources.ts';

/** Of a field without a value. */
interface NullTest {
  readonly test: 'isNull';
}

/** Of text: it is one of the values; it has a value that is none of them. */
interface MemberTest {
  readonly test: 'anyOf' | 'noneOf';
  readonly values: readonly string[];
}

/** Of text. */
interface PartTest {
  readonly test: 'contains' | 'startsWith';
  readonly part: string;
}

/** Of numbers, instants and, by code points, text. */
interface BoundTest<TValue extends string | number> {
  readonly test: 'atLeast' | 'atMost' | 'below';
  readonly bound: TValue;
}

/** Of tags: all of the values, or any of them, are among them. */
interface TagsTest {
  readonly test: 'allOf' | 'anyOf';
  readonly values: readonly string[];
}

/** The tests of each type of field. */
interface TypeTests {
  readonly text: NullTest | MemberTest | PartTest | BoundTest<string>;
  readonly number: NullTest | BoundTest<number>;
  readonly instant: NullTest | BoundTest<number>;
  readonly tags: NullTest | TagsTest;
}

type TestOf<TField> = TField extends { readonly type: infer TType extends keyof FieldTypes } ? TypeTests[TType] : never;

type FieldTest<R extends Resource> = {
  readonly [F in keyof ResourceFields[R] & string]: {
    readonly kind: 'field';
    readonly field: F;
  } & TestOf<ResourceFields[R][F]>;
}[keyof ResourceFields[R] & string];

type TargetOf<TRelation> = TRelation extends { readonly to: infer TTarget extends Resource } ? TTarget : never;

type Exists<R extends Resource> = {
  readonly [N in keyof ResourceRelations[R] & string]: {
    readonly kind: 'exists';
    readonly relation: N;
    readonly filter: Filter<TargetOf<ResourceRelations[R][N]>>;
  };
}[keyof ResourceRelations[R] & string];

/** Which records of a resource. `and` of nothing is every record, `or` of nothing is none. */
export type Filter<R extends Resource> =
  | FieldTest<R>
  | Exists<R>
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter<R>[] }
  | { readonly kind: 'not'; readonly filter: Filter<R> };

/** A test of a field whose name and type are only known while it runs. */
export type AnyFieldTest = { readonly kind: 'field'; readonly field: string } & (
  | NullTest
  | { readonly test: 'anyOf' | 'noneOf' | 'allOf'; readonly values: readonly string[] }
  | PartTest
  | BoundTest<string | number>
);

/** A filter of a resource that is only known while it runs: every `Filter` is one. */
export type AnyFilter =
  | AnyFieldTest
  | { readonly kind: 'exists'; readonly relation: string; readonly filter: AnyFilter }
  | { readonly kind: 'and' | 'or'; readonly filters: readonly AnyFilter[] }
  | { readonly kind: 'not'; readonly filter: AnyFilter };

/** The order of a list. Records that are equal in it come by key, in the same direction; those without a value come last. */
export interface Order<R extends Resource> {
  readonly by: SortField<R>;
  readonly direction: 'ascending' | 'descending';
}
