import type { ZonecutError } from '../../error.ts';
import { Secret } from '../../secret.ts';
import type { HttpResponse, World } from '../../world/world.ts';
import type { Attempt, Outcome } from '../caller.ts';
import type { Settings } from '../driver.ts';
import { isSwitchedOn, variable } from '../driver.ts';
import type { HttpClient } from '../http-client.ts';
import { createHttpClient, defaultRequestTimeoutMs } from '../http-client.ts';
import type { Pace } from '../pacer.ts';
import type { Element } from './xml.ts';
import { childrenOf, findElement, parseXml } from './xml.ts';

/** A Namecheap account: sends commands and reads the envelope of their answers. */
export interface NamecheapApi {
  readonly http: HttpClient;
  readonly user: string;
  /** Sends a command that may be repeated, and gives its CommandResponse. Throws NamecheapFault for `Status="ERROR"`. */
  ask(command: string, parameters: Parameters, signal?: AbortSignal): Promise<Answer>;
  /** Sends a command once its turn comes; a lost answer is for the caller to look into. */
  tell(command: string, parameters: Parameters, signal?: AbortSignal): Promise<Outcome<Answer>>;
}

/** The parameters of a command, by name, besides those that every command has. */
export type Parameters = Readonly<Record<string, string>>;

/** An answer with `Status="OK"`. */
export interface Answer {
  /** The element that holds the result. */
  readonly result: Element;
  /** The whole text, for counting what must have been parsed. */
  readonly text: string;
}

/** `Status="ERROR"`: the number and what it means to zonecut. */
export class NamecheapFault extends Error {
  readonly number: string;
  readonly error: ZonecutError;

  constructor(number: string, error: ZonecutError) {
    super(error.message);
    this.number = number;
    this.error = error;
  }
}

/** The published limit. */
const pace: Pace = { kind: 'window', requests: 20, windowMs: 60_000 };

/** Namecheap answers 405 to one call too many and names no pause; people report that this one does. */
const throttlePauseMs = 5_000;

const production = 'https://api.namecheap.com/xml.response';
const sandbox = 'https://api.sandbox.namecheap.com/xml.response';

/** Makes the account of the environment. Throws ZC_CREDENTIALS when a part of it is missing or is no IPv4 address. */
export function openApi(world: World, settings: Settings): NamecheapApi {
  const apiUser = variable(settings, 'NAMECHEAP_API_USER');
  const key = variable(settings, 'NAMECHEAP_API_KEY');
  const userName = variable(settings, 'NAMECHEAP_USER_NAME', 'NAMECHEAP_USERNAME') ?? apiUser;
  const clientIp = variable(settings, 'NAMECHEAP_CLIENT_IP');
  const secret = new Secret(key ?? '');
  const http = createHttpClient(world, {
    host: 'Namecheap',
    pace,
    throttlePauseMs,
    timeoutMs: Number(variable(settings, 'ZONECUT_HTTP_TIMEOUT_MS') ?? defaultRequestTimeoutMs),
    secrets: [secret],
  });
  if (apiUser === null || userName === null) throw missing(http, 'NAMECHEAP_API_USER', 'your user name');
  if (key === null) throw missing(http, 'NAMECHEAP_API_KEY', 'the key of Profile > Tools > API Access');
  if (clientIp === null || !/^\d{1,3}(\.\d{1,3}){3}$/.test(clientIp)) {
    throw missing(
      http,
      'NAMECHEAP_CLIENT_IP',
      'the public IPv4 address of this machine, which must be on the whitelist there',
    );
  }
  const endpoint =
    variable(settings, 'ZONECUT_NAMECHEAP_ENDPOINT') ??
    (isSwitchedOn(settings, 'NAMECHEAP_USE_SANDBOX', 'NAMECHEAP_SANDBOX') ? sandbox : production);

  const attempt =
    (command: string, parameters: Parameters, signal: AbortSignal | undefined) =>
    async (): Promise<Attempt<Answer>> => {
      const body = new URLSearchParams({
        ApiUser: apiUser,
        ApiKey: secret.reveal(),
        UserName: userName,
        ClientIp: clientIp,
        Command: command,
        ...parameters,
      }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/xml' };
      const sent = await http.send({ method: 'POST', url: endpoint, headers, body }, signal);
      return sent.kind === 'done' ? readAnswer(http, command, sent.value) : sent;
    };

  return {
    http,
    user: userName,
    ask: (command, parameters, signal) => http.ask(command, attempt(command, parameters, signal), signal),
    tell: (command, parameters, signal) =>
      http.call({ name: command, repeatable: false, signal }, attempt(command, parameters, signal)),
  };
}

function missing(http: HttpClient, name: string, what: string): ZonecutError {
  return http.fault('ZC_CREDENTIALS', `${name} is not set, or not as it must be`, `Set ${name} to ${what}.`);
}

/** Reads the envelope of an answer. Throws NamecheapFault for an error that no repetition mends. */
export function readAnswer(http: HttpClient, command: string, response: HttpResponse): Attempt<Answer> {
  if (response.status === 405) {
    return { kind: 'throttled', problem: 'HTTP status 405 (too many requests)', afterMs: null };
  }
  const text = new TextDecoder().decode(response.body);
  const root = parseXml(text);
  if (root === null || root.name !== 'apiresponse') {
    return {
      kind: 'unreadable',
      problem: `no XML document of the API came (HTTP status ${response.status}, ${response.body.length} octets)`,
    };
  }
  const status = root.attributes.get('status')?.toUpperCase();
  const errors = childrenOf(root, 'errors').flatMap(element => childrenOf(element, 'error'));
  if (status === 'ERROR' || errors.length > 0) return readErrors(http, command, errors);
  if (status !== 'OK')
    return { kind: 'unreadable', problem: `Status is ${status ?? 'absent'}, neither OK nor ERROR` };
  const answered = childrenOf(root, 'commandresponse')[0];
  if (answered === undefined || answered.attributes.get('type')?.toLowerCase() !== command.toLowerCase()) {
    return { kind: 'unreadable', problem: `the answer is not that of ${command}` };
  }
  return { kind: 'done', value: { result: answered, text } };
}

function readErrors(http: HttpClient, command: string, errors: readonly Element[]): Attempt<never> {
  const first = errors[0];
  const number = first?.attributes.get('number') ?? '0';
  const sentence = errors.map(error => `${error.attributes.get('number') ?? '?'}: ${error.text}`).join('; ');
  const problem = sentence === '' ? 'an error without a number' : sentence;
  if (isServerFault(number, problem)) return { kind: 'lost', problem };
  if (/too many requests|rate limit/i.test(problem)) return { kind: 'throttled', problem, afterMs: null };
  throw new NamecheapFault(number, faultOf(http, command, number, problem));
}

/** Numbers that the documentation calls unknown exceptions; 5050900 also refuses names, which repeating does not mend. */
function isServerFault(number: string, problem: string): boolean {
  if (/invalid|can(no|')t be set/i.test(problem)) return false;
  return ['3050900', '5019169', '5050169', '5050900'].includes(number);
}

function faultOf(http: HttpClient, command: string, number: string, problem: string): ZonecutError {
  const text = `${command}: ${problem}`;
  switch (number) {
    case '1010101':
    case '1010102':
    case '1010103':
    case '1010104':
    case '1010105':
      return http.fault('ZC_PROVIDER_REFUSED', text);
    case '1011102':
      return http.fault(
        'ZC_CREDENTIALS',
        text,
        'Check NAMECHEAP_API_KEY, that API access is on, and that NAMECHEAP_CLIENT_IP is on the whitelist (Profile > Tools > API Access).',
      );
    case '1011147':
    case '1011148':
    case '1011150':
      return http.fault(
        'ZC_CREDENTIALS',
        text,
        'Put the IPv4 address of this machine on the whitelist and into NAMECHEAP_CLIENT_IP.',
      );
    case '1017101':
    case '1017105':
    case '1017150':
    case '1017410':
    case '1017411':
      return http.fault(
        'ZC_CREDENTIALS',
        text,
        'Sign in at namecheap.com and look at the state of the account and of API access.',
      );
    case '2019166':
      return http.fault('ZC_ZONE_NOT_FOUND', text, 'List the domains of the account with `zonecut hosts`.');
    case '2016166':
    case '3016166':
    case '4011103':
      return http.fault(
        'ZC_RIGHTS',
        text,
        'Use the account that owns the domain, or have it shared with this one.',
      );
    case '2030166':
      return http.fault('ZC_RIGHTS', text, 'The domain is locked, expired, or not editable by this account.');
    case '2030288':
      return http.fault(
        'ZC_PROVIDER_REFUSED',
        text,
        'The domain uses name servers of another host: write its records there.',
      );
    default:
      return http.fault('ZC_PROVIDER_REFUSED', text);
  }
}

/** The element of that name (in lower case) in an answer. Throws ZC_PROVIDER_RESPONSE when it is not there. */
export function resultOf(api: NamecheapApi, command: string, answer: Answer, name: string): Element {
  const found = findElement(answer.result, name);
  if (found === null) throw api.http.fault('ZC_PROVIDER_RESPONSE', `${command}: the answer holds no ${name}`);
  return found;
}
