import type { Reference } from '../../../contracts/asset.js';
import type { AssetSource } from '../../../contracts/pipeline.js';
import { localReference } from '../local-reference.js';
import type { Attributes, Place, XmlListener } from './xml-events.js';

const IMAGE_ATTRIBUTES = ['imageref', 'img'] as const;

/** Images of a DITAVAL file (extraction.md, section 10). */
export class DitavalListener implements XmlListener {
  readonly refs: Reference[] = [];
  readonly wantsText = false;
  /** Whether each open element has a default namespace. */
  private readonly namespaces: boolean[] = [];

  constructor(private readonly source: AssetSource) {}

  open(name: string, attributes: Attributes, place: Place): void {
    const inNamespace = attributes['xmlns'] === undefined ? (this.namespaces.at(-1) ?? false) : attributes['xmlns'] !== '';
    this.namespaces.push(inNamespace);
    if (inNamespace || name.includes(':')) return;
    for (const attribute of IMAGE_ATTRIBUTES) {
      const raw = attributes[attribute];
      if (raw !== undefined) this.refs.push(localReference({ kind: 'image', element: name, attribute, raw, line: place.line }, this.source));
    }
  }

  close(): void {
    this.namespaces.pop();
  }

  text(): void {
    // DITAVAL has no text of its own.
  }
}
