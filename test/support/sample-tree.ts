import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Assets in one folder of a sample tree. */
const PER_FOLDER = 50;

/** One asset of a sample tree, its path relative to the tree's root. */
export interface SampleFile {
  path: string;
  content: string;
  /** False for files that are broken on purpose. */
  succeeds: boolean;
}

/**
 * A tree of exactly `count` small files that refer to each other across folders and batches: topics, maps with keys,
 * Markdown and HTML, references that lead nowhere, and one malformed file in about a hundred.
 */
export function sampleTree(count: number): SampleFile[] {
  return Array.from({ length: count }, (_, i) => sampleFile(i, count));
}

/** Writes the files below `folder`, which is made. */
export function writeTree(folder: string, files: readonly SampleFile[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { path, content } of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

export function topicOf(title: string, links: readonly string[] = []): string {
  const related = links.map((href) => `<link href="${href}"/>`).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE topic PUBLIC "-//OASIS//DTD DITA Topic//EN" "topic.dtd">
<topic id="t"><title>${title}</title><shortdesc>About ${title}.</shortdesc>
<body><p id="p">See <xref href="#t/p"/> and <keyword keyref="product"/>.</p></body><related-links>${related}</related-links></topic>
`;
}

function sampleFile(i: number, count: number): SampleFile {
  if (i % 97 === 13) return { path: topicPath(i), content: topicOf(`Broken ${i}`).replace('</body>', ''), succeeds: false };
  if (i % PER_FOLDER === 7) return { path: mapPath(i), content: mapOf(i, count), succeeds: true };
  if (i % PER_FOLDER === 8) return { path: `${folderOf(i)}/note-${i}.md`, content: `# Note ${i}\n\n[next](topic-${i + 1}.dita)\n`, succeeds: true };
  if (i % PER_FOLDER === 9) return { path: `${folderOf(i)}/page-${i}.html`, content: htmlOf(i), succeeds: true };
  return { path: topicPath(i), content: topicOf(`Topic ${i}`, linksOf(i, count)), succeeds: true };
}

/** To a neighbour, to a place far away in the tree (with a good and a bad fragment), and to nothing. */
function linksOf(i: number, count: number): string[] {
  const far = (i * 7919 + 1) % count;
  const links = [`../../${topicPath((i + 1) % count)}`, `../../${topicPath(far)}#t/p`];
  if (i % 5 === 0) links.push(`../../${topicPath(far)}#t/nothing-here`);
  if (i % 11 === 0) links.push('missing.dita');
  return links;
}

function mapOf(i: number, count: number): string {
  const first = i - (i % PER_FOLDER);
  const refs = Array.from({ length: 12 }, (_, n) => `<topicref href="../../${topicPath((first + n) % count)}"/>`).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE map PUBLIC "-//OASIS//DTD DITA Map//EN" "map.dtd">
<map id="m"><title>Map ${i}</title><keydef keys="product" href="topic-${first}.dita"/>
${refs}</map>
`;
}

function htmlOf(i: number): string {
  return `<!doctype html><html lang="en"><head><title>Page ${i}</title></head><body><a href="topic-${i + 1}.dita">next</a></body></html>\n`;
}

function topicPath(i: number): string {
  return `${folderOf(i)}/topic-${i}.dita`;
}

function mapPath(i: number): string {
  return `${folderOf(i)}/map-${i}.ditamap`;
}

/** Two levels, so that `../../` leads to the root of the tree. */
function folderOf(i: number): string {
  const folder = Math.floor(i / PER_FOLDER);
  return `area-${folder % 10}/folder-${folder}`;
}
