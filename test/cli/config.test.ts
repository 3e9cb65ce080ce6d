import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noConfig, parseConfig, printConfig, readConfig, withCredentials } from '../../src/cli/config.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zonecut-config-'));
  await mkdir(path.join(folder, 'repo/.git'), { recursive: true });
  await mkdir(path.join(folder, 'repo/a/b'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (where: string, text: string): Promise<void> => writeFile(path.join(folder, where), text);
const head = 'schema: zonecut/config/v1\n';

describe('zonecut.yaml', () => {
  it('is found in the folder and those above, but not outside of the repository', async () => {
    await write('zonecut.yaml', `${head}parent: dyn\n`);
    const inside = path.join(folder, 'repo/a/b');
    expect(await readConfig({}, inside)).toEqual(noConfig);
    await write('repo/zonecut.yaml', `${head}parent: namecheap\nchild: route53\nttl: 300\n`);
    const config = { parent: 'namecheap', child: 'route53', ttl: 300, credentials: {} };
    expect(await readConfig({}, inside)).toEqual({ file: path.join(folder, 'repo/zonecut.yaml'), ...config });
    expect(await readConfig({ ZONECUT_CONFIG: 'none' }, inside)).toEqual(noConfig);
    expect(await readConfig({ ZONECUT_CONFIG: '../../../zonecut.yaml' }, inside)).toMatchObject({
      parent: 'dyn',
    });
  });

  it('that is only found names no program', async () => {
    await write('repo/zonecut.yaml', `${head}child: "exec:/bin/evil"\n`);
    const repo = path.join(folder, 'repo');
    await expect(readConfig({}, repo)).rejects.toMatchObject({ code: 'ZC_USAGE' });
    expect(await readConfig({ ZONECUT_CONFIG: 'zonecut.yaml' }, repo)).toMatchObject({
      child: 'exec:/bin/evil',
    });
  });

  it('is read back as it was printed', async () => {
    const defaults = { parent: 'namecheap', child: 'route53', ttl: 300, sign: true, protect: false };
    expect(await parseConfig(printConfig(defaults), 'f')).toEqual({
      file: 'f',
      ...defaults,
      credentials: {},
    });
  });

  const wrong = [
    ['no YAML', 'schema: [', /is no YAML/],
    ['nothing', '', /does not begin with "schema: zonecut\/config\/v1"/],
    ['another version', 'schema: zonecut/config/v2\n', /does not begin with/],
    ['a member that is not known', `${head}parents: dyn\n`, /has a member "parents"/],
    ['a TTL of another kind', `${head}ttl: 1h\n`, /no such value for ttl: "1h"/],
    [
      'a secret itself',
      `${head}credentials:\n  NAMECHEAP_API_KEY: k3y\n`,
      /must say where NAMECHEAP_API_KEY is/,
    ],
    ['an address', `${head}credentials:\n  PDNS_API_URL: file:x\n`, /PDNS_API_URL, which is no secret/],
  ] as const;
  for (const [title, text, problem] of wrong) {
    it(`is refused with ${title}`, async () => {
      const error: unknown = await parseConfig(text, 'zonecut.yaml').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'ZC_USAGE', message: expect.stringMatching(problem) });
      expect(String(error)).not.toContain('k3y');
    });
  }

  it('leads to secrets where they lie, and the environment goes before it', async () => {
    await write('repo/key', 'from-file\n');
    const text = `${head}credentials:\n  NAMECHEAP_API_KEY: file:key\n  DYN_PASSWORD: env:OTHER\n`;
    const config = await parseConfig(text, path.join(folder, 'repo/zonecut.yaml'));
    expect(await withCredentials({ OTHER: 'from-other' }, config)).toMatchObject({
      NAMECHEAP_API_KEY: 'from-file',
      DYN_PASSWORD: 'from-other',
    });
    expect(await withCredentials({ NAMECHEAP_API_KEY: 'own', DYN_PASSWORD: 'own' }, config)).toMatchObject({
      NAMECHEAP_API_KEY: 'own',
      DYN_PASSWORD: 'own',
    });
    await expect(withCredentials({}, config)).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
    expect(await readFile(path.join(folder, 'repo/key'), 'utf8')).toBe('from-file\n');
  });
});
