import { parseDocument } from 'yaml';

/** The value of a text of YAML; `problem` says with its line why there is none. */
export function valueOfYaml(text: string): { readonly value: unknown; readonly problem: string | null } {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken !== undefined) return { value: null, problem: broken.message.split('\n')[0] ?? broken.code };
  const value: unknown = document.toJS();
  return { value, problem: null };
}
