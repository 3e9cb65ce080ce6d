import type { HttpServed } from '../world/listen-http.ts';
import type { HttpResponse } from '../world/world.ts';

/** The emulated APIs. */
export type Api =
  | 'route53'
  | 'namecheap'
  | 'dyn'
  | 'rfc2136'
  | 'powerdns'
  | 'desec'
  | 'gandi'
  | 'oci'
  | 'cloudflare'
  | 'digitalocean'
  | 'hetzner'
  | 'linode'
  | 'vultr'
  | 'gcloud'
  | 'ns1'
  | 'dnsimple'
  | 'porkbun'
  | 'ovh'
  | 'namecom'
  | 'azure'
  | 'godaddy';

/**
 * What can go wrong with one request by itself.
 *
 * `-before` is before anything was carried out, `-after` once all of it was. `throttle` answers as the vendor does when
 * there are too many requests; `error` is the vendor's 5xx; `timeout` never answers; `reset` breaks the connection;
 * `truncate` and `malformed` spoil the answer of a request that was carried out.
 */
export const requestFaultKinds = [
  'throttle',
  'error-before',
  'error-after',
  'timeout-before',
  'timeout-after',
  'reset-before',
  'reset-after',
  'truncate',
  'malformed',
] as const;

/**
 * What meets one request: one of `requestFaultKinds`; `edit-before`, which lets somebody else edit the account just before,
 * and the request is then carried out as usual; or `refuse`, which gives an answer of the vendor's in place of that.
 */
export type FaultKind = (typeof requestFaultKinds)[number] | 'edit-before' | 'refuse';

/** Which requests meet which fault. */
export interface FaultRule {
  readonly api: Api | '*';
  /** The operation as the emulator names it (`ChangeResourceRecordSets`, `namecheap.domains.dns.setHosts`, `POST NSRecord`), or `*`. */
  readonly operation: string;
  readonly kind: FaultKind;
  /** Matching requests to let pass first; 0 unless given. */
  readonly skip?: number;
  /** Matching requests to spoil after those; 1 unless given, Infinity for all. */
  readonly times?: number;
  /** For `truncate`: octets of the body that get through; half of it unless given. */
  readonly octets?: number;
  /** For `edit-before`: the foreign edit. */
  readonly edit?: () => void | Promise<void>;
  /** For `refuse`: what the vendor answers. */
  readonly answer?: HttpResponse;
}

/** One request that an emulator got, for tests. Holds no secret: neither query, headers nor body. */
export interface LoggedRequest {
  readonly api: Api;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  /** The fault that it met besides foreign edits; null for none. */
  readonly fault: FaultKind | null;
  /** The HTTP status that the emulator decided on; null when nothing was carried out or nothing was sent. */
  readonly status: number | null;
}

/** The rules that all emulators of one sandbox consult, and the log of what they were asked. */
export interface Faults {
  /** Adds a rule; rules are tried in the order in which they were added. */
  inject(rule: FaultRule): void;
  /** Forgets all rules. The log stays. */
  clear(): void;
  /** All requests so far, oldest first. */
  readonly requests: readonly LoggedRequest[];
  /** Empties the log. */
  forget(): void;
  /** The rules that this request meets, each counted as used: all foreign edits, and at most one other. */
  meet(api: Api, operation: string): MetFaults;
  /** Notes a request in the log. */
  note(request: LoggedRequest): void;
}

/** See `Faults.meet`. */
export interface MetFaults {
  readonly edits: readonly FaultRule[];
  readonly fault: FaultRule | null;
}

/** How one vendor answers when it fails. */
export interface VendorFaults {
  throttled(): HttpResponse;
  /** A 5xx. */
  broken(): HttpResponse;
  /** What replaces a good body so that no parser can read it. */
  malformed(good: HttpResponse): HttpResponse;
}

/** One request on its way through the faults. */
export interface Call {
  readonly api: Api;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly vendor: VendorFaults;
  /** Carries the request out; gives the vendor's answer, also when that is an error. */
  perform(): Promise<HttpResponse>;
}

interface CountedRule {
  readonly rule: FaultRule;
  seen: number;
}

/** Fault rules and a request log, both empty. */
export function createFaults(): Faults {
  let rules: CountedRule[] = [];
  let requests: LoggedRequest[] = [];
  return {
    inject(rule) {
      rules.push({ rule, seen: 0 });
    },
    clear() {
      rules = [];
    },
    get requests() {
      return requests;
    },
    forget() {
      requests = [];
    },
    meet(api, operation) {
      const edits: FaultRule[] = [];
      let fault: FaultRule | null = null;
      for (const counted of rules) {
        const { rule } = counted;
        if (!matches(rule, api, operation) || (rule.kind !== 'edit-before' && fault !== null)) {
          continue;
        }
        counted.seen += 1;
        if (!isDue(counted)) {
          continue;
        }
        if (rule.kind === 'edit-before') {
          edits.push(rule);
        } else {
          fault = rule;
        }
      }
      return { edits, fault };
    },
    note(request) {
      requests.push(request);
    },
  };
}

function matches(rule: FaultRule, api: Api, operation: string): boolean {
  return (rule.api === '*' || rule.api === api) && (rule.operation === '*' || rule.operation === operation);
}

function isDue({ rule, seen }: CountedRule): boolean {
  const skip = rule.skip ?? 0;
  return seen > skip && seen <= skip + (rule.times ?? 1);
}

/** Carries `call` out, with the faults that the rules hold for it, and notes it in the log. */
export async function serveWithFaults(faults: Faults, call: Call): Promise<HttpServed> {
  const { edits, fault } = faults.meet(call.api, call.operation);
  for (const rule of edits) {
    await rule.edit?.();
  }
  const { status, served } = await carryOut(call, fault);
  const { api, operation, method, path } = call;
  faults.note({ api, operation, method, path, fault: fault?.kind ?? null, status });
  return served;
}

interface Outcome {
  readonly status: number | null;
  readonly served: HttpServed;
}

async function carryOut(call: Call, fault: FaultRule | null): Promise<Outcome> {
  switch (fault?.kind) {
    case 'throttle':
      return answered(call.vendor.throttled());
    case 'error-before':
      return answered(call.vendor.broken());
    case 'refuse':
      return answered(fault.answer ?? call.vendor.broken());
    case 'timeout-before':
      return { status: null, served: { kind: 'hang' } };
    case 'reset-before':
      return { status: null, served: { kind: 'reset' } };
    default:
      return spoil(call, fault, await call.perform());
  }
}

function spoil(call: Call, fault: FaultRule | null, response: HttpResponse): Outcome {
  switch (fault?.kind) {
    case 'error-after':
      return answered(call.vendor.broken());
    case 'timeout-after':
      return { status: response.status, served: { kind: 'hang' } };
    case 'reset-after':
      return { status: response.status, served: { kind: 'reset' } };
    case 'truncate': {
      const octets = fault.octets ?? Math.floor(response.body.length / 2);
      return { status: response.status, served: { kind: 'truncate', response, octets } };
    }
    case 'malformed':
      return { status: response.status, served: call.vendor.malformed(response) };
    default:
      return answered(response);
  }
}

function answered(response: HttpResponse): Outcome {
  return { status: response.status, served: response };
}
