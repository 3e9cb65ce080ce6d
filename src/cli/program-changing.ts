import type { Command } from 'commander';
import { type Act, confirming, examples, waitFor } from './program-parts.ts';

/** The commands that plan and change. */
export function addDelegating(program: Command, act: (run: Act) => Promise<void>): void {
  const delegating = (command: Command): Command =>
    command
      .option('--child <host>', 'DNS host that gets the new zone')
      .option('--parent <host>', 'DNS host of the zone above; found among your accounts when left out')
      .option('--ttl <seconds>', 'TTL of the NS records at the parent')
      .option('--zone-id <id>', 'which zone of that name, when there are several')
      .option('--sign', "sign the zone at the child's host, its DS last")
      .option('--no-sign', 'leave the child unsigned')
      .option('--protect', 'lock the NS and DS records at the parent')
      .option('--hide', 'let records go that the cut hides, instead of copying them')
      .option('--remove-hidden', 'remove what the cut hides from the parent, once no cache can differ')
      .option('--keep-hidden', 'leave what the cut hides in the parent, and do not ask');
  delegating(program.command('delegate <name>'))
    .description("make the child's zone, delegate it at the parent's host, wait, and prove it")
    .addOption(waitFor)
    .option('--timeout <duration>', 'leave the wait after this time, such as 10m (exit status 8)')
    .addHelpText(
      'after',
      examples(
        'zonecut delegate staging.example.com --child route53 --parent namecheap',
        'zonecut delegate dev.example.net --child dyn --yes --for authoritative',
      ),
    )
    .action(async (name: string, flags) =>
      act(async context => (await import('./commands/delegate.ts')).delegate(context, name, flags)),
    );
  delegating(program.command('plan <name>'))
    .description('show what would be done, and change nothing')
    .option('--undelegate', 'plan the removal of the delegation')
    .option('--keep-zone', 'with --undelegate: leave the child zone as it is')
    .option('--no-carry-back', 'with --undelegate: let the names of the child go')
    .option('-o, --output <file>', 'save the plan for `zonecut apply`')
    .addHelpText(
      'after',
      examples(
        'zonecut plan staging.example.com --child route53 --parent namecheap -o plan.json',
        'zonecut plan staging.example.com --undelegate --parent namecheap --child route53',
      ),
    )
    .action(async (name: string, flags) =>
      act(async context => (await import('./commands/plan.ts')).plan(context, name, flags)),
    );
  program
    .command('apply <file>')
    .description('do what a saved plan says; refused when either side changed since')
    .addOption(waitFor)
    .option('--timeout <duration>', 'leave the wait after this time (exit status 8)')
    .option('--confirm <name>', 'the name of the zone to delete, for plans that delete one')
    .addHelpText(
      'after',
      examples('zonecut apply plan.json', 'zonecut apply plan.json --yes --for resolvers'),
    )
    .action(async (file: string, flags) =>
      act(async context =>
        (await import('./commands/plan.ts')).apply(confirming(context, flags), file, flags),
      ),
    );
  program
    .command('undelegate <name>')
    .description(
      "put the child's records back into the parent, remove the delegation, wait, then delete the zone",
    )
    .option('--parent <host>', 'DNS host of the zone above')
    .option('--child <host>', 'DNS host of the zone to delete; found, and the zone kept, when left out')
    .option('--keep-zone', 'leave the child zone as it is')
    .option('--no-carry-back', 'let the names of the child go, instead of writing them into the parent')
    .addOption(waitFor)
    .option('--timeout <duration>', 'leave the wait after this time (exit status 8)')
    .option('--confirm <name>', 'the name of the zone to delete, instead of typing it')
    .addHelpText(
      'after',
      examples(
        'zonecut undelegate staging.example.com --parent namecheap --child route53',
        'zonecut undelegate staging.example.com --parent namecheap --child route53 --confirm staging.example.com',
      ),
    )
    .action(async (name: string, flags) =>
      act(async context =>
        (await import('./commands/undelegate.ts')).undelegate(confirming(context, flags), name, flags),
      ),
    );
  addMove(program, act);
}

function addMove(program: Command, act: (run: Act) => Promise<void>): void {
  program
    .command('move <name>')
    .description('take the zone to another host without a gap, and retire the old one')
    .option('--to <host>', 'DNS host that gets the zone')
    .option('--from <host>', 'DNS host that holds it today; found among your accounts when left out')
    .option('--parent <host>', 'DNS host of the zone above')
    .option('--zone-id <id>', 'which zone of that name at the new host, when there are several')
    .option('--keep-old', 'leave the zone at the old host as it is')
    .option('--go-insecure', 'let a signed zone be insecure while it moves')
    .addOption(waitFor)
    .option('--timeout <duration>', 'leave the wait after this time (exit status 8)')
    .option('--confirm <name>', 'the name of the zone to delete at the old host, instead of typing it')
    .addHelpText(
      'after',
      examples(
        'zonecut move staging.example.com --to route53 --parent namecheap',
        'zonecut move staging.example.com --to route53 --from dyn --keep-old --yes',
      ),
    )
    .action(async (name: string, flags) =>
      act(async context =>
        (await import('./commands/move.ts')).move(confirming(context, flags), name, flags),
      ),
    );
}

/** The commands that take DNSSEC away. */
export function addUnsigning(program: Command, act: (run: Act) => Promise<void>): void {
  program
    .command('unsign <name>')
    .description('take the DS records of a cut away, wait out their TTL, then its keys')
    .option('--parent <host>', 'DNS host of the zone above')
    .option(
      '--child <host>',
      'DNS host of the zone whose keys go; only the DS records are removed when left out',
    )
    .addOption(waitFor)
    .option('--timeout <duration>', 'leave the wait after this time (exit status 8)')
    .addHelpText(
      'after',
      examples(
        'zonecut unsign staging.example.org --parent route53 --child route53',
        'zonecut unsign staging.example.org --parent route53 --timeout 10m',
      ),
    )
    .action(async (name: string, flags) =>
      act(async context => (await import('./commands/undelegate.ts')).unsign(context, name, flags)),
    );
}

/** The commands that keep watch over delegations. */
export function addKeeping(program: Command, act: (run: Act) => Promise<void>): void {
  program
    .command('adopt <name>')
    .description('take over a delegation that was made by hand, and mend what does not fit')
    .option('--parent <host>', 'DNS host of the zone above; found among your accounts when left out')
    .option('--child <host>', 'DNS host of the zone; found among your accounts when left out')
    .option('--zone-id <id>', 'which zone of that name, when there are several')
    .option('--as-is', 'take it as it stands, and mend nothing')
    .addOption(waitFor)
    .option('--timeout <duration>', 'leave the wait after this time (exit status 8)')
    .addHelpText(
      'after',
      examples(
        'zonecut adopt staging.example.com --parent namecheap --child route53',
        'zonecut adopt staging.example.com --as-is',
      ),
    )
    .action(async (name: string, flags) =>
      act(async context => (await import('./commands/adopt.ts')).adopt(context, name, flags)),
    );
  program
    .command('drift [name]')
    .description(
      'what changed since at the delegations made or adopted here (exit status 5 when anything did)',
    )
    .option('--forget', 'keep watch over the name no longer')
    .addHelpText('after', examples('zonecut drift', 'zonecut drift staging.example.com --json'))
    .action(async (name: string | undefined, flags) =>
      act(async context => (await import('./commands/drift.ts')).drift(context, name, flags)),
    );
}

/** The commands about runs. */
export function addRuns(program: Command, act: (run: Act) => Promise<void>): void {
  program
    .command('runs')
    .description('list the runs and where they stand')
    .addHelpText('after', examples('zonecut runs'))
    .action(async () => act(async context => (await import('./commands/runs.ts')).runs(context)));
  const going = (command: Command, description: string, ...lines: readonly string[]): void => {
    command
      .description(description)
      .addOption(waitFor)
      .option('--timeout <duration>', 'leave the wait after this time (exit status 8)')
      .option('--confirm <name>', 'the name of the zone to delete, for runs that delete one')
      .addHelpText('after', examples(...lines))
      .action(async (run: string | undefined, flags) =>
        act(async context => (await import('./commands/runs.ts')).resume(context, run, flags)),
      );
  };
  going(
    program.command('resume [run]'),
    'go on with a run that was left or broken off, doing nothing twice',
    'zonecut resume',
    'zonecut resume k7m2q9xw',
  );
  going(
    program.command('wait <run>'),
    'wait for the caches of a run, by its ID or its name',
    'zonecut wait staging.example.com --for resolvers',
    'zonecut wait k7m2q9xw --timeout 10m',
  );
  program
    .command('undo <run>')
    .description('take back what a run did, as a new plan')
    .option('--no-carry-back', 'let records go that came into the child zone since')
    .option('--go-insecure', 'let a signed zone be insecure while it moves back')
    .addOption(waitFor)
    .option('--timeout <duration>', 'leave the wait after this time (exit status 8)')
    .option('--confirm <name>', 'the name of the zone to delete, for runs that made one')
    .addHelpText(
      'after',
      examples('zonecut undo k7m2q9xw', 'zonecut undo k7m2q9xw --confirm staging.example.com'),
    )
    .action(async (run: string, flags) =>
      act(async context => (await import('./commands/undo.ts')).undo(confirming(context, flags), run, flags)),
    );
}
