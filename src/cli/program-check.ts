import type { Command } from 'commander';
import type { WaitFlags } from './commands/change.ts';
import type { CheckFlags } from './commands/check.ts';
import { type Act, confirming, examples, several, waitFor } from './program-parts.ts';

/** `zonecut check`. */
export function addCheck(program: Command, act: (run: Act) => Promise<void>): void {
  program
    .command('check [name]')
    .description('say what is wrong with a delegation, what shows it, and which lines mend it')
    .option('--pre <ns=address>', 'judge this delegation before it exists: NS or NS=ADDRESS,ADDRESS', several)
    .option('--pre-ds <ds>', 'DS record of a delegation that is judged before it exists', several)
    .option('--parent-zone <file>', 'the zone above the cut, for what no query shows')
    .option('--wide', 'ask every server of the root and of top-level domains too')
    .option(
      '--deep',
      'ask in mixed case and for a zone transfer too: two packets more for each address of a server',
    )
    .option('--format <format>', 'text, markdown, sarif, junit or html', 'text')
    .option('--ndjson', 'print one JSON document a finding, and a summary')
    .option('--fail-on <severity>', 'exit status 5 from this severity on; or never', 'error')
    .option('--profile <file>', 'severities by check, JSON')
    .option(
      '--fix',
      'mend it: a plan for your accounts, shown and asked about; steps to do by hand without one',
    )
    .option(
      '--parent <host>',
      'with --fix: DNS host of the zone above; found among your accounts when left out',
    )
    .option('--child <host>', 'with --fix: DNS host of the zone itself; found when left out')
    .option('--plan <file>', 'as --fix, but save the plan for `zonecut apply`')
    .addOption(waitFor)
    .option('--timeout <duration>', 'with --fix: leave the wait after this time (exit status 8)')
    .option('--confirm <name>', 'with --fix: the cut to take away, when nobody holds its zone')
    .option('--save <file>', 'keep the facts')
    .option('--from <file>', 'judge again what was kept, without a network')
    .addHelpText(
      'after',
      examples(
        'zonecut check staging.example.com',
        'zonecut check staging.example.com --pre ns1.example.net --pre ns1.staging.example.com=192.0.2.1',
        'zonecut check staging.example.com --fix',
        'zonecut check staging.example.com --fix --parent namecheap --child route53 --yes',
        'zonecut check staging.example.com --plan plan.json',
        'zonecut check staging.example.com --format sarif --fail-on warning',
        'zonecut check --from facts.json',
      ),
    )
    .action(async (name: string | undefined, flags: CheckFlags & WaitFlags & { readonly confirm?: string }) =>
      act(async context =>
        (await import('./commands/check.ts')).check(confirming(context, flags), name, flags),
      ),
    );
}
