import type { ContentSource, SourceEntry } from '../../src/modules/content/content-source.js';
import { topicOf } from './sample-tree.js';

const PER_FOLDER = 500;
/** Topics that are malformed on purpose: one of so many. */
const ONE_BROKEN_IN = 1000;

/** How many of `count` generated topics fail. */
export function brokenOf(count: number): number {
  return Math.ceil(count / ONE_BROKEN_IN);
}

/** Small topics made as they are read, in folders, each with links to a neighbour and to a place far away: more than should lie on a disk. */
export function generatedTopics(count: number): ContentSource {
  return { entries: () => entries(count), close: () => Promise.resolve() };
}

async function* entries(count: number): AsyncGenerator<SourceEntry> {
  for (let i = 0; i < count; i++) {
    const bytes = Buffer.from(contentOf(i, count));
    // The interface is asynchronous; a generator of constants has nothing to wait for.
    yield await Promise.resolve({ kind: 'file' as const, relativePath: pathOf(i), sizeBytes: bytes.length, modifiedAtMs: 0, read: () => Promise.resolve(bytes) });
  }
}

function contentOf(i: number, count: number): string {
  const topic = topicOf(`Topic ${i}`, [`../${pathOf((i + 1) % count)}`, `../${pathOf((i * 7919 + 1) % count)}#t/p`]);
  return i % ONE_BROKEN_IN === 0 ? topic.replace('</body>', '') : topic;
}

function pathOf(i: number): string {
  return `folder-${String(Math.floor(i / PER_FOLDER)).padStart(5, '0')}/topic-${String(i).padStart(7, '0')}.dita`;
}
