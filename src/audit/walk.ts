import { MessageView, nothing } from '../dns/view.ts';
import { findRecords, isReferralTo, NsSet } from '../dns/view-delegation.ts';
import { isZonecutError } from '../error.ts';
import type { Courier } from './courier.ts';
import { GlueSet, Targets } from './glue.ts';
import type { Host, Hosts } from './hosts.ts';
import type { AuditLimits } from './limits.ts';
import type { Parent } from './parents.ts';
import { type Answer, type Asker, Question } from './query.ts';
import { SameAnswer } from './same-answer.ts';
import type { Server, Servers } from './servers.ts';

const types = { a: 1, ns: 2, soa: 6, aaaa: 28, ds: 43 } as const;
const noerror = 0;
/** What an answer is for, by the thousand, with the number of the server below. */
const tags = { parent: 0, soa: 1000, ns: 2000, host: 3000 } as const;

/** What all walks of one engine share. */
export interface WalkSurroundings {
  readonly courier: Courier;
  readonly servers: Servers;
  readonly hosts: Hosts;
  readonly limits: AuditLimits;
  /** Whether every server of a parent is asked for each name, or one in turn. */
  readonly everyParentServer: boolean;
  /** Whether DS of the parent are looked at. */
  readonly dnssec: boolean;
  /** Is told of a walk that is over. */
  readonly over: (walk: Walk) => void;
  /** Scratch that no walk holds on to. */
  readonly view: MessageView;
  readonly otherGlue: GlueSet;
}

/** Makes what walks share, with scratch of its own. */
export function walkScratch(): Pick<WalkSurroundings, 'view' | 'otherGlue'> {
  return { view: new MessageView(), otherGlue: new GlueSet() };
}

/**
 * The fast look at one delegation: the parent's referral, and SOA and NS of every child server, compared on octets.
 *
 * It knows two outcomes: all is as it should be, or something is odd, and then it is for a survey to say what. One walk takes one
 * name after the other.
 */
export class Walk implements Asker {
  readonly #around: WalkSurroundings;
  readonly #room = new Uint8Array(255);
  readonly #delegation = new NsSet();
  readonly #targets = new Targets();
  readonly #glue = new GlueSet();
  /** By target: 1 where it is at or below the name. */
  #inDomain = new Uint8Array(16);
  readonly #asked: Server[] = [];
  /** What all servers of a stage are asked. */
  readonly #question = new Question();
  readonly #good = new SameAnswer();
  #octets: Uint8Array = this.#room;
  #parent: Parent | null = null;
  #pending = 0;
  #stage: 'parent' | 'hosts' | 'child' | 'glue' = 'parent';
  #isOdd = false;
  #referrals = 0;
  #dsHash = 0;
  #serial = nothing;
  /** The number of the name among those of the input. */
  seq = 0;

  constructor(around: WalkSurroundings) {
    this.#around = around;
  }

  /** The name on the wire, in lower case. */
  get octets(): Uint8Array {
    return this.#octets;
  }

  /** Whether anything was not as it should be. */
  get isOdd(): boolean {
    return this.#isOdd;
  }

  /** The zone above the name. */
  get parent(): Parent | null {
    return this.#parent;
  }

  /** Begins with a name, which is copied. */
  begin(seq: number, octets: Uint8Array, length: number): void {
    this.seq = seq;
    if (this.#octets.length !== length || this.#octets.buffer !== this.#room.buffer) {
      this.#octets = this.#room.subarray(0, length);
    }
    for (let at = 0; at < length; at += 1) this.#room[at] = octets[at] ?? 0;
    this.#isOdd = false;
    this.#parent = null;
    this.#pending = 0;
    this.#stage = 'parent';
    this.#referrals = 0;
    this.#dsHash = 0;
    this.#serial = nothing;
    this.#asked.length = 0;
  }

  /** Goes on with the zone above the name. */
  askParent(parent: Parent): void {
    this.#parent = parent;
    const { servers } = parent;
    if (servers.length === 0) {
      this.#isOdd = true;
      this.#end();
      return;
    }
    const first = this.#around.everyParentServer ? 0 : this.seq % servers.length;
    const last = this.#around.everyParentServer ? servers.length : first + 1;
    this.#begin(types.ns, this.#around.dnssec);
    for (let at = first; at < last; at += 1) {
      const server = servers[at]?.server;
      if (server === undefined) continue;
      if (server.refused !== null) this.#isOdd = true;
      else this.#ask(tags.parent + at, server, this.#question);
    }
    this.#settle();
  }

  /** Begins a stage in which every server is asked for `type`; `#settle` ends the beginning. */
  #begin(type: number, dnssecOk: boolean): void {
    this.#pending = 1;
    this.#good.forget();
    this.#question.write(this.#octets, type, dnssecOk);
  }

  #ask(tag: number, server: Server, question: Question): void {
    this.#pending += 1;
    this.#around.courier.ask(this, tag, server, question);
  }

  /** Asks a question of its own. */
  #askApart(tag: number, server: Server, name: Uint8Array, type: number): void {
    const question = new Question();
    question.write(name, type, false);
    this.#ask(tag, server, question);
  }

  told(tag: number, answer: Answer): void {
    const { view } = this.#around;
    const { octets } = answer;
    if (octets === null || answer.isFallback) this.#isOdd = true;
    else if (!this.#isOdd && !this.#good.is(octets)) {
      const pending = this.#pending;
      try {
        view.read(octets);
        if (!this.#isAsItShouldBe(tag, view)) this.#isOdd = true;
        // What led to a further question does so at every server.
        else if (pending > 1 && this.#pending === pending) this.#good.keep(octets);
      } catch (error) {
        if (!isZonecutError(error, 'ZC_WIRE')) throw error;
        this.#isOdd = true;
      }
    }
    this.#settle();
  }

  #isAsItShouldBe(tag: number, view: MessageView): boolean {
    if (tag < tags.soa) return this.#referral(view);
    if (!view.response || !view.authoritative || view.rcode !== noerror) return false;
    if (tag < tags.ns) return this.#soa(tag - tags.soa, view);
    return tag < tags.host ? this.#ns(view) : this.#hostAddresses(tag - tags.host, view);
  }

  /** A referral to exactly the name, the same as those before it. */
  #referral(view: MessageView): boolean {
    if (!isReferralTo(view, this.#octets)) return false;
    const range = { start: view.authorityStart, end: view.additionalStart };
    const { otherGlue, dnssec } = this.#around;
    const dsHash = dnssec ? hashOfDs(view) : 0;
    this.#referrals += 1;
    if (this.#referrals === 1) {
      this.#delegation.read(view, range, this.#octets);
      this.#targets.read(this.#delegation);
      this.#glue.read(view, this.#targets);
      this.#dsHash = dsHash;
      // What has one server, or has keys at its parent, is looked at closely.
      return this.#delegation.size > 1 && this.#glue.isWhole && dsHash === 0;
    }
    if (dsHash !== this.#dsHash || this.#targets.compare(view, range, this.#octets) !== 'same') return false;
    otherGlue.read(view, this.#targets);
    return otherGlue.isWhole && otherGlue.isSame(this.#glue);
  }

  /** One query, or the beginning of a stage, is over. */
  #settle(): void {
    this.#pending -= 1;
    if (this.#pending > 0) return;
    if (this.#isOdd) {
      this.#end();
      return;
    }
    switch (this.#stage) {
      case 'parent':
        this.#stage = 'hosts';
        this.#locate();
        break;
      case 'hosts':
        this.#stage = 'child';
        this.#askChild();
        break;
      case 'child':
        this.#stage = 'glue';
        this.#askGlue();
        break;
      case 'glue':
        this.#end();
        break;
    }
  }

  #end(): void {
    this.#around.over(this);
  }

  /** Finds the addresses of the delegation: glue for names below it, and what their own zones say for the others. */
  #locate(): void {
    const count = this.#targets.count;
    if (this.#inDomain.length < count) this.#inDomain = new Uint8Array(2 * count);
    this.#pending = 1;
    for (let at = 0; at < count; at += 1) {
      const target = this.#targets.at(at);
      this.#inDomain[at] = isAtOrBelow(target, this.#octets) ? 1 : 0;
      if (this.#inDomain[at] === 1) {
        if (!this.#addGlue(at)) this.#isOdd = true;
        continue;
      }
      const host = this.#around.hosts.at(target);
      if (!(host instanceof Promise)) {
        this.#addHost(host, at);
        continue;
      }
      this.#pending += 1;
      void host
        .then(
          found => this.#addHost(found, at),
          () => {
            this.#isOdd = true;
          },
        )
        .then(() => this.#settle());
    }
    this.#settle();
  }

  /** Whether there was an address for target `target`. */
  #addGlue(target: number): boolean {
    const { servers } = this.#around;
    let found = false;
    for (let at = 0; at < this.#glue.count; at += 1) {
      if (this.#glue.targetOf(at) !== target) continue;
      found = true;
      this.#add(servers.at(this.#glue.octets, 16 * at, this.#glue.sizeOf(at)));
    }
    return found;
  }

  /** Adds a host outside of the name; where the parent has addresses for it, they have to be its own. */
  #addHost({ servers, facts }: Host, target: number): void {
    if (servers.length === 0 || facts.alias !== null) this.#isOdd = true;
    for (let at = 0; at < this.#glue.count; at += 1) {
      if (this.#glue.targetOf(at) !== target) continue;
      const server = this.#around.servers.at(this.#glue.octets, 16 * at, this.#glue.sizeOf(at));
      if (!servers.includes(server)) this.#isOdd = true;
    }
    for (const server of servers) this.#add(server);
  }

  /** Two names with one address are odd, and so is an address that nobody may ask. */
  #add(server: Server): void {
    const isMore = this.#asked.length >= this.#around.limits.maxAddressesPerName;
    if (server.refused !== null || isMore || this.#asked.includes(server)) this.#isOdd = true;
    else this.#asked.push(server);
  }

  #askChild(): void {
    this.#begin(types.soa, false);
    for (let at = 0; at < this.#asked.length; at += 1) {
      const server = this.#asked[at];
      if (server !== undefined) this.#ask(tags.soa + at, server, this.#question);
    }
    this.#settle();
  }

  /** The one SOA of the name, with the serial of all others; NS beside it saves the question for them. */
  #soa(at: number, view: MessageView): boolean {
    if (
      view.authorityStart !== 1 ||
      view.typeAt(0) !== types.soa ||
      !view.isName(view.ownerAt(0), this.#octets)
    ) {
      return false;
    }
    const end = view.dataAt(0) + view.dataLengthAt(0);
    const serial = serialBefore(view.octets, end);
    if (view.dataLengthAt(0) < 22) return false;
    if (this.#serial === nothing) this.#serial = serial;
    else if (this.#serial !== serial) return false;
    const beside = { start: view.authorityStart, end: view.additionalStart };
    const compared = this.#targets.compare(view, beside, this.#octets);
    if (compared === 'none') {
      const server = this.#asked[at];
      if (server !== undefined) this.#askApart(tags.ns + at, server, this.#octets, types.ns);
      return true;
    }
    return compared === 'same' && this.#agreesOnGlue(view, view.additionalStart);
  }

  /** The NS RRset of the name, which has to be the parent's. */
  #ns(view: MessageView): boolean {
    const range = { start: 0, end: view.authorityStart };
    return (
      this.#targets.compare(view, range, this.#octets) === 'same' &&
      this.#agreesOnGlue(view, view.additionalStart)
    );
  }

  #agreesOnGlue(view: MessageView, start: number): boolean {
    if (this.#glue.count === 0) return true;
    return this.#glue.agrees(view, { start, end: view.recordCount }, this.#targets, this.#inDomain);
  }

  /** Asks the first server for addresses of names below the cut that came beside no answer. */
  #askGlue(): void {
    this.#pending = 1;
    const [server] = this.#asked;
    for (let target = 0; target < this.#targets.count && server !== undefined; target += 1) {
      if (this.#inDomain[target] !== 1 || !this.#isUnseen(target)) continue;
      for (const type of [types.a, types.aaaa]) {
        const tag = tags.host + 2 * target + (type === types.a ? 0 : 1);
        this.#askApart(tag, server, this.#targets.at(target), type);
      }
    }
    this.#settle();
  }

  #isUnseen(target: number): boolean {
    for (let at = 0; at < this.#glue.count; at += 1) {
      if (this.#glue.targetOf(at) === target && !this.#glue.wasSeen(at)) return true;
    }
    return false;
  }

  /** Addresses that were asked for: exactly the glue of that name and family. */
  #hostAddresses(tag: number, view: MessageView): boolean {
    const target = tag >> 1;
    const type = (tag & 1) === 0 ? types.a : types.aaaa;
    const range = { start: 0, end: view.authorityStart };
    const found = findRecords(view, range, this.#targets.at(target), type, noIndices);
    let wanted = 0;
    for (let at = 0; at < this.#glue.count; at += 1) {
      const isOfFamily = this.#glue.sizeOf(at) === (type === types.a ? 4 : 16);
      if (this.#glue.targetOf(at) === target && isOfFamily) wanted += 1;
    }
    if (found !== view.authorityStart || found !== wanted) return false;
    return this.#glue.agrees(view, range, this.#targets, this.#inDomain);
  }
}

const noIndices = new Int32Array(0);

/** The serial of SOA data that ends at `end`: the first of five numbers of 32 bits (RFC 1035 section 3.3.13). */
function serialBefore(octets: Uint8Array, end: number): number {
  const at = end - 20;
  return (
    (octets[at] ?? 0) * 0x1000000 +
    (((octets[at + 1] ?? 0) << 16) | ((octets[at + 2] ?? 0) << 8) | (octets[at + 3] ?? 0))
  );
}

/** The same for the same DS records in any order, 0 for none. */
function hashOfDs(view: MessageView): number {
  let sum = 0;
  for (let index = view.authorityStart; index < view.additionalStart; index += 1) {
    if (view.typeAt(index) !== types.ds) continue;
    let hash = 0x811c9dc5 | 0;
    for (const octet of view.dataOf(index)) hash = Math.imul(hash ^ octet, 0x01000193);
    sum = (sum + (hash | 1)) | 0;
  }
  return sum;
}

/** Whether the name in `octets` is the one in `ancestor`, or below it. */
function isAtOrBelow(octets: Uint8Array, ancestor: Uint8Array): boolean {
  let at = 0;
  while (octets.length - at > ancestor.length) at += (octets[at] ?? 0) + 1;
  if (octets.length - at !== ancestor.length) return false;
  for (let step = 0; step < ancestor.length; step += 1) {
    if (octets[at + step] !== ancestor[step]) return false;
  }
  return true;
}
