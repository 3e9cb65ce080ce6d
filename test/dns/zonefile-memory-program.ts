/** Reads a zone of as many records as are named first, made as it is read, and keeps some names; a program of its own for its heap. */
import { type Name, parseName } from '../../src/dns/name.ts';
import { ZoneFileReader } from '../../src/dns/zonefile-stream.ts';

const records = Number(process.argv[2]);
const eachPiece = 1000;
const reader = new ZoneFileReader({ origin: parseName('example.') });
const kept: Name[] = [];
let seen = 0;
for (let at = 0; at < records; at += eachPiece) {
  const lines = Array.from({ length: eachPiece }, (_, line) => {
    const host = `host-of-some-length-${at + line}`;
    return `${host} 3600 IN TXT "${host}" ( ; a comment that fills the line up\n "${'text '.repeat(30)}" )\n`;
  });
  for (const item of reader.push(lines.join(''))) {
    if (item.kind === 'problem') throw new Error(item.message);
    // A name that is kept must not hold the piece that it came from.
    if (seen % eachPiece === 0) kept.push(item.owner);
    seen += 1;
  }
}
for (const _ of reader.end()) throw new Error('more than was written');
process.stdout.write(`${seen} ${kept.length} ${kept.at(-1)}\n`);
