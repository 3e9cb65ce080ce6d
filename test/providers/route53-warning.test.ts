import { expect, it } from 'vitest';
import { driverNamed } from '../../src/providers/registry.ts';
import { nodeRandom } from '../../src/world/node.ts';
import { noStreams } from '../../src/world/streams.ts';
import { replaying } from './recordings.ts';
import { testClock } from './rig.ts';

// Alone in its file: the SDK warns once in a process.
it('the SDK of AWS prints no warning about the version of Node', async () => {
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', note);
  const dns = { exchange: () => Promise.reject(new Error('unused')) };
  const world = {
    clock: testClock(),
    random: nodeRandom,
    dns,
    streams: noStreams,
    http: replaying(() => null),
  };
  const environment = { AWS_ACCESS_KEY_ID: 'AKIAWARNING000000001', AWS_SECRET_ACCESS_KEY: 'x' };
  const provider = await (await driverNamed('route53').load())(world, { environment });
  await expect(provider.whoAmI()).rejects.toThrow('nothing was recorded');
  await new Promise(resolve => setImmediate(resolve));
  process.off('warning', note);
  expect(warnings.filter(text => text.includes('NodeVersionSupportWarning'))).toEqual([]);
});
