import { expect, test } from 'vitest';
import { openAccount, user } from './account.ts';

test('a session is opened, asked for, kept and closed', async () => {
  const account = await openAccount();
  const answer = await account.send('POST', 'Session', {
    customer_name: 'customer',
    user_name: 'user',
    password: 'password',
  });
  expect(answer.text).toMatch(
    /^\{"status": "success", "data": \{"token": "[A-Za-z0-9+/]{171}=", "version": "3\.7\.9"\}, "job_id": \d{10}, "msgs": \[\{"INFO": "login: Login successful", "SOURCE": "BLL", "ERR_CD": null, "LVL": "INFO"\}\]\}$/,
  );
  const session = await account.login();
  expect((await session.send('GET', 'Session/')).http).toBe(200);
  expect((await session.send('PUT', 'Session/')).http).toBe(200);
  expect((await session.send('DELETE', 'Session')).messages).toEqual(['logout: Logout successful']);
  expect((await session.send('GET', 'Session/')).http).toBe(400);
});

test('wrong credentials and unknown tokens are refused', async () => {
  const account = await openAccount();
  const login = await account.send('POST', 'Session/', { ...user, password: 'wrong' });
  expect([login.http, login.status, login.messages]).toEqual([
    400,
    'failure',
    [
      'INVALID_DATA login: Credentials you entered did not match those in our database. Please try again',
      'login: Login failed',
    ],
  ]);
  for (const headers of [{}, { 'auth-token': 'nothing' }]) {
    const answer = await account.send('GET', 'Zone/', undefined, headers);
    expect([answer.http, answer.messages]).toEqual([
      400,
      ['INVALID_DATA login: Bad or expired credentials', 'login: There was a problem with your credentials'],
    ]);
  }
});

test('an idle session ends', async () => {
  const account = await openAccount({ sessionIdleMs: 1000 });
  const session = await account.login();
  await account.world.time.pass(1000);
  expect((await session.send('GET', 'Zone/')).http).toBe(200);
  await account.world.time.pass(1001);
  expect((await session.send('GET', 'Zone/')).messages[0]).toBe(
    'INVALID_DATA login: Bad or expired credentials',
  );
});

test('requests say that they are JSON, and are', async () => {
  const account = await openAccount();
  const { token } = await account.login();
  const plain = await account.send('GET', 'Zone/', undefined, {
    'auth-token': token,
    'content-type': 'text/plain',
  });
  expect(plain.messages[0]).toContain('INVALID_REQUEST');
  const broken = await account.send('POST', 'Zone/a.example.com/', '{', { 'auth-token': token });
  expect([broken.http, broken.messages[0]]).toEqual([400, 'INVALID_REQUEST body: Not a JSON object']);
  const version = await account.send('GET', 'Zone/', undefined, { 'auth-token': token, 'api-version': '2' });
  expect(version.messages[0]).toContain('INVALID_VERSION');
});

test('a user may lack a permission', async () => {
  const account = await openAccount({ users: [{ ...user, denied: ['POST Zone'] }] });
  const session = await account.login();
  const answer = await session.send('POST', 'Zone/a.example.com/', { rname: 'a@example.com', ttl: '60' });
  expect(answer.messages[0]).toBe('PERMISSION_DENIED permission: Not allowed, POST Zone');
});

test('more than the rate locks the account', async () => {
  const account = await openAccount({ rates: { perMinute: 5, lockMs: 60_000 } });
  const session = await account.login();
  const answers: number[] = [];
  for (let at = 0; at < 5; at += 1) {
    answers.push((await session.send('GET', 'Zone/')).http);
  }
  expect(answers).toEqual([200, 200, 200, 200, 429]);
  await account.world.time.pass(59_999);
  const locked = await session.send('GET', 'Zone/');
  expect(locked.messages[0]).toContain('RATE_LIMIT_EXCEEDED');
  await account.world.time.pass(1);
  expect((await session.send('GET', 'Zone/')).http).toBe(200);
});

test('a slow job answers 307, then incomplete, then its result, in its own session only', async () => {
  const account = await openAccount();
  const session = await account.login();
  const other = await account.login();
  account.emulator.slow({ operation: 'GET Zone', polls: 2 });
  const first = await session.send('GET', 'Zone/');
  expect(first.http).toBe(307);
  expect(first.location).toMatch(/^\/REST\/Job\/\d+$/);
  const job = first.location ?? '';
  expect((await session.send('GET', 'AllRecord/example.net/')).messages).toEqual([
    'OPERATION_FAILED token: This session already has a job running',
  ]);
  expect([(await session.send('GET', job)).status, (await session.send('GET', job)).status]).toEqual([
    'incomplete',
    'incomplete',
  ]);
  const result = await session.send('GET', `${job}/`);
  expect([result.status, result.data, `/REST/Job/${result.jobId}`]).toEqual([
    'success',
    ['/REST/Zone/example.net/'],
    job,
  ]);
  expect((await other.send('GET', job)).http).toBe(404);
  account.emulator.slow(null);
  expect((await session.send('GET', 'Zone/')).http).toBe(200);
});

test('an unknown resource is not found', async () => {
  const account = await openAccount();
  const session = await account.login();
  expect((await session.send('GET', 'Nothing/')).http).toBe(404);
  expect((await session.send('PATCH', 'Zone/example.net/')).http).toBe(404);
});
