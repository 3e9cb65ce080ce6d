import { ZonecutError } from '../../error.ts';
import type { ProgramStart } from '../../world/program.ts';
import { type Driver, type Settings, variable } from '../driver.ts';
import { execCapabilities } from './capabilities.ts';
import { lexiconCapabilities, lexiconStart } from './lexicon.ts';

/** Milliseconds for one answer of a program unless ZONECUT_EXEC_TIMEOUT_MS says otherwise. */
export const defaultAnswerTimeoutMs = 60_000;

const timeout = {
  name: 'ZONECUT_EXEC_TIMEOUT_MS',
  secret: false,
  text: `milliseconds for one answer of the program; ${defaultAnswerTimeoutMs} unless given`,
};

/** The driver of `exec:PROGRAM` or `lexicon:PROVIDER`; null for every other text. */
export function bridgeDriver(text: string): Driver | null {
  const [, kind, what = ''] = /^(exec|lexicon):\s*(.*?)\s*$/is.exec(text) ?? [];
  if (kind === undefined) return null;
  return kind.toLowerCase() === 'exec' ? execDriver(what) : lexiconDriver(what.toLowerCase());
}

function execDriver(command: string): Driver {
  const words = command.split(/\s+/).filter(word => word !== '');
  const [program] = words;
  if (program === undefined || (program.includes('/') && !program.startsWith('/'))) {
    throw new ZonecutError(
      'ZC_USAGE',
      `exec:${command} names no program that is found again from elsewhere`,
      {
        hint: 'Give its whole path, such as exec:/opt/dns/host, or a name that stands in PATH.',
      },
    );
  }
  return {
    id: `exec:${words.join(' ')}`,
    title: `the program ${program}`,
    aliases: [],
    settingsUrl: 'https://www.npmjs.com/package/zonecut',
    environment: [timeout],
    capabilities: execCapabilities,
    find: async () => `command line (${program})`,
    load: async () => async (world, settings) => {
      const start = { command: words, environment: settings.environment };
      return await (await import('./provider.ts')).openBridge(
        world,
        bridgeOf(`exec:${words.join(' ')}`, start, settings),
      );
    },
  };
}

function lexiconDriver(provider: string): Driver {
  if (!/^[a-z0-9]+$/.test(provider)) {
    throw new ZonecutError('ZC_USAGE', `lexicon:${provider} names no provider of lexicon`, {
      hint: 'Such as lexicon:gandi; `lexicon --help` lists them.',
    });
  }
  const id = `lexicon:${provider}`;
  return {
    id,
    title: `${provider}, by lexicon`,
    aliases: [],
    settingsUrl: 'https://dns-lexicon.readthedocs.io/',
    environment: [timeout],
    capabilities: lexiconCapabilities,
    find: async () => `environment (LEXICON_${provider.toUpperCase()}_*)`,
    load: async () => async (world, settings) => {
      const start = await lexiconStart(provider, settings);
      return await (await import('./provider.ts')).openBridge(world, bridgeOf(id, start, settings));
    },
  };
}

function bridgeOf(id: string, start: ProgramStart, settings: Settings): import('./provider.ts').Bridge {
  const { startProgram } = settings;
  if (startProgram === undefined) {
    throw new ZonecutError('ZC_USAGE', `${id}: no program may be started here`, {
      hint: 'Give `startProgram` in the settings, such as `nodePrograms`.',
    });
  }
  const text = variable(settings, timeout.name);
  const timeoutMs = text === null ? defaultAnswerTimeoutMs : Number(text);
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1) {
    throw new ZonecutError('ZC_USAGE', `${timeout.name} is "${text}"`, { hint: 'Give whole milliseconds.' });
  }
  return { id, start, startProgram, timeoutMs };
}
