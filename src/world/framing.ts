/**
 * Takes a TCP stream of DNS messages apart: two octets of length, then the message (RFC 1035 section 4.2.2).
 *
 * Chunks may end anywhere. At most one unfinished message of 65535 octets is held.
 */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #octets = 0;

  /** The messages that `chunk` completes, in order. */
  push(chunk: Uint8Array): readonly Uint8Array[] {
    this.#chunks.push(chunk);
    this.#octets += chunk.length;
    const length = this.#frameLength();
    if (length === null || this.#octets < length) {
      return [];
    }
    const all = joined(this.#chunks, this.#octets);
    const frames: Uint8Array[] = [];
    let at = 0;
    while (all.length - at >= 2) {
      const end = at + 2 + lengthAt(all, at);
      if (end > all.length) {
        break;
      }
      frames.push(all.subarray(at + 2, end));
      at = end;
    }
    this.#chunks = at === all.length ? [] : [all.subarray(at)];
    this.#octets = all.length - at;
    return frames;
  }

  /** Whether a message has begun and not ended. */
  get unfinished(): boolean {
    return this.#octets > 0;
  }

  /** Octets of the first frame with its length; null until both octets of the length are there. */
  #frameLength(): number | null {
    if (this.#octets < 2) {
      return null;
    }
    const [first] = this.#chunks;
    if (first !== undefined && first.length < 2) {
      this.#chunks = [joined(this.#chunks, this.#octets)];
    }
    const head = this.#chunks[0];
    return head === undefined ? null : 2 + lengthAt(head, 0);
  }
}

/** `message` behind its length, ready for a TCP stream. `message` has at most 65535 octets. */
export function framed(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(message.length + 2);
  frame[0] = message.length >> 8;
  frame[1] = message.length & 0xff;
  frame.set(message, 2);
  return frame;
}

function lengthAt(octets: Uint8Array, at: number): number {
  return ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
}

function joined(chunks: readonly Uint8Array[], octets: number): Uint8Array {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) {
    return only;
  }
  const all = new Uint8Array(octets);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** The octets of a Buffer without its methods, some of which differ from those of Uint8Array. Not a copy. */
export function octetsOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
