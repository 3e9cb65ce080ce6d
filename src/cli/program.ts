import { setMaxListeners } from 'node:events';
import { Command, CommanderError } from 'commander';
import { ZonecutError } from '../error.ts';
import { version } from '../version.ts';
import type { VerifyFlags } from './commands/verify.ts';
import { openContext } from './context.ts';
import { exitCodes } from './exit-code.ts';
import { addDelegating, addKeeping, addRuns, addUnsigning } from './program-changing.ts';
import { addCheck } from './program-check.ts';
import { type Act, examples, several } from './program-parts.ts';
import { type GlobalOptions, reportError } from './terminal.ts';

/** The status that the command ends with; set by its action. */
interface Ending {
  exitCode: number;
}

/** Runs the command line `argv` (as `process.argv`) and gives the exit status. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  const ending: Ending = { exitCode: exitCodes.ok };
  const program = makeProgram(ending, argv[2]);
  try {
    await program.parseAsync([...argv]);
    return ending.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === 'commander.help') {
        // A command without what it needs printed its help to standard error.
        return exitCodes.usage;
      }
      // Asking for help or the version is no mistake.
      return error.exitCode === 0
        ? exitCodes.ok
        : reportError(usageError(error), globalOptions(program, argv));
    }
    return reportError(error, globalOptions(program, argv));
  }
}

/** Options that were read before the mistake; `--json` counts wherever it stands. */
function globalOptions(program: Command, argv: readonly string[]): GlobalOptions {
  const options = program.opts<GlobalOptions>();
  return argv.includes('--json') ? { ...options, json: true } : options;
}

function usageError(error: CommanderError): ZonecutError {
  const [sentence = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  return new ZonecutError('ZC_USAGE', sentence, {
    hint: suggestion === undefined ? 'Add --help for the options.' : suggestion.replace(/^\((.*)\)$/, '$1'),
  });
}

/** What adds commands to a program. */
type Add = (program: Command, act: (run: Act) => Promise<void>, ending: Ending) => void;

/** The commands, in the order in which help has them, by what adds them. */
const commands: readonly (readonly [Add, ...string[]])[] = [
  [addDelegating, 'delegate', 'plan', 'apply', 'undelegate', 'move'],
  [addUnsigning, 'unsign'],
  [addKeeping, 'adopt', 'drift'],
  [addVerify, 'verify'],
  [addCheck, 'check'],
  [addTrace, 'trace'],
  [addExport, 'export'],
  [addHosts, 'hosts'],
  [addInit, 'init'],
  [addAudit, 'audit'],
  [addRuns, 'runs', 'resume', 'wait', 'undo'],
  [addResolver, 'resolver'],
  [addSandbox, 'sandbox'],
  [addDemo, 'demo'],
];

/** The program with all commands, or with few where the first word of the command line is one: making all takes long. */
function makeProgram(ending: Ending, first: string | undefined): Command {
  const program = new Command('zonecut')
    .description('Delegates a subdomain from one DNS host to another, and proves it from the root down.')
    .version(version, '-V, --version', 'print the version')
    .option('--sandbox', 'work in the sandbox that is up')
    .option('--json', 'print one JSON document')
    .option('-y, --yes', 'answer yes to every question, except to a deletion')
    .option('--no-input', 'ask nothing; fail with the option that answers')
    .option('--color <when>', 'auto, always or never', 'auto')
    .option('--resolver <address...>', 'recursive resolvers to ask at the end')
    .option('--proxy <url>', 'SOCKS5 proxy for queries: socks5://HOST:PORT')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      examples(
        'zonecut demo',
        'zonecut delegate staging.example.com --child route53 --parent namecheap',
        'zonecut verify staging.example.com',
      ),
    );
  const act = (run: Act): Promise<void> => withContext(program, ending, run);
  const named = commands.filter(([, ...names]) => first !== undefined && names.includes(first));
  for (const [add] of named.length > 0 ? named : commands) add(program, act, ending);
  return program;
}

/** Opens the world for one command and closes it whatever happens. Ctrl-C aborts; a second one ends the process. */
async function withContext(program: Command, ending: Ending, run: Act): Promise<void> {
  const controller = new AbortController();
  // Every query under way listens: Node would warn of the eleventh.
  setMaxListeners(0, controller.signal);
  const interrupt = (): void => controller.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const context = await openContext(program.opts<GlobalOptions>(), controller.signal);
  try {
    ending.exitCode = await run(context);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    context.terminal.live('');
    await context.close();
  }
}

function addVerify(program: Command, act: (run: Act) => Promise<void>): void {
  program
    .command('verify <name>')
    .description(
      'ask every server of the parent and of the child, and the resolvers (exit status 5 when anything is wrong)',
    )
    .option('--former <ns=address>', 'a server from before a move, asked as well', several)
    .addHelpText(
      'after',
      examples(
        'zonecut verify staging.example.com',
        'zonecut verify staging.example.com --json --resolver 1.1.1.1 --resolver 8.8.8.8',
      ),
    )
    .action(async (name: string, flags: VerifyFlags) =>
      act(async context => (await import('./commands/verify.ts')).verify(context, name, flags)),
    );
}

function addTrace(program: Command, act: (run: Act) => Promise<void>): void {
  program
    .command('trace [name] [type]')
    .description('walk from the root to the answer, asking every server at every level')
    .option('--explain', 'say each hop in plain words')
    .option('--dot', 'print a graph for Graphviz')
    .option('--mermaid', 'print a flow chart for Mermaid')
    .option('--save <file>', 'keep all that the servers said')
    .option('--from <file>', 'judge again what was kept, without a network')
    .option(
      '--via <resolver>',
      'compare with a resolver: ADDRESS, udp://, tcp://, tls:// or https:// (may be given several times)',
      several,
    )
    .option('--via-ca <file>', 'authorities to trust for tls:// and https://, PEM')
    .option('--trust-anchor <file>', "trust these DS or DNSKEY records in place of IANA's", several)
    .addHelpText(
      'after',
      examples(
        'zonecut trace staging.example.com',
        'zonecut trace www.example.com AAAA --explain',
        'zonecut trace www.example.com A --via 1.1.1.1 --via tls://dns.google --via https://dns.quad9.net/dns-query',
        'zonecut trace www.example.com A --save capture.json',
        'zonecut trace --from capture.json --dot',
      ),
    )
    .action(async (name: string | undefined, type: string | undefined, flags) =>
      act(async context => (await import('./commands/trace.ts')).trace(context, name, type, flags)),
    );
}

function addExport(program: Command, act: (run: Act) => Promise<void>): void {
  program
    .command('export <name>')
    .description('print the delegation as lines of a zone file')
    .addHelpText('after', examples('zonecut export staging.example.com'))
    .action(async (name: string) =>
      act(async context => (await import('./commands/verify.ts')).exportCut(context, name)),
    );
}

function addAudit(program: Command, act: (run: Act) => Promise<void>): void {
  const audit = program
    .command('audit [source]')
    .description(
      'look at every delegation that a file (or - for standard input) names, and print what is wrong as NDJSON (exit status 5 for errors)',
    )
    .option('--zone-file', 'the source is a zone file: its cuts')
    .option('--origin <name>', 'what relative names of the zone file are relative to')
    .option('--axfr <zone@address>', 'the cuts of a zone, by zone transfer')
    .option('--host <host>', 'every zone and every cut of an account')
    .option('-o, --output <file>', 'write there, so that it can go on after a crash')
    .option('--resume', 'go on where the output was broken off')
    .option('--force', 'replace an output that is there')
    .option('--least <severity>', 'critical, error, warning, notice or info (default: warning)')
    .option('--fail-on <severity>', 'what makes the exit status 5 (default: error)')
    .option(
      '--parents <which>',
      'ask each server of a parent for each name, or one in turn, which can miss what differs between them (default: one; each when offline)',
    )
    .option('--ports <mode>', 'ports of queries: pool or single (default: pool; single when offline)')
    .option('--no-dnssec', 'pass over DS and keys')
    .option('--rate <queries>', 'queries a second to one public address (default: 50)')
    .addHelpText(
      'after',
      examples(
        'zonecut audit names.txt > findings.ndjson',
        'zonecut audit names.txt -o findings.ndjson --resume',
        'zonecut audit --zone-file com.zone --origin com -o com.ndjson',
        'zonecut audit --host route53',
        'zonecut audit diff monday.ndjson tuesday.ndjson',
      ),
    )
    .action(async (source: string | undefined, flags) =>
      act(async context => (await import('./commands/audit.ts')).auditNames(context, source, flags)),
    );
  audit
    .command('diff <before> <after>')
    .description('tell which findings are new and which are gone (exit status 5 when any is new)')
    .addHelpText('after', examples('zonecut audit diff monday.ndjson tuesday.ndjson'))
    .action(async (before: string, after: string) =>
      act(async context => (await import('./commands/audit.ts')).auditDiff(context, before, after)),
    );
}

function addInit(program: Command, act: (run: Act) => Promise<void>): void {
  program
    .command('init')
    .description('ask for your hosts, prove their credentials, and write zonecut.yaml')
    .option('--parent <host>', 'DNS host of the zone above')
    .option('--child <host>', 'DNS host of new zones')
    .option('--ttl <seconds>', 'TTL of the NS records at the parent')
    .option('--sign', "sign new zones at the child's host")
    .option('--protect', 'lock the NS and DS records at the parent')
    .option('--no-verify', 'do not ask the hosts')
    .option('--force', 'replace the file that is there')
    .option('-o, --output <file>', 'another file than zonecut.yaml')
    .addHelpText('after', examples('zonecut init', 'zonecut init --parent namecheap --child route53'))
    .action(async flags => act(async context => (await import('./commands/init.ts')).init(context, flags)));
}

function addHosts(program: Command, act: (run: Act) => Promise<void>): void {
  const hosts = program
    .command('hosts')
    .description('show which accounts were found, who you are there, and what you may do')
    .addHelpText('after', examples('zonecut hosts', 'zonecut hosts --json'))
    .action(async () => act(async context => (await import('./commands/hosts.ts')).hosts(context)));
  hosts
    .command('caps [host]')
    .description('show what the hosts can do')
    .addHelpText(
      'after',
      examples('zonecut hosts caps', 'zonecut hosts caps route53', 'zonecut hosts caps --json'),
    )
    .action(async (host: string | undefined) =>
      act(async context => (await import('./commands/hosts-about.ts')).hostsCaps(context, host)),
    );
  hosts
    .command('policy <host> <name>')
    .description('print the least that credentials must be allowed for one delegation')
    .option('--as <side>', 'for the host of the zone above (parent) or of the new zone (child)', 'parent')
    .option('--zone-id <id>', 'the zone above; looked up in your account when left out')
    .option('--glue', 'allow addresses of name servers below the name, too')
    .addHelpText(
      'after',
      examples(
        'zonecut hosts policy route53 staging.example.com > policy.json',
        'zonecut hosts policy rfc2136 staging.example.com --glue',
      ),
    )
    .action(async (host: string, name: string, flags) =>
      act(async context =>
        (await import('./commands/hosts-about.ts')).hostsPolicy(context, host, name, flags),
      ),
    );
}

function addResolver(program: Command, act: (run: Act) => Promise<void>): void {
  const place = '<address:port>';
  const resolver = program
    .command('resolver')
    .description('serve ordinary programs as a recursive resolver, until Ctrl-C')
    .option(`--listen ${place}`, 'answer over UDP and TCP (default: 127.0.0.1:5353)', several)
    .option(`--dot ${place}`, 'answer over TLS too; needs --cert and --key', several)
    .option(`--doh ${place}`, 'answer over HTTPS too, at /dns-query; needs both', several)
    .option('--cert <file>', 'certificate and those above it, PEM')
    .option('--key <file>', 'key of the certificate, PEM')
    .option(`--metrics ${place}`, 'metrics for Prometheus, at /metrics')
    .option('--allow-remote', 'let it listen where other machines can reach it')
    .option('--ports <mode>', 'ports of queries: pool, fresh or single (loopback)')
    .option('--source <address>', 'address that queries leave from, one a family', several)
    .option('--trust-anchor <file>', "trust these DS or DNSKEY records in place of IANA's", several)
    .option('--no-validate', 'check no signatures')
    .option('--cache <mebibytes>', 'octets of answers that are remembered (default 64)')
    .option('--mix-case', 'mix the letters of names, against forgers')
    .addHelpText(
      'after',
      examples(
        'zonecut resolver',
        "zonecut resolver --trust-anchor 'example. IN DS 60485 13 2 5BD9...'",
        'zonecut resolver --listen 127.0.0.1:5300 --metrics 127.0.0.1:9153',
        'zonecut resolver --dot 127.0.0.1:8853 --doh 127.0.0.1:8443 --cert cert.pem --key key.pem',
      ),
    )
    .action(async flags =>
      act(async context => (await import('./commands/resolver.ts')).serveResolver(context, flags)),
    );
  resolver
    .command('dump')
    .description('print what the resolver that runs remembers')
    .option('--pid <pid>', 'which one, when several run')
    .addHelpText('after', examples('zonecut resolver dump', 'zonecut resolver dump --json'))
    .action(async flags =>
      act(async context => (await import('./commands/resolver.ts')).dumpResolver(context, flags)),
    );
}

function addSandbox(program: Command, act: (run: Act) => Promise<void>, ending: Ending): void {
  const sandbox = program
    .command('sandbox')
    .description('an internet in a box: real name servers and DNS hosts on loopback, without any account')
    .addHelpText('after', examples('zonecut sandbox up --quick', 'eval "$(zonecut sandbox env)"'));
  sandbox
    .command('up')
    .description('start it, and keep it up until Ctrl-C')
    .option('--port <port>', 'UDP and TCP port of all its name servers; 53 when permitted, else 5300')
    .option(
      '--single-address',
      'bind 127.0.0.1 only, a port for each server (the default where 127/8 cannot be bound)',
    )
    .option('--quick', 'short TTLs: caches let go within seconds')
    .option('--signed', 'sign root, top-level domains, example.com and example.org')
    .option('--delay <seconds>', 'how long its DNS hosts take from an accepted change to its visibility', '0')
    .addHelpText(
      'after',
      examples(
        'zonecut sandbox up',
        'zonecut sandbox up --quick --port 5300',
        'zonecut sandbox up --delay 20',
      ),
    )
    .action(async flags => {
      const { sandboxUp } = await import('./commands/sandbox.ts');
      ending.exitCode = await sandboxUp(program.opts<GlobalOptions>(), flags);
    });
  sandbox
    .command('env')
    .description('print the variables that make any program use the sandbox that is up')
    .addHelpText('after', examples('eval "$(zonecut sandbox env)"'))
    .action(async () => act(async context => (await import('./commands/sandbox.ts')).sandboxEnv(context)));
  sandbox
    .command('fault <api> <kind> [operation]')
    .description('let the next request to an API go wrong: api is route53, namecheap, dyn or *')
    .option('--times <n>', 'how many requests', '1')
    .addHelpText(
      'after',
      examples(
        'zonecut sandbox fault route53 throttle ChangeResourceRecordSets --times 3',
        'zonecut sandbox fault namecheap error-after setHosts',
      ),
    )
    .action(async (api: string, kind: string, operation: string | undefined, flags) =>
      act(async context =>
        (await import('./commands/sandbox.ts')).sandboxFault(context, api, kind, operation, flags),
      ),
    );
  sandbox
    .command('delay <seconds>')
    .description('change how long an accepted change takes to become visible')
    .addHelpText('after', examples('zonecut sandbox delay 5s'))
    .action(async (seconds: string) =>
      act(async context => (await import('./commands/sandbox.ts')).sandboxDelay(context, seconds)),
    );
}

function addDemo(program: Command, _act: (run: Act) => Promise<void>, ending: Ending): void {
  program
    .command('demo')
    .description('run the main job on an internet in a box: about ten seconds, no account')
    .option('--pace <seconds>', 'how long to rest between the scenes', '0.6')
    .addHelpText('after', examples('zonecut demo'))
    .action(async flags => {
      const { demo } = await import('./commands/demo.ts');
      ending.exitCode = await demo(program.opts<GlobalOptions>(), flags);
    });
}
