import { topicOf } from '../sample-tree.js';

/** Where all of it happens. */
export const ROOT = '/content/dam/model';
/** Blobs above this lie in files. */
export const MAX_INLINE_BYTES = 2000;

/** Never removed or moved, so that the root always has something that succeeds. */
export const ANCHOR = `${ROOT}/z-anchor.dita`;

const TOPIC_LINKS = ['t2.dita', '../t1.dita', 'b/t1.dita', '../c/t1.dita#t/p', '../c/t2.dita#t/nothing', 'm.ditamap', '../d/t2.dita'];

/** What an asset may hold: references between all of them, keys, malformed XML, and content too large for a table. */
export const CONTENTS: readonly { text: string; succeeds: boolean }[] = [
  { text: topicOf('A', TOPIC_LINKS.slice(0, 4)), succeeds: true },
  { text: topicOf('B', TOPIC_LINKS.slice(3)), succeeds: true },
  { text: topicOf('Without an anchor').replace(' id="p"', ''), succeeds: true },
  { text: topicOf('Malformed').replace('</body>', ''), succeeds: false },
  { text: topicOf('Large', [...TOPIC_LINKS, ...Array.from({ length: 80 }, (_, i) => `none-${i}.dita`)]), succeeds: true },
  {
    text:
      '<?xml version="1.0"?><!DOCTYPE map PUBLIC "-//OASIS//DTD DITA Map//EN" "map.dtd"><map id="m"><title>M</title>' +
      '<keydef keys="product" href="t1.dita"/><topicref href="t2.dita"/><topicref href="b/t1.dita"/><topicref href="../c/t1.dita"/></map>',
    succeeds: true,
  },
];

export const FOLDERS = ['a', 'a/b', 'c', 'd'].map((name) => `${ROOT}/${name}`);
export const ASSETS = ['t1.dita', 'm.ditamap', 'a/t1.dita', 'a/t2.dita', 'a/m.ditamap', 'a/b/t1.dita', 'a/b/m.ditamap', 'c/t1.dita', 'c/t2.dita', 'd/t2.dita'].map((name) => `${ROOT}/${name}`);
/** Overlapping: the root, folders in folders, single assets; and one where nothing ever stands. */
export const JOB_PATHS = [ROOT, ...FOLDERS, ASSETS[2], ASSETS[7], `${ROOT}/nowhere`].map(String);

/** What is there before the first command: enough batches for a job to be met in the middle of them. */
export function firstContent(): Map<string, number> {
  const assets = new Map([[ANCHOR, 0]]);
  for (const [i, path] of ASSETS.entries()) assets.set(path, i % CONTENTS.length);
  for (let i = 0; i < 12; i++) assets.set(`${ROOT}/bulk/t${String(i).padStart(2, '0')}.dita`, i % 3);
  return assets;
}

export function textOf(content: number): string {
  return CONTENTS[content]?.text ?? '';
}

export function succeeds(content: number): boolean {
  return CONTENTS[content]?.succeeds ?? false;
}

/** As a command shows it: what a failing sequence is read by. */
export function shown(path: string): string {
  return path === ROOT ? '/' : path.slice(ROOT.length + 1);
}
