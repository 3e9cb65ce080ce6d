import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRoute53Emulator } from '../../src/sandbox/route53/emulator.ts';
import { type FaultyRig, makeRig, name } from './rig.ts';

const key = { id: 'AKIAZONECUTPROFILE01', secret: 'pr0file/secret' };

/** Where the SDK itself looks: the environment of the process, and files. */
describe('the credential chain of AWS', () => {
  let folder: string;
  let rig: FaultyRig;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'zonecut-aws-'));
    const files = {
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_CONFIG_FILE: join(folder, 'config'),
    };
    const none = [
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_PROFILE',
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      'AWS_WEB_IDENTITY_TOKEN_FILE',
    ];
    for (const variable of none) vi.stubEnv(variable, undefined);
    for (const [variable, value] of Object.entries({ ...files, AWS_EC2_METADATA_DISABLED: 'true' }))
      vi.stubEnv(variable, value);
    writeFileSync(
      files.AWS_SHARED_CREDENTIALS_FILE,
      `[work]\naws_access_key_id = ${key.id}\naws_secret_access_key = ${key.secret}\n`,
    );
    writeFileSync(files.AWS_CONFIG_FILE, '[profile work]\nregion = eu-west-1\n');
    const apex = name('example.com.');
    const servers = ['com', 'net', 'org', 'co.uk'].map(tld => name(`ns-1.awsdns-01.${tld}.`));
    rig = await makeRig({
      api: 'route53',
      apex,
      operations: { write: '', read: '', create: null },
      emulate: deps => {
        const emulator = createRoute53Emulator(deps, { servers, keys: [key] });
        emulator.seedZone({ name: apex });
        return { handle: request => emulator.handle(request), editElsewhere: () => undefined };
      },
      environment: url => ({ AWS_ENDPOINT_URL_ROUTE_53: url, AWS_PROFILE: 'work' }),
    });
  });
  afterEach(async () => {
    await rig.close();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it('is asked for a profile', async () => {
    expect(rig.provider.label).toBe('Route 53 (profile work (AWS_PROFILE))');
    expect(await rig.provider.whoAmI()).toEqual({
      account: 'AKIA…LE01',
      source: 'profile work (AWS_PROFILE)',
    });
    expect((await rig.provider.findZones(rig.apex)).length).toBe(1);
  });

  it('is said to be empty when it is', async () => {
    const provider = await rig.open({ AWS_PROFILE: 'nobody' });
    await expect(provider.whoAmI()).rejects.toMatchObject({
      code: 'ZC_CREDENTIALS',
      hint: expect.stringContaining('AWS_PROFILE'),
    });
  });

  it('is said to be empty when there is nothing at all', async () => {
    const provider = await rig.open({ AWS_PROFILE: '' });
    await expect(provider.whoAmI()).rejects.toMatchObject({ code: 'ZC_CREDENTIALS' });
  });
});
