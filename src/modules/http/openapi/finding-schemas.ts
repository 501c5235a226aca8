import { EXTRACTION_ERROR_CODES, REFERENCE_STATUSES } from '../../../contracts/asset.js';
import { KEY_STATUSES } from '../../../contracts/key-space.js';
import { fileType, line, path, time, uuid } from './fields.js';
import { flag, list, object, oneOf, orNull, ref, type Schema, text, whole } from './schema.js';

const referenceStatus = orNull(oneOf(REFERENCE_STATUSES, 'null: not looked up yet.'));
const keyStatus = orNull(oneOf(KEY_STATUSES, 'null: the href of its definition is not settled yet.'));
const href = orNull(text('As it stands in the document.'));
const target = orNull(text('Absolute repository path; null where none is named.'));
const fragment = orNull(text('What stands behind the `#`, decoded.'));
const scope = orNull(text('local, peer, external or key; what the document says, inherits or is supplied.'));
const format = orNull(text('dita, ditamap, html and so on; what the document says, inherits or is supplied.'));
const element = text('Its name, or what stands in for it outside of XML.');
const attribute = text('Where in the element the value stands.');
const raw = text('The value as it stands in the document.');
const keyElement = orNull(text('What stands behind the `/` of a key reference.'));

const reference = {
  kind: text('What sort of reference it is: topicref, xref, conref, image, md-link and so on.'),
  element,
  attribute,
  raw,
  scope,
  format,
  target,
  fragment,
  status: referenceStatus,
  key: orNull(text('Of a key reference, without what stands behind the `/`.')),
  keyElement,
  defaulted: list(text(), 'What of scope and format is inherited or supplied.'),
  line,
};

const page = { limit: whole('Entries that were asked for at most.'), next: orNull(text('To be sent as `after` for the following page; null at the end.')) };
const definedBy = object({ path, line }, 'The element that opens the scope.');
const scopeId = whole('Of a scope, within its root map.');
const keyScope = { id: scopeId, names: list(text(), 'Empty for the outermost.'), parent: orNull(whole('Id of the enclosing scope; null for the outermost.')), definedBy };
const rootMap = text('Absolute repository path of a map that no other map includes.');

const byName: Record<string, Schema> = {
  Reference: object(reference),
  ShownReference: object({
    source: text('The asset that holds it.'),
    ...reference,
    title: orNull(text('Of the asset at the other end.')),
    broken: flag('It leads nowhere.'),
  }),
  ReferencePage: object({ path, direction: oneOf(['outgoing', 'incoming'], 'From the asset, or to it.'), references: list(ref('ShownReference'), 'In document order.'), ...page }),
  BrokenLinkPage: object({ path, references: list(ref('ShownReference'), 'By the path that holds them, in document order.'), ...page }),
  KeyDefinition: object({
    keys: list(text(), 'Names that it defines.'),
    element,
    href,
    target,
    fragment,
    scope,
    format,
    keyref: orNull(text('Another key whose resource it takes.')),
    processingRole: text('normal or resource-only.'),
    text: orNull(text('What references show in its place.')),
    line,
    status: referenceStatus,
  }),
  ReportRecord: object({
    path,
    uuid,
    sha256: text('Of the content, in lower-case hex.'),
    size: whole('Bytes.'),
    fileType,
    mimeType: text('Media type of the content.'),
    outcome: oneOf(['SUCCESS', 'FAILED'], 'Of the last processing.'),
    wellFormed: orNull(flag('null: not judged (Markdown, HTML, CSS, others).')),
    error: orNull(
      object(
        { code: oneOf(EXTRACTION_ERROR_CODES, 'What went wrong.'), line: orNull(line), column: orNull(whole('1-based.')), message: text('The same in words.') },
        'Why it failed; null when it did not.',
      ),
    ),
    rootElement: orNull(text('Qualified name.')),
    domainType: orNull(text('topic, concept, task, map and so on.')),
    rootId: orNull(text('`@id` of the root.')),
    title: orNull(text('Text of the title.')),
    lang: orNull(text('`@xml:lang` of the root.')),
    shortdesc: orNull(text('Text of the short description.')),
    topicIds: list(text(), 'In document order.'),
    elementIdCount: whole('How many ids there are.'),
    elementIds: list(text(), '`topicId/elementId` in topics, plain ids for topics and in maps; document order.'),
    metadata: object({ authors: list(text(), 'In document order.'), keywords: list(text(), 'In document order.') }, 'Of the prolog or the map.'),
    unresolvedEntities: whole('References to entities that nothing declares.'),
    image: orNull(
      object(
        { widthPx: whole('Pixels.'), heightPx: whole('Pixels.'), format: text('png, jpeg, gif, webp, tiff, avif or svg.'), orientation: whole('EXIF, 1 to 8; 1 when absent.') },
        'null for what is no image.',
      ),
    ),
    keys: list(ref('KeyDefinition'), 'In document order.'),
    refs: list(ref('Reference'), 'In document order.'),
    processedAt: time,
    pipelineVersion: text('Of the processor that found this out.'),
  }),
  KeyBinding: object({
    definedIn: path,
    line,
    href,
    target,
    fragment,
    scope,
    format,
    text: orNull(text('What references show in its place.')),
    'cyclic?': oneOf([true], 'Its keyrefs lead back to themselves.'),
  }),
  KeySpace: object({
    rootMap,
    maps: list(path, 'Of its tree, itself included.'),
    topics: list(object({ path, scopeIds: list(scopeId, 'Scopes in which it is used.') }), 'Topics that it uses.'),
    scopes: list(object({ ...keyScope, keys: { type: 'object', additionalProperties: ref('KeyBinding'), description: 'By key.' } }), 'Outermost first.'),
    refs: list(
      object({
        path,
        line,
        element,
        attribute,
        raw,
        key: text('Without what stands behind the `/`.'),
        keyElement,
        scopeId,
        status: keyStatus,
        target,
        fragment,
        hasFallback: flag('An href or conref stands beside it.'),
      }),
      'Every key reference of the tree and its topics, in each scope in which it is used.',
    ),
  }),
  KeyLookup: object({
    rootMap,
    key: text('That was asked for.'),
    definitions: list(object({ scope: object(keyScope, 'That defines it.'), binding: ref('KeyBinding') }), 'Outermost scopes first.'),
  }),
};

/** Shapes of what processing found out; `page` is common to pages of them. */
export const FINDING_SCHEMAS = { byName, page };
