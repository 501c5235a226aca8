import type { AssetFacts, ExtractionError, FileType, Reference } from '../../../contracts/asset.js';
import { hintedFileType } from '../../../contracts/file-type-hint.js';
import type { AssetSource, ExtractionLimits } from '../../../contracts/pipeline.js';
import { emptyFacts } from '../empty-facts.js';
import { DitaListener, normalizeId } from './dita-listener.js';
import { DitavalListener } from './ditaval-listener.js';
import { type FileKind, identifyXml } from './file-kind.js';
import { type Vocabulary, vocabularyWith } from './vocabulary.js';
import { XmlError } from './xml-error.js';
import type { Attributes, Prolog, XmlListener } from './xml-events.js';
import { readXml } from './xml-reader.js';

const SILENT: XmlListener = { wantsText: false, open: () => undefined, close: () => undefined, text: () => undefined };

export interface XmlExtraction {
  facts: AssetFacts;
  refs: Reference[];
}

/** Facts and references of a file with one of the five XML extensions (extraction.md, sections 2 to 9). Never throws for its content. */
export function extractXml(source: AssetSource, limits: ExtractionLimits, vocabulary: Vocabulary = vocabularyWith(undefined)): XmlExtraction {
  const reading = new Reading(source, limits, vocabulary);
  try {
    return reading.read();
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return reading.failed(error.toFact());
  }
}

class Reading {
  private file: FileKind | null = null;
  private rootName: string | null = null;
  private rootAttributes: Attributes = {};
  private dita: DitaListener | null = null;
  private ditaval: DitavalListener | null = null;

  constructor(
    private readonly source: AssetSource,
    private readonly limits: ExtractionLimits,
    private readonly vocabulary: Vocabulary,
  ) {}

  read(): XmlExtraction {
    if (this.source.sizeBytes > this.limits.maxXmlBytes) {
      throw new XmlError('SIZE_LIMIT', null, null, `The file has ${this.source.sizeBytes} bytes; at most ${this.limits.maxXmlBytes} are read.`);
    }
    const unresolvedEntities = readXml(this.source.bytes, this.limits, (root, prolog) => this.begin(root, prolog));
    const facts = { ...this.known(), wellFormed: true, unresolvedEntities };
    if (this.ditaval) return { facts, refs: this.ditaval.refs };
    if (!this.dita) return { facts: { ...facts, unresolvedEntities: 0 }, refs: [] };
    return { facts: this.ditaFacts(facts, this.dita), refs: this.dita.references.refs };
  }

  /** Only what stands before the error and cannot be wrong (section 2). */
  failed(error: ExtractionError): XmlExtraction {
    return { facts: { ...this.known(), wellFormed: error.code === 'SIZE_LIMIT' ? null : false, error }, refs: [] };
  }

  private begin(root: { name: string; attributes: Attributes }, prolog: Prolog): XmlListener {
    this.rootName = root.name;
    this.rootAttributes = root.attributes;
    this.file = identifyXml(this.source.path, root, prolog, this.vocabulary);
    switch (this.file.fileType) {
      case 'DITATOPIC':
      case 'DITAMAP':
        return (this.dita = new DitaListener(this.source, this.file, root.attributes, this.vocabulary, prolog.mayHaveConrefTargets));
      case 'DITAVAL':
        return (this.ditaval = new DitavalListener(this.source));
      default:
        return SILENT;
    }
  }

  private known(): AssetFacts {
    const fileType: FileType = this.file?.fileType ?? hintedFileType(this.source.path);
    const tokens = this.file ? [...this.file.root.tokens] : [];
    return {
      ...emptyFacts(fileType, 'application/xml'),
      rootElement: this.rootName,
      domainType: this.file?.domainType ?? null,
      ditaClass: tokens.length > 0 ? tokens.join(' ') : null,
    };
  }

  private ditaFacts(facts: AssetFacts, dita: DitaListener): AssetFacts {
    const { summary, references, topicIds, elementIds } = dita;
    const keyContext = dita.keyContext.result();
    const rootId = normalizeId(this.rootAttributes['id']);
    references.finish({ path: this.source.path, fileType: facts.fileType, wellFormed: true, rootId, topicIds, elementIds });
    return {
      ...facts,
      rootId,
      title: summary.title || null,
      lang: this.rootAttributes['xml:lang'] ?? null,
      shortdesc: summary.shortdesc,
      topicIds,
      elementIdCount: elementIds.length,
      elementIds,
      keys: references.keys,
      metadata: { authors: summary.authors, keywords: summary.keywords },
      ...(keyContext === null ? {} : { keyContext }),
      warnings: warnings(facts.unresolvedEntities, dita),
    };
  }
}

/** What a writer would want to know, though the asset succeeds ("In the product", Warnings). */
function warnings(unresolvedEntities: number, dita: DitaListener): string[] {
  const found: string[] = [];
  const duplicates = [...duplicatesOf(dita.elementIds)];
  if (duplicates.length > 0) {
    const shown = duplicates.slice(0, 5).join(', ');
    found.push(`${duplicates.length} id(s) stand more than once: ${shown}${duplicates.length > 5 ? ', …' : ''}`);
  }
  if (dita.topicsWithoutId > 0) found.push(`${dita.topicsWithoutId} topic(s) have no id`);
  if (dita.untitledTopics > 0) found.push(`${dita.untitledTopics} topic(s) have no title`);
  if (unresolvedEntities > 0) found.push(`${unresolvedEntities} entity reference(s) could not be resolved`);
  return found;
}

function duplicatesOf(ids: readonly string[]): Set<string> {
  const seen = new Set<string>();
  return new Set(ids.filter((id) => (seen.has(id) ? true : (seen.add(id), false))));
}
