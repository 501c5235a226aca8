import type { FileType } from './asset.js';
import { fileExtension } from './repository-path.js';

const BY_EXTENSION: Readonly<Record<string, FileType>> = {
  md: 'MARKDOWN',
  markdown: 'MARKDOWN',
  mdita: 'MARKDOWN',
  html: 'HTML/CSS',
  htm: 'HTML/CSS',
  xhtml: 'HTML/CSS',
  css: 'HTML/CSS',
  dita: 'DITATOPIC',
  ditamap: 'DITAMAP',
  bookmap: 'DITAMAP',
  ditaval: 'DITAVAL',
  xml: 'OTHERS',
};

/** Extensions whose type only the content decides, and the types that it can turn out to be (extraction.md, section 3). */
const DECIDED_BY_CONTENT = new Set(['dita', 'ditamap', 'bookmap', 'ditaval', 'xml']);
const XML_TYPES: readonly FileType[] = ['DITATOPIC', 'DITAMAP', 'DITAVAL', 'OTHERS'];

/** The type that the name of an asset suggests. */
export function hintedFileType(path: string): FileType {
  return BY_EXTENSION[fileExtension(path)] ?? 'OTHERS';
}

/** False when, whatever its content, the asset is none of `types`. An empty list stands for all. */
export function mayBeOneOf(path: string, types: readonly FileType[]): boolean {
  if (types.length === 0) return true;
  if (DECIDED_BY_CONTENT.has(fileExtension(path))) return XML_TYPES.some((type) => types.includes(type));
  return types.includes(hintedFileType(path));
}
