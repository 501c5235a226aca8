import type { KeyDefinition, Reference, ReferenceStatus } from '../../../contracts/asset.js';
import type { AssetSource } from '../../../contracts/pipeline.js';
import { type ReferenceTarget, settleReference } from '../../../contracts/reference-rules.js';
import { keyReference } from '../key-reference.js';
import { resolveUriReference, uriExtension, uriScheme } from '../uri-reference.js';
import type { Frame } from './frame.js';
import type { Attributes } from './xml-events.js';

/** A place in a file that refers to somewhere, before it is resolved. */
interface Mention {
  kind: string;
  attribute: string;
  raw: string;
  /** The element's own scope counts; else the URI alone decides. */
  scope: string | null;
  format: string | null;
  defaulted: string[];
  base?: string | null;
  /** Status that holds wherever the target is, as long as it is local. */
  fixed?: ReferenceStatus;
}

const URI_SCHEMES_WITH_FORMAT = new Set(['http', 'https', 'ftp', 'ftps', 'file', '//']);
const CONREF_ATTRIBUTES = ['conref', 'conrefend'] as const;
const OBJECT_KEYREFS = ['archivekeyrefs', 'classidkeyref', 'codebasekeyref', 'datakeyref'] as const;
const OBJECT_URIS = ['data', 'classid'] as const;
const MEDIA_VALUES = ['topic/media-source', 'topic/media-track', 'topic/video-poster'] as const;
const TOKENS = /[^ \t\r\n]+/g;

/** References and key definitions of a DITA file in document order (extraction.md, sections 7 to 9). */
export class ReferenceCollector {
  readonly refs: Reference[] = [];
  readonly keys: KeyDefinition[] = [];
  /** Same-file references with the topic that contains each: decided when all ids are known. */
  private readonly toSelf: { reference: Reference; containingTopic: string | null }[] = [];
  private readonly keyReferences: { definition: KeyDefinition; reference: Reference }[] = [];

  constructor(private readonly source: AssetSource) {}

  collect(frame: Frame, parent: Frame | null, attributes: Attributes, line: number): void {
    const { kind } = frame;
    const isTopicref = kind.isTopicref || frame.standsForTopicref;
    let href: Reference | null = null;
    const hrefKind = isTopicref ? topicrefKind(frame, attributes, parent) : (kind.hrefKind ?? (kind.classified ? null : 'other'));
    if (hrefKind !== null && attributes['href'] !== undefined) {
      href = this.add(hrefMention(hrefKind, attributes['href'], frame, attributes, isTopicref || kind.isLink ? parent : null), frame, line);
    }
    if (isTopicref) this.topicref(frame, parent, attributes, href, line);
    else if (kind.hasSpecialAttributes) this.special(frame, attributes, line);
    this.contentReferences(frame, attributes, line);
  }

  /** Decides the status of references to the file itself (rules 6, 10 and 12). */
  finish(self: ReferenceTarget): void {
    for (const { reference, containingTopic } of this.toSelf) reference.status = settleReference(reference, self, containingTopic);
    for (const { definition, reference } of this.keyReferences) definition.status = reference.status;
  }

  private topicref(frame: Frame, parent: Frame | null, attributes: Attributes, href: Reference | null, line: number): void {
    const copyTo = attributes['copy-to'];
    if (copyTo !== undefined) this.add({ kind: 'copy-to', attribute: 'copy-to', raw: copyTo, scope: null, format: null, defaulted: [], fixed: 'copy-to' }, frame, line);
    const keys = attributes['keys']?.match(TOKENS) ?? [];
    if (keys.length === 0) return;
    const inherited = parent?.inherited;
    const definition: KeyDefinition = {
      keys,
      element: frame.name,
      href: attributes['href'] ?? null,
      target: href?.target ?? null,
      fragment: href?.fragment ?? null,
      scope: href?.scope ?? ownScope(attributes) ?? inherited?.scope ?? 'local',
      format: href ? href.format : (trimmed(attributes['format']) ?? frame.kind.defaultFormat ?? inherited?.format ?? null),
      keyref: trimmed(attributes['keyref']),
      processingRole: trimmed(attributes['processing-role']) ?? frame.kind.defaultRole ?? inherited?.role ?? 'normal',
      text: null,
      line,
      status: href?.status ?? null,
    };
    this.keys.push(definition);
    frame.key = { definition, texts: [null, null, null, null], metaSeen: false };
    if (href) this.keyReferences.push({ definition, reference: href });
  }

  /** References in other attributes than href. */
  private special(frame: Frame, attributes: Attributes, line: number): void {
    const { tokens, isMap } = frame.kind;
    if (tokens.size === 0) return;
    const byUri = (kind: string, attribute: string, raw: string | undefined, more: Partial<Mention> = {}): void => {
      if (raw !== undefined) this.add({ kind, attribute, raw, scope: null, format: null, defaulted: [], ...more }, frame, line);
    };
    if (tokens.has('topic/object')) {
      const againstCodebase = { scope: ownScope(attributes), base: attributes['codebase'] ?? null };
      for (const attribute of OBJECT_URIS) byUri('object', attribute, attributes[attribute], againstCodebase);
      for (const raw of attributes['archive']?.match(TOKENS) ?? []) byUri('object', 'archive', raw, againstCodebase);
    }
    if (tokens.has('topic/param') && attributes['valuetype'] === 'ref') byUri('object', 'value', attributes['value']);
    if (attributes['href'] === undefined && MEDIA_VALUES.some((token) => tokens.has(token))) byUri('media', 'value', attributes['value']);
    if (tokens.has('topic/video')) byUri('media', 'poster', attributes['poster']);
    if (tokens.has('topic/image') || tokens.has('topic/object')) byUri('longdescref', 'longdescref', attributes['longdescref']);
    if (tokens.has('map/navref')) byUri('navref', 'mapref', attributes['mapref'], { scope: ownScope(attributes), format: 'ditamap' });
    if (isMap) byUri('anchorref', 'anchorref', attributes['anchorref'], { format: 'ditamap' });
  }

  /** Attributes that any element can have. */
  private contentReferences(frame: Frame, attributes: Attributes, line: number): void {
    for (const attribute of CONREF_ATTRIBUTES) {
      const raw = attributes[attribute];
      if (raw === undefined) continue;
      const keyed = attribute === 'conrefend' && trimmed(attributes['conkeyref']) !== null;
      this.add({ kind: attribute, attribute, raw, scope: null, format: null, defaulted: [], ...(keyed ? { fixed: 'keyed' as const } : {}) }, frame, line);
    }
    if (attributes['conkeyref'] !== undefined) this.addKeyReference('conkeyref', 'conkeyref', attributes['conkeyref'], frame, line);
    if (attributes['keyref'] !== undefined) this.addKeyReference('keyref', 'keyref', attributes['keyref'], frame, line);
    if (!frame.kind.isObject) return;
    for (const attribute of OBJECT_KEYREFS) {
      const value = attributes[attribute];
      if (value === undefined) continue;
      const values = attribute === 'archivekeyrefs' ? (value.match(TOKENS) ?? []) : [value];
      for (const raw of values) this.addKeyReference('keyref', attribute, raw, frame, line);
    }
  }

  private add(mention: Mention, frame: Frame, line: number): Reference {
    const scope = mention.scope ?? (isAbsolute(mention.raw) ? 'external' : 'local');
    const resolved = resolveUriReference(mention.raw, {
      sourcePath: this.source.path,
      damRoot: this.source.damRoot,
      scope,
      base: mention.base ?? null,
    });
    const isLocal = resolved.status !== 'external' && resolved.status !== 'empty';
    const reference: Reference = {
      kind: mention.kind,
      element: frame.name,
      attribute: mention.attribute,
      raw: mention.raw,
      scope,
      format: mention.format,
      target: resolved.target,
      fragment: resolved.fragment,
      status: mention.fixed !== undefined && isLocal ? mention.fixed : resolved.status,
      key: null,
      keyElement: null,
      defaulted: mention.defaulted,
      line,
    };
    this.refs.push(reference);
    if (reference.status === null && reference.target === this.source.path) this.toSelf.push({ reference, containingTopic: frame.topicId });
    return reference;
  }

  private addKeyReference(kind: 'keyref' | 'conkeyref', attribute: string, raw: string, frame: Frame, line: number): void {
    this.refs.push(keyReference({ kind, element: frame.name, attribute, raw, line }));
  }
}

/** The first that fits (section 7, table). */
function topicrefKind(frame: Frame, attributes: Attributes, parent: Frame | null): string {
  const { tokens } = frame.kind;
  if (tokens.has('ditavalref-d/ditavalref')) return 'ditavalref';
  if (tokens.has('mapgroup-d/anchorref')) return 'anchorref';
  if (frame.inReltable) return 'reltable';
  const format = effectiveFormat(attributes['href'] ?? '', frame, attributes, parent).format;
  if (format === 'ditamap') return 'mapref';
  return tokens.has('mapgroup-d/keydef') ? 'keydef' : 'topicref';
}

/** @param heir the parent whose scope and format are inherited; null where nothing is. */
function hrefMention(kind: string, raw: string, frame: Frame, attributes: Attributes, heir: Frame | null): Mention {
  const { format, defaulted } = effectiveFormat(raw, frame, attributes, heir);
  return { kind, attribute: 'href', raw, scope: ownScope(attributes) ?? heir?.inherited.scope ?? null, format, defaulted };
}

/** Section 7, "Effective format": own, DTD default, inherited, inferred. */
function effectiveFormat(raw: string, frame: Frame, attributes: Attributes, heir: Frame | null): { format: string | null; defaulted: string[] } {
  const own = trimmed(attributes['format']);
  if (own !== null) return { format: own, defaulted: [] };
  if (frame.kind.defaultFormat !== null) return { format: frame.kind.defaultFormat, defaulted: ['format'] };
  return { format: heir?.inherited.format ?? inferredFormat(raw), defaulted: [] };
}

function inferredFormat(raw: string): string | null {
  if (raw.trim() === '') return null;
  const scheme = uriScheme(raw);
  if (scheme !== null && !URI_SCHEMES_WITH_FORMAT.has(scheme)) return null;
  const extension = uriExtension(raw);
  if (extension === '') return scheme === 'http' || scheme === 'https' ? 'html' : 'dita';
  return extension === 'xml' ? 'dita' : extension;
}

function ownScope(attributes: Attributes): string | null {
  const scope = attributes['scope'];
  return scope === 'local' || scope === 'peer' || scope === 'external' ? scope : null;
}

/** An absolute URI or `//host`; a drive letter or `file:` names this machine and is none (section 8, rules 3 and 4). */
function isAbsolute(raw: string): boolean {
  const scheme = uriScheme(raw);
  return scheme !== null && scheme !== 'file';
}

function trimmed(value: string | undefined): string | null {
  return value?.trim() || null;
}
