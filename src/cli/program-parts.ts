import { Option } from 'commander';
import type { Context } from './context.ts';

/** A command's action: gets a context that is closed for it, and gives the exit status. */
export type Act = (context: Context) => Promise<number>;

/** Until when a run goes on. */
export const waitFor: Option = new Option(
  '--for <state>',
  'until when to go on: authoritative, resolvers or deadline',
).default('deadline');

/** Examples, as the end of a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map(line => `  ${line}\n`).join('')}`;
}

/** Gathers an option that may be given several times. */
export function several(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** The context with the name that `--confirm` gives. */
export function confirming(context: Context, flags: { readonly confirm?: string }): Context {
  return flags.confirm === undefined
    ? context
    : { ...context, options: { ...context.options, confirm: flags.confirm } };
}
