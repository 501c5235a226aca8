import type { FileType } from '../../../contracts/asset.js';
import { hintedFileType } from '../../../contracts/file-type-hint.js';
import { classTokens, type ElementKind, type Vocabulary } from './vocabulary.js';
import type { Attributes, Prolog } from './xml-events.js';

/** What a file is, by its root start tag (extraction.md, section 3). */
export interface FileKind {
  fileType: FileType;
  domainType: string | null;
  /** Kind of the root element; for a root with an unknown name that of the topic or map it stands for. */
  root: ElementKind;
}

const STANDARD_ROOTS = new Set([
  'topic', 'concept', 'task', 'reference', 'glossentry', 'glossgroup', 'troubleshooting',
  'learningOverview', 'learningContent', 'learningSummary', 'learningAssessment', 'learningPlan', 'learningBase',
  'map', 'bookmap', 'subjectScheme', 'learningGroupMap', 'learningObjectMap',
]);

const MAP_TYPES = new Set(['map', 'bookmap', 'subjectScheme', 'learningGroupMap', 'learningObjectMap']);

/** Names in public ids and schema URNs, in lower case, and the type each stands for (rule 2c). */
const SHELL_NAMES: Readonly<Record<string, string>> = {
  topic: 'topic',
  'base topic': 'topic',
  basetopic: 'topic',
  concept: 'concept',
  task: 'task',
  'general task': 'task',
  generaltask: 'task',
  'strict task': 'task',
  stricttask: 'task',
  'machinery task': 'task',
  machinerytask: 'task',
  reference: 'reference',
  glossary: 'glossentry',
  'glossary entry': 'glossentry',
  glossentry: 'glossentry',
  'glossary group': 'glossgroup',
  glossgroup: 'glossgroup',
  troubleshooting: 'troubleshooting',
  composite: 'dita',
  ditabase: 'dita',
  map: 'map',
  'base map': 'map',
  basemap: 'map',
  'classification map': 'map',
  classifymap: 'map',
  'learning map': 'map',
  learningmap: 'map',
  bookmap: 'bookmap',
  'learning bookmap': 'bookmap',
  learningbookmap: 'bookmap',
  'subject scheme map': 'subjectScheme',
  subjectscheme: 'subjectScheme',
  'learning overview': 'learningOverview',
  learningoverview: 'learningOverview',
  'learning content': 'learningContent',
  learningcontent: 'learningContent',
  'learning summary': 'learningSummary',
  learningsummary: 'learningSummary',
  'learning assessment': 'learningAssessment',
  learningassessment: 'learningAssessment',
  'learning plan': 'learningPlan',
  learningplan: 'learningPlan',
  'learning group map': 'learningGroupMap',
  learninggroupmap: 'learningGroupMap',
  'learning object map': 'learningObjectMap',
  learningobjectmap: 'learningObjectMap',
  ditaval: 'val',
};

const PUBLIC_ID = /^-\/\/OASIS\/\/DTD (?:LIGHTWEIGHT )?DITA (?:(?:1\.x|1\.2|1\.3|2\.0|2\.x) )?(.+?)\/\//i;
const SCHEMA_URN = /urn:oasis:names:tc:dita:(?:[^\s"']*:)?([^\s"':]+)\.(?:xsd|rng|rnc|dtd)/gi;

export function identifyXml(path: string, root: { name: string; attributes: Attributes }, prolog: Prolog, vocabulary: Vocabulary): FileKind {
  const { name, attributes } = root;
  const inNamespace = (attributes['xmlns'] ?? '') !== '';
  const kind = vocabulary.kindOf(name, attributes['class'], inNamespace);
  if (kind.isTopic || kind.isMap) {
    return { fileType: kind.isMap && !kind.isTopic ? 'DITAMAP' : 'DITATOPIC', domainType: domainType(name, attributes['class'], kind), root: kind };
  }
  if (!inNamespace && name === 'dita') return { fileType: 'DITATOPIC', domainType: 'dita', root: kind };
  if (!inNamespace && name === 'val') return { fileType: 'DITAVAL', domainType: 'val', root: kind };
  const shell = shellType(attributes, prolog);
  if (shell === 'val') return { fileType: 'DITAVAL', domainType: 'val', root: kind };
  if (shell !== null) {
    const fileType = MAP_TYPES.has(shell) ? 'DITAMAP' : 'DITATOPIC';
    return { fileType, domainType: shell, root: vocabulary.rootKind(fileType) };
  }
  return identifyByExtension(path, kind, vocabulary);
}

function identifyByExtension(path: string, kind: ElementKind, vocabulary: Vocabulary): FileKind {
  const fileType = hintedFileType(path);
  const root = fileType === 'DITATOPIC' || fileType === 'DITAMAP' ? vocabulary.rootKind(fileType) : kind;
  return { fileType, domainType: null, root };
}

/** Rule 3: the standard name, else the last such type in `@class`, else topic or map. */
function domainType(name: string, classValue: string | undefined, kind: ElementKind): string {
  if (STANDARD_ROOTS.has(name)) return name;
  const types = classValue === undefined ? [] : classTokens(classValue).map((token) => token.slice(token.indexOf('/') + 1));
  return types.findLast((type) => STANDARD_ROOTS.has(type)) ?? (kind.isMap && !kind.isTopic ? 'map' : 'topic');
}

function shellType(attributes: Attributes, prolog: Prolog): string | null {
  const publicId = prolog.documentType?.publicId?.replace(/\s+/g, ' ').trim();
  const name = publicId === undefined ? null : (PUBLIC_ID.exec(publicId)?.[1] ?? null);
  const byPublicId = name === null ? undefined : SHELL_NAMES[name.toLowerCase()];
  if (byPublicId !== undefined) return byPublicId;
  const places = [attributes['xsi:noNamespaceSchemaLocation'], attributes['xsi:schemaLocation'], ...prolog.models];
  for (const place of places) {
    for (const match of place?.matchAll(SCHEMA_URN) ?? []) {
      const type = SHELL_NAMES[match[1]?.toLowerCase() ?? ''];
      if (type !== undefined) return type;
    }
  }
  return null;
}
