/** A JSON object whose members are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether `value` is an object with members (no array, not null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member `key` of `value`, also when it is inherited (errors); undefined when there is none. */
export function memberAt(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

/** The member `key` of `value` as text, a number in decimal; null when it is neither or absent. */
export function textAt(value: unknown, key: string): string | null {
  const member = memberAt(value, key);
  if (typeof member === 'string') return member;
  return typeof member === 'number' && Number.isFinite(member) ? String(member) : null;
}

/** The member `key` of `value` as a whole number of at least 0, also when it is written as text; null otherwise. */
export function numberAt(value: unknown, key: string): number | null {
  const text = textAt(value, key);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** The member `key` of `value` as an array; null when it is none. */
export function listAt(value: unknown, key: string): readonly unknown[] | null {
  const member = memberAt(value, key);
  return Array.isArray(member) ? member : null;
}
