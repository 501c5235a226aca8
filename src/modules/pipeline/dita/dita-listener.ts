import type { AssetSource } from '../../../contracts/pipeline.js';
import type { FileKind } from './file-kind.js';
import { type Frame, type Inherited, NOTHING_INHERITED } from './frame.js';
import { KeyContextBuilder } from './key-context.js';
import { ReferenceCollector } from './reference-collector.js';
import { collapse, Summary } from './summary.js';
import type { ElementKind, Vocabulary } from './vocabulary.js';
import { type Attributes, type Place, USE_CONREF_TARGET, type XmlListener } from './xml-events.js';

/** Attributes of content that give neither an id nor a reference; specialised documents may have others, which are looked at. */
const SILENT_ATTRIBUTES = new Set([
  'align', 'audience', 'base', 'char', 'charoff', 'class', 'colname', 'colnum', 'cols', 'colsep', 'colwidth', 'deliveryTarget', 'expanse', 'frame',
  'importance', 'morerows', 'nameend', 'namest', 'otherprops', 'outputclass', 'placement', 'platform', 'product', 'props', 'rev', 'rowheader', 'rowsep',
  'scale', 'status', 'translate', 'type', 'valign', 'xml:lang', 'xml:space', 'xtrc', 'xtrf',
]);

/** Walks a DITA topic or map and collects all that sections 5 to 7 and 9 name. */
export class DitaListener implements XmlListener {
  readonly summary: Summary;
  readonly references: ReferenceCollector;
  readonly keyContext: KeyContextBuilder;
  readonly topicIds: string[] = [];
  readonly elementIds: string[] = [];
  /** Topics without an id, and without a title. */
  untitledTopics = 0;
  topicsWithoutId = 0;
  private readonly frames: Frame[] = [];
  private readonly titled: boolean[] = [];
  private readonly isMap: boolean;

  constructor(
    source: AssetSource,
    private readonly file: FileKind,
    rootAttributes: Attributes,
    private readonly vocabulary: Vocabulary,
    /** The document has attributes that are to be treated as absent. */
    private readonly hasConrefTargets: boolean,
  ) {
    this.isMap = file.fileType === 'DITAMAP';
    this.summary = new Summary(this.isMap, rootAttributes['title'] ?? null);
    this.references = new ReferenceCollector(source);
    this.keyContext = new KeyContextBuilder(this.isMap, this.references);
  }

  open(name: string, attributes: Attributes, place: Place): void {
    const parent = this.frames.at(-1) ?? null;
    if (this.hasConrefTargets) dropConrefTargets(attributes);
    const frame = this.plainFrame(name, attributes, parent) ?? this.frame(name, attributes, parent);
    this.frames.push(frame);
    const depth = this.frames.length;
    const givesNothing = frame.kind.foreign || (!frame.kind.classified && (parent?.hidesUnclassified ?? false));
    const said = givesNothing ? 'nothing' : depth === 1 || frame.kind.isTopic ? 'more' : whatIsSaid(attributes);
    if (said !== 'nothing') this.collectId(frame, attributes);
    // Elements of maps are branches, which references find by their ids.
    if (said === 'more' || (said === 'id' && this.isMap)) {
      const { line } = place;
      this.keyContext.beforeReferences();
      this.references.collect(frame, parent, attributes, line);
      this.keyContext.open(frame, depth, attributes, line);
    }
    this.titled.push(false);
    if (parent?.kind.isTopic && frame.kind.isTitle) this.titled[depth - 2] = true;
    this.openKeyMeta(frame, parent);
    this.summary.open(frame, parent, depth);
  }

  close(): void {
    this.summary.close(this.frames.length);
    this.keyContext.close(this.frames.length);
    const frame = this.frames.pop();
    const titled = this.titled.pop();
    if (frame?.kind.isTopic && !titled) this.untitledTopics++;
  }

  get wantsText(): boolean {
    return this.summary.isCollecting;
  }

  text(text: string): void {
    this.summary.text(text);
  }

  /** The frame of an element that is ordinary content, whose attributes change nothing for what is below; null for others. */
  private plainFrame(name: string, attributes: Attributes, parent: Frame | null): Frame | null {
    if (parent === null || parent.inNamespace || attributes['class'] !== undefined || attributes['xmlns'] !== undefined) return null;
    const kind = this.vocabulary.kindOf(name, undefined, false);
    if (!kind.isPlain) return null;
    const frame = (parent.plainChild ??= this.frame(name, {}, parent));
    frame.kind = kind;
    frame.name = name;
    return frame;
  }

  private frame(name: string, attributes: Attributes, parent: Frame | null): Frame {
    const inNamespace = attributes['xmlns'] === undefined ? (parent?.inNamespace ?? false) : attributes['xmlns'] !== '';
    const kind = parent === null ? this.file.root : this.vocabulary.kindOf(name, attributes['class'], inNamespace);
    const standsForTopicref = this.standsForTopicref(kind, attributes, parent);
    const own: Inherited = kind.isMapContainer || kind.isLinkContainer || kind.isLink || standsForTopicref ? ownValues(attributes, kind) : NOTHING_INHERITED;
    const frame: Frame = {
      kind,
      name,
      standsForTopicref,
      inNamespace,
      hidesUnclassified: kind.hidesUnclassified || (parent?.hidesUnclassified ?? false),
      inMapContent: kind.isTopicmeta || kind.isTitle || (parent?.inMapContent ?? false),
      inReltable: kind.isReltable || (parent?.inReltable ?? false),
      inMetadata: parent?.inMetadata ?? false,
      topicId: kind.isTopic ? normalizeId(attributes['id']) : (parent?.topicId ?? null),
      inTopic: kind.isTopic || (parent?.inTopic ?? false),
      own,
      inherited: NOTHING_INHERITED,
      columns: kind.isReltable ? [] : null,
      nextCell: 0,
      key: null,
      keyMeta: parent?.keyMeta ?? null,
      plainChild: null,
    };
    frame.inherited = this.handedDown(frame, parent);
    return frame;
  }

  /** Elsewhere than in topicmeta or a title, an unclassified element of a map with href or keys is a topicref (section 7). */
  private standsForTopicref(kind: ElementKind, attributes: Attributes, parent: Frame | null): boolean {
    return (
      this.isMap &&
      parent !== null &&
      !kind.classified &&
      !kind.foreign &&
      !parent.inMapContent &&
      !parent.hidesUnclassified &&
      (attributes['href'] !== undefined || attributes['keys'] !== undefined)
    );
  }

  /** What topicrefs and links below inherit; the closest wins, `ditamap` and `ditaval` never cascade. */
  private handedDown(frame: Frame, parent: Frame | null): Inherited {
    const above = parent?.inherited ?? NOTHING_INHERITED;
    const { kind, own } = frame;
    // A link in the metadata of a topicref is none of its links.
    if (kind.isTopicmeta) return NOTHING_INHERITED;
    if (!kind.isMapContainer && !kind.isLinkContainer) return above;
    if (kind.tokens.has('map/relcolspec')) this.reltable()?.columns?.push(own);
    if (!kind.tokens.has('map/relcell')) return cascade(own, above);
    return cascade(own, cascade(parent?.own ?? NOTHING_INHERITED, cascade(this.column(parent), above)));
  }

  private column(row: Frame | null): Inherited {
    if (row === null) return NOTHING_INHERITED;
    return this.reltable()?.columns?.[row.nextCell++] ?? NOTHING_INHERITED;
  }

  private reltable(): Frame | undefined {
    return this.frames.findLast((frame) => frame.columns !== null);
  }

  private collectId(frame: Frame, attributes: Attributes): void {
    const id = normalizeId(attributes['id']);
    if (frame.kind.isTopic && id === null) this.topicsWithoutId++;
    if (id === null) return;
    if (frame.kind.isTopic) this.topicIds.push(id);
    const isPlain = frame.kind.isTopic || this.isMap || !frame.inTopic;
    this.elementIds.push(isPlain ? id : `${frame.topicId ?? ''}/${id}`);
  }

  private openKeyMeta(frame: Frame, parent: Frame | null): void {
    if (!frame.kind.isTopicmeta || parent === null || parent.key === null || parent.key.metaSeen) return;
    parent.key.metaSeen = true;
    frame.keyMeta = parent.key;
  }
}

/** Most elements of a topic have no attribute that says anything, or an id alone. `more`: perhaps a key, a scope, a reference. */
function whatIsSaid(attributes: Attributes): 'nothing' | 'id' | 'more' {
  let said: 'nothing' | 'id' = 'nothing';
  for (const name in attributes) {
    if (name === 'id') said = 'id';
    else if (!SILENT_ATTRIBUTES.has(name)) return 'more';
  }
  return said;
}

function dropConrefTargets(attributes: Attributes): void {
  for (const name of Object.keys(attributes)) {
    if (attributes[name]?.trim() === USE_CONREF_TARGET) Reflect.deleteProperty(attributes, name);
  }
}

/** ID and NMTOKEN values are trimmed and their white space collapsed; an empty id counts as absent (section 5). */
export function normalizeId(value: string | undefined): string | null {
  return value === undefined ? null : collapse(value) || null;
}

function ownValues(attributes: Attributes, kind: ElementKind): Inherited {
  const scope = attributes['scope'];
  return {
    scope: scope === 'local' || scope === 'peer' || scope === 'external' ? scope : null,
    format: presentValue(attributes['format']) ?? kind.defaultFormat,
    role: presentValue(attributes['processing-role']) ?? kind.defaultRole,
  };
}

function presentValue(value: string | undefined): string | null {
  const trimmed = value?.trim();
  return trimmed === undefined || trimmed === '' || trimmed === USE_CONREF_TARGET ? null : trimmed;
}

function cascade(own: Inherited, above: Inherited): Inherited {
  const format = own.format === 'ditamap' || own.format === 'ditaval' ? null : own.format;
  if (own.scope === null && format === null && own.role === null) return above;
  return { scope: own.scope ?? above.scope, format: format ?? above.format, role: own.role ?? above.role };
}
