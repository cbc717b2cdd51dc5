/** A plain JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Tells a JSON object from arrays, null and scalars. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A string field, or the empty string. */
export function textOf(value: JsonObject, field: string): string {
  const found = value[field];
  return typeof found === 'string' ? found : '';
}

/** An object holding the field if it is a string, for spreading. */
export function stringField<K extends string>(
  value: JsonObject,
  field: K,
): Readonly<Partial<Record<K, string>>> {
  const found = value[field];
  const entries = typeof found === 'string' ? { [field]: found } : {};
  return entries as Readonly<Partial<Record<K, string>>>;
}

/** A number field, or the fallback. */
export function numberOf(value: JsonObject, field: string, fallback = 0): number {
  const found = value[field];
  return typeof found === 'number' ? found : fallback;
}

/** The object without some of its fields. */
export function omit(value: JsonObject, ...fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([field]) => !fields.includes(field)));
}

/** The object with these of its fields only. */
export function pick(value: JsonObject, ...fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([field]) => fields.includes(field)));
}

/** Whether two JSON values say the same; the order of an object's fields does not matter. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const fields = Object.keys(a);
  return (
    fields.length === Object.keys(b).length &&
    fields.every((field) => field in b && equalJson(a[field], b[field]))
  );
}
