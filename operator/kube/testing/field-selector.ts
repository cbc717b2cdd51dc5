import { isJsonObject, type JsonObject } from '../json-fields.ts';

/** Terms of a field selector: `a.b=c`, `a.b==c`, `a.b!=c`. What is no text, or not there, is empty. */
export function matchesFields(object: JsonObject, selector: string): boolean {
  if (selector === '') return true;
  return selector.split(',').every((term) => {
    const [, path = '', operator, wanted = ''] = /^([^=!]+)(!=|==?)(.*)$/.exec(term) ?? [];
    const found = path
      .split('.')
      .reduce<unknown>((value, field) => (isJsonObject(value) ? value[field] : undefined), object);
    const text = typeof found === 'string' ? found : '';
    return (text === wanted) === (operator !== '!=');
  });
}
