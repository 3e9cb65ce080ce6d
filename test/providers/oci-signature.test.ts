import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signatureOf } from '../../src/providers/oci/signature.ts';
import { signerOf } from '../../src/sandbox/oci/signature.ts';

/** The key of the examples of draft-cavage-http-signatures (appendix C), which Oracle's examples use too. */
const pem = `-----BEGIN RSA PRIVATE KEY-----
MIICXgIBAAKBgQDCFENGw33yGihy92pDjZQhl0C36rPJj+CvfSC8+q28hxA161QF
NUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+F
UR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB
AoGBAJR8ZkCUvx5kzv+utdl7T5MnordT1TvoXXJGXK7ZZ+UuvMNUCdN2QPc4sBiA
QWvLw1cSKt5DsKZ8UETpYPy8pPYnnDEz2dDYiaew9+xEpubyeW2oH4Zx71wqBtOK
kqwrXa/pzdpiucRRjk6vE6YY7EBBs/g7uanVpGibOVAEsqH1AkEA7DkjVH28WDUg
f1nqvfn2Kj6CT7nIcE3jGJsZZ7zlZmBmHFDONMLUrXR/Zm3pR5m0tCmBqa5RK95u
412jt1dPIwJBANJT3v8pnkth48bQo/fKel6uEYyboRtA5/uHuHkZ6FQF7OUkGogc
mSJluOdc5t6hI1VsLn0QZEjQZMEOWr+wKSMCQQCC4kXJEsHAve77oP6HtG/IiEn7
kpyUXRNvFsDE0czpJJBvL/aRFUJxuRK91jhjC68sA7NsKMGg5OXb5I5Jj36xAkEA
gIT7aFOYBFwGgQAQkWNKLvySgKbAZRTeLBacpHMuQdl1DfdntvAyqpAZ0lY0RKmW
G6aFKaqQfOXKCyWoUiVknQJAXrlgySFci/2ueKlIE1QqIiLSZ8V8OlpFLRnb1pzI
7U1yQXnTAEFYM560yJlzUpOb1V4cScGd365tiSMvxLOvTA==
-----END RSA PRIVATE KEY-----
`;

const publicKey = `-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C3
6rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6
Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJw
oYi+1hqp1fIekaxsyQIDAQAB
-----END PUBLIC KEY-----
`;

const tenancy = 'ocid1.tenancy.oc1..aaaaaaaaba3pv6wkcr4jqae5f15p2b2m2yt2j6rx32uzr4h25vqstifsfdsq';
const user = 'ocid1.user.oc1..aaaaaaaat5nvwcna5j6aqzjcaty5eqbb6qt2jvpkanghtgdaqedqw3rynjq';
const fingerprint = '20:3b:97:13:55:1c:5b:0d:d3:37:d8:50:4e:c5:3a:34';
const compartment = 'ocid1.compartment.oc1..aaaaaaaam3we6vgnherjq5q2idnccdflvjsnog7mlr6rtdb25gilchfeyjxa';
const volume = 'ocid1.volume.oc1.phx.abyhqljrgvttnlx73nmrwfaux7kcvzfs3s66izvxf2h4lgvyndsdsnoiwr5q';
const instance = 'ocid1.instance.oc1.phx.abuw4ljrlsfiqw6vzzxb43vyypt4pkodawglp3wqxjqofakrwvou52gb6s5a';
const host = 'https://iaas.us-phoenix-1.oraclecloud.com/20160918';

// The day of the week is wrong in Oracle's examples, and signed as it is.
const date = 'Thu, 05 Jan 2014 21:31:40 GMT';
const now = Date.parse(date);
const identity = { keyId: `${tenancy}/${user}/${fingerprint}`, key: createPrivateKey(pem) };

const requests = {
  GET: {
    method: 'GET',
    url: `${host}/instances?availabilityDomain=Pjwf%3A%20PHX-AD-1&compartmentId=${compartment}&displayName=TeamXInstances&volumeId=${volume}`,
    headers: {},
    body: null,
  },
  POST: {
    method: 'POST',
    url: `${host}/volumeAttachments`,
    headers: {},
    body: `{
    "compartmentId": "${compartment}",
    "instanceId": "${instance}",
    "volumeId": "${volume}"
}`,
  },
} as const;

const users = [{ tenancy, user, fingerprint, publicKey, mayWrite: true }];

describe("the signatures of Oracle's documentation", () => {
  /** What its examples show, with their date. */
  const shown = {
    GET: 'GBas7grhyrhSKHP6AVIj/h5/Vp8bd/peM79H9Wv8kjoaCivujVXlpbKLjMPeDUhxkFIWtTtLBj3sUzaFj34XE6YZAHc9r2DmE4pMwOAy/kiITcZxa1oHPOeRheC0jP2dqbTll8fmTZVwKZOKHYPtrLJIJQHJjNvxFWeHQjMaR7M=',
    POST: 'Mje8vIDPlwIHmD/cTDwRxE7HaAvBg16JnVcsuqaNRim23fFPgQfLoOOxae6WqKb1uPjYEl0qIdazWaBy/Ml8DRhqlocMwoSXv0fbukP8J5N80LCmzT/FFBvIvTB91XuXI3hYfP9Zt1l7S6ieVadHUfqBedWH0itrtPJBgKmrWso=',
  } as const;

  for (const method of ['GET', 'POST'] as const) {
    it(`are made of a ${method}, and taken by the emulator`, () => {
      const request = requests[method];
      const headers = signatureOf(request, identity, date);
      expect(headers['authorization']).toContain(`signature="${shown[method]}"`);
      const sent = { ...request, headers: { ...headers, host: 'iaas.us-phoenix-1.oraclecloud.com' } };
      expect(signerOf(sent, users, now)).toEqual(users[0]);
      expect(signerOf({ ...sent, url: `${sent.url}&more=1` }, users, now)).toHaveProperty('problem');
      expect(signerOf(sent, users, now + 400_000)).toHaveProperty('problem');
    });
  }

  it('leave no body that is another', () => {
    const headers = signatureOf(requests.POST, identity, date);
    const sent = { ...requests.POST, headers: { ...headers, host: 'iaas.us-phoenix-1.oraclecloud.com' } };
    expect(signerOf(sent, users, now)).toEqual(users[0]);
    expect(signerOf({ ...sent, body: '{}' }, users, now)).toHaveProperty('problem');
  });
});
