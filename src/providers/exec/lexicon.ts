import { fileURLToPath } from 'node:url';
import { ZonecutError } from '../../error.ts';
import type { ProgramStart } from '../../world/program.ts';
import { type Settings, variable } from '../driver.ts';
import type { Capabilities } from '../provider.ts';
import { execCapabilities } from './capabilities.ts';

/** What can be promised of every provider of lexicon; the adapter says the same in its `hello`. */
export const lexiconCapabilities: Capabilities = {
  ...execCapabilities,
  visibleWithinMs: 3_600_000,
  notes: [
    'Any of the providers of an installed [lexicon](https://dns-lexicon.readthedocs.io/), for the NS records of a parent: `lexicon:PROVIDER`.',
    'Credentials are the variables that lexicon itself reads: `LEXICON_PROVIDER_OPTION`, such as `LEXICON_POWERDNS_AUTH_TOKEN`.',
  ],
};

/** Where the adapter lies, seen from this file as it is written, in the library, and bundled into a chunk or not. */
const places = ['../../..', '../../../..', '../..', '..'].map(up => `${up}/examples/exec/lexicon_adapter.py`);

/**
 * How the adapter for lexicon is started: by the interpreter that the command `lexicon` itself names in its first line, so
 * that the library is found wherever it was installed. Throws ZC_CREDENTIALS when lexicon is not there.
 */
export async function lexiconStart(provider: string, settings: Settings): Promise<ProgramStart> {
  const read = settings.readFile ?? (async () => null);
  const folders = (variable(settings, 'PATH') ?? '').split(':').filter(folder => folder !== '');
  for (const folder of folders) {
    const first = (await read(`${folder}/lexicon`))?.split('\n', 1)[0] ?? '';
    const interpreter = /^#!\s*(\/\S+)(?:\s+(\S+))?/.exec(first);
    if (interpreter === null) continue;
    const words = interpreter.slice(1).filter(word => word !== undefined);
    return { command: [...words, await adapter(read), provider], environment: settings.environment };
  }
  throw new ZonecutError('ZC_CREDENTIALS', 'the command lexicon is not in PATH', {
    hint: 'Install it: apt-get install lexicon, or pipx install dns-lexicon.',
  });
}

async function adapter(read: (path: string) => Promise<string | null>): Promise<string> {
  for (const place of places) {
    const path = fileURLToPath(new URL(place, import.meta.url));
    if ((await read(path)) !== null) return path;
  }
  throw new ZonecutError(
    'ZC_INTERNAL',
    'the adapter examples/exec/lexicon_adapter.py is not where it was installed',
  );
}
