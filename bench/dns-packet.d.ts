/** As much of dns-packet as is measured. */
declare module 'dns-packet' {
  interface Packet {
    readonly answers: readonly unknown[];
  }
  const dnsPacket: {
    decode(octets: Buffer): Packet;
    encode(packet: Packet): Buffer;
  };
  export = dnsPacket;
}
