import { type Command, Option } from 'commander';
import type { WaitFlags } from './commands/change.ts';
import type { CheckFlags } from './commands/check.ts';
import { type Act, confirming, examples, several } from './program-parts.ts';

/** `zonecut check`. */
export function addCheck(program: Command, act: (run: Act) => Promise<void>): void {
  program
    .command('check [name]')
    .description('say what is wrong with a delegation, what shows it, and which lines mend it')
    .option('--pre <ns=address>', 'judge this delegation: NS or NS=ADDRESS,ADDRESS', several)
    .option('--pre-ds <ds>', 'DS record of a delegation that is given by --pre', several)
    .option('--parent-zone <file>', 'the zone above the cut, for what no query shows')
    .option('--wide', 'ask every server of the root and of the TLDs too')
    .option('--deep', 'mixed case and a transfer: 2 more an address')
    .option('--former <ns=address>', 'a server from before a move, asked as well', several)
    .option('--rdap <file>', 'RDAP answers about domains of name servers', several)
    .option('--cloud-ranges <file>', 'addresses of AWS, Google or Azure', several)
    .option('--asn-table <file>', 'which AS announces which addresses', several)
    .option('--format <format>', 'text (unless said), markdown, sarif, junit, html')
    .option('--ndjson', 'print one JSON document a finding, and a summary')
    .option('--fail-on <severity>', 'exit status 5 from here on; error unless said')
    .option('--profile <file>', 'severities by check, JSON')
    .option('--fix', 'mend it by your accounts; without one, tell how')
    .option('--parent <host>', 'with --fix: DNS host of the zone above, else found')
    .option('--child <host>', 'with --fix: DNS host of the zone itself, else found')
    .option('--plan <file>', 'as --fix, but save the plan for `zonecut apply`')
    // Those are asked for when they are needed, and the help has one screen.
    .addOption(new Option('--timeout <duration>', 'with --fix: leave the wait after this time').hideHelp())
    .addOption(new Option('--confirm <name>', 'with --fix: the cut without zone that is to go').hideHelp())
    .option('--save <file>', 'keep the facts')
    .option('--from <file>', 'judge again what was kept, without a network')
    .addHelpText(
      'after',
      examples('zonecut check staging.example.com --fix --parent namecheap --child route53'),
    )
    .action(async (name: string | undefined, flags: CheckFlags & WaitFlags & { readonly confirm?: string }) =>
      act(async context =>
        (await import('./commands/check.ts')).check(confirming(context, flags), name, flags),
      ),
    );
}
