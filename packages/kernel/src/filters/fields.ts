/** The fields that filters may test: each has a type and a function that reads it from a record. */

/** The types of fields, and the values that a filter compares them with. Instants are epoch milliseconds. */
export interface FieldTypes {
  readonly text: string;
  readonly number: number;
  readonly instant: number;
  readonly tags: readonly string[];
}

/** A field's value in a record; null = the record has none. */
export type FieldValue = string | number | readonly string[] | null;

/** One field of a record. Its column in a database has the same name in snake case. */
export interface Field<TRecord, TType extends keyof FieldTypes = keyof FieldTypes> {
  readonly type: TType;
  readonly isNullable: boolean;
  read(record: TRecord): FieldValue;
}

/** The fields of one resource by name. */
export type FieldTable<TRecord> = Readonly<Record<string, Field<TRecord>>>;

type Read<TRecord, TValue> = (record: TRecord) => TValue;

/** Makers of the fields of one kind of record, one line a field. */
export function fieldsOf<TRecord>() {
  const field =
    <TType extends keyof FieldTypes, TValue extends FieldTypes[TType] | null>(type: TType, isNullable: boolean) =>
    (read: Read<TRecord, TValue>): Field<TRecord, TType> => ({ type, isNullable, read });
  return {
    text: field<'text', string>('text', false),
    textOrNull: field<'text', string | null>('text', true),
    number: field<'number', number>('number', false),
    instant: field<'instant', number>('instant', false),
    instantOrNull: field<'instant', number | null>('instant', true),
    /** A record without tags has none: the field is then null. */
    tags: (read: Read<TRecord, readonly string[]>): Field<TRecord, 'tags'> => ({
      type: 'tags',
      isNullable: true,
      read: (record) => {
        const tags = read(record);
        return tags.length === 0 ? null : tags;
      },
    }),
  };
}
