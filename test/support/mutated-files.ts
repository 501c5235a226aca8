import { readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { filesBelow } from './files-below.js';
import { seededRandom } from './seeded-random.js';
import { buildZip } from './zip-builder.js';

/** What parsers stumble over, put anywhere. */
const TOKENS = [
  '<', '>', '&', ']]>', '<![CDATA[', '<!--', '-->', '<?xml version="1.1"?>', '<!DOCTYPE x [<!ENTITY a "&a;">]>', '&#x0;', '&#xFFFF;', '&lol;', '\0', '\u0085', '\ufeff', '\ud800',
  'id="', ' href="..\\..\\x"', ' conref="#', ' keyref="a/b/c"', '\r', '"', "'", '</', '/>', '<a '.repeat(50), '<p>'.repeat(500), 'x'.repeat(20_000), '# [', '](', '```', '|', '\u202e', '😀',
];

/** A file of mutated bytes, its path relative to the tree. */
export interface MutatedFile {
  path: string;
  bytes: Buffer;
}

/** Files that began as the samples of the project (and an archive of them) and were broken in one to eight places; the same for the same seed. */
export function mutatedFiles(count: number, seed: number): MutatedFile[] {
  const random = seededRandom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const files = filesBelow(join(__dirname, '../../samples'));
  const archive = buildZip(files.slice(0, 5).map((file) => ({ name: basename(file), content: readFileSync(file) })));
  const sources = [...files.map((file) => ({ extension: extname(file), bytes: readFileSync(file) })), { extension: '.zip', bytes: archive }];
  return Array.from({ length: count }, (_, i) => {
    const source = sources[i % sources.length] ?? { extension: '', bytes: Buffer.alloc(0) };
    let { bytes } = source;
    for (let left = 1 + below(8); left > 0; left--) bytes = mutated(bytes, sources[below(sources.length)]?.bytes ?? bytes, below);
    return { path: `part-${Math.floor(i / 200)}/file-${i}${source.extension}`, bytes };
  });
}

function mutated(bytes: Buffer, other: Buffer, below: (n: number) => number): Buffer {
  const at = below(bytes.length + 1);
  const length = below(Math.min(200, bytes.length - at) + 1);
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at + length);
  switch (below(7)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, bytes.subarray(at, at + length), bytes.subarray(at)]);
    case 2:
      return Buffer.concat([before, Buffer.from(Array.from({ length: 1 + below(8) }, () => below(256))), after]);
    case 3:
      return Buffer.from(before);
    case 4:
      return Buffer.concat([before, Buffer.from(TOKENS[below(TOKENS.length)] ?? ''), bytes.subarray(at)]);
    case 5:
      return Buffer.concat([before, other.subarray(below(other.length + 1))]);
    default: {
      const flipped = Buffer.from(bytes);
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << below(8));
      return flipped;
    }
  }
}
