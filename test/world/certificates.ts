import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An authority of the test's own and a certificate that it gave, all in PEM. */
export interface TestCertificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Where the three stand as files, for programs: `ca.pem`, `cert.pem`, `key.pem`. */
  readonly folder: string;
  /** Removes the folder. */
  close(): Promise<void>;
}

/** Makes an authority, and a certificate for `subjects`, such as `DNS:dns.test` or `IP:127.0.0.1`, by openssl(1). */
export async function makeCertificate(...subjects: readonly string[]): Promise<TestCertificate> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zonecut-tls-'));
  const openssl = async (...args: readonly string[]): Promise<void> => {
    await run('openssl', [...args], { cwd: folder });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    ...[
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=test CA',
    ],
  );
  await openssl(...['req', ...newKey, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=test']);
  await writeFile(path.join(folder, 'extensions'), `subjectAltName=${subjects.join(',')}\n`);
  await openssl(
    ...['x509', '-req', '-in', 'request.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-out', 'cert.pem', '-days', '2', '-extfile', 'extensions'],
  );
  const [ca = '', cert = '', key = ''] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map(file => readFile(path.join(folder, file), 'utf8')),
  );
  return { ca, cert, key, folder, close: () => rm(folder, { recursive: true, force: true }) };
}
