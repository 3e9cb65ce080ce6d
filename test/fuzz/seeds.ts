import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where vectors lie when they are there; the command is run in the project's folder. */
const vectorFolder = join('..', 'shared', 'conformance', 'wire');

/** Packets of the conformance vectors, none when they are not there. */
export function packetVectors(): readonly Uint8Array[] {
  return ['malformed.json', 'deckard-badraw.json', 'fuzz-packets.json'].flatMap(name => {
    const file = join(vectorFolder, name);
    if (!existsSync(file)) return [];
    const found = readFileSync(file, 'utf8').matchAll(/"hex": *"([0-9a-f]+)"/g);
    return [...found].map(([, hex]) => Uint8Array.from(Buffer.from(hex ?? '', 'hex')));
  });
}

/** Longer files would make every case slow and find nothing more. */
const maxVectorText = 8192;

/** Zone files of the conformance vectors, cut to a length that mutates fast; none when they are not there. */
export function zoneVectors(): readonly string[] {
  const folders = ['bind-checkzone', 'dnspython', 'domain-zonefiles', 'nsd/parsezone-bad'];
  return folders.flatMap(name => {
    const folder = join(vectorFolder, name);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .sort()
      .map(file => readFileSync(join(folder, file), 'utf8').slice(0, maxVectorText));
  });
}
