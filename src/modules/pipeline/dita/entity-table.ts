import { decodeHTMLStrict } from 'entities';
import { type DocumentType, isXmlCharacter } from './document-type.js';
import { XmlError } from './xml-error.js';

const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const REFERENCE = /&([^;&#\s]+);/g;
/** Also character references, and a `&` that begins none. */
const ANY_REFERENCE = /&(?:#x([0-9a-fA-F]+);|#([0-9]+);|([^;&#\s]+);)?/g;

/** Nesting of entities in each other beyond which they are taken for hostile; far above any real document. */
const MAX_NESTING = 100;

/**
 * What `&name;` stands for in one document (extraction.md, section 4): declared entities, fully expanded and bounded
 * before they are; HTML 5 names where an external DTD could have declared them; nothing for others.
 */
export class EntityTable {
  unresolved = 0;
  private expandedChars = 0;
  private readonly lengths = new Map<string, number>();
  private readonly expansions = new Map<string, string>();
  /** How many unknown names the expansion of an entity holds. */
  private readonly unknownInside = new Map<string, number>();
  private readonly inProgress = new Set<string>();
  private readonly markupKnown = new Map<string, boolean>();

  constructor(
    private readonly documentType: DocumentType | null,
    private readonly maxExpansionChars: number,
  ) {}

  /** Some entity brings elements of its own, which a parser that inserts text would miss. */
  get hasMarkup(): boolean {
    return [...(this.documentType?.entities.values() ?? [])].some((value) => value?.includes('<'));
  }

  /** Whether the entity, with those it refers to, brings elements. Answers once per name: a bomb has more paths than anyone can walk. */
  bringsMarkup(name: string, depth = 0): boolean {
    const known = this.markupKnown.get(name);
    if (known !== undefined) return known;
    const value = this.documentType?.entities.get(name);
    // Recursion and endless nesting are refused where the reference is resolved.
    if (value === undefined || value === null || depth > MAX_NESTING) return false;
    this.markupKnown.set(name, false);
    const brings = value.includes('<') || [...value.matchAll(REFERENCE)].some(([, inner]) => inner !== undefined && this.bringsMarkup(inner, depth + 1));
    this.markupKnown.set(name, brings);
    return brings;
  }

  /**
   * Replacement for a reference in the document, or undefined where it is not well-formed.
   * @param where an attribute value or text: only in text an unknown name is counted.
   * @throws XmlError ENTITY_LIMIT or RECURSIVE_ENTITY
   */
  resolve(name: string, where: 'text' | 'attribute', line: number): string | undefined {
    const predefined = Object.hasOwn(PREDEFINED, name) ? PREDEFINED[name] : undefined;
    if (predefined !== undefined) return predefined;
    if (this.documentType?.entities.has(name)) {
      if (where === 'attribute' && this.documentType.entities.get(name) === null) throw notWellFormed(line, `The value of an attribute refers to the external entity ${shown(name)}.`);
      this.charge(name, line);
      if (where === 'attribute') this.demandForAttribute(name, line);
      const expansion = this.expand(name, line);
      if (where === 'text') this.unresolved += this.unknownInside.get(name) ?? 0;
      return expansion;
    }
    if (!this.documentType?.hasExternalId) return undefined;
    const character = htmlCharacter(name);
    if (character === null && where === 'text') this.unresolved++;
    return character ?? '';
  }

  /** A default value of an attribute, with its references replaced. @throws XmlError */
  defaultValue(value: string, line: number): string {
    return this.withoutReferences(value, line, (name) => this.resolve(name, 'attribute', line) ?? this.unknown(name, line));
  }

  /**
   * The replacement text as it is written, with markup, for parsing in its place; references in it stay.
   * @param isFirst the reference stands in the document itself, not in the text of another entity, whose length includes it.
   */
  markup(name: string, isFirst: boolean, line: number): string {
    if (isFirst) this.charge(name, line);
    return (this.documentType?.entities.get(name) ?? '').replace(/[\r\n]/g, ' ');
  }

  /** Counts the full length before anything is expanded: a bomb must not go off to be found. */
  private charge(name: string, line: number): void {
    this.expandedChars += this.fullLength(name, line);
    if (this.expandedChars > this.maxExpansionChars) {
      throw new XmlError('ENTITY_LIMIT', line, null, `Entities expand to more than ${this.maxExpansionChars} characters.`);
    }
  }

  private fullLength(name: string, line: number): number {
    const known = this.lengths.get(name);
    if (known !== undefined) return known;
    const value = this.documentType?.entities.get(name);
    if (value === undefined || value === null) return 1;
    this.enter(name, line);
    let length = value.length;
    for (const [reference, inner] of value.matchAll(REFERENCE)) {
      if (inner !== undefined) length += this.fullLength(inner, line) - reference.length;
    }
    this.inProgress.delete(name);
    this.lengths.set(name, length);
    return length;
  }

  private expand(name: string, line: number): string {
    const known = this.expansions.get(name);
    if (known !== undefined) return known;
    if (this.documentType?.unparsed.has(name)) throw notWellFormed(line, `The entity ${shown(name)} is no XML and cannot be referred to.`);
    this.enter(name, line);
    let unknown = 0;
    const expansion = this.withoutReferences(this.documentType?.entities.get(name) ?? '', line, (inner) => {
      const replacement = this.replacementOf(inner, line);
      unknown += replacement === null ? 1 : (this.unknownInside.get(inner) ?? 0);
      return replacement ?? '';
    });
    this.inProgress.delete(name);
    this.expansions.set(name, expansion);
    if (unknown > 0) this.unknownInside.set(name, unknown);
    return expansion;
  }

  /** What a reference inside of an entity stands for; null for a name that nobody knows. */
  private replacementOf(name: string, line: number): string | null {
    if (Object.hasOwn(PREDEFINED, name)) return PREDEFINED[name] ?? '';
    if (this.documentType?.entities.has(name)) return this.expand(name, line);
    if (!this.documentType?.hasExternalId) return this.unknown(name, line);
    return htmlCharacter(name);
  }

  private withoutReferences(text: string, line: number, replacement: (name: string) => string): string {
    return text.replace(ANY_REFERENCE, (_, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return replacement(name);
      if (hex === undefined && decimal === undefined) throw notWellFormed(line, 'An entity brings a "&" that begins no reference.');
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      if (!isXmlCharacter(code)) throw notWellFormed(line, 'An entity brings a character reference that names no character of XML.');
      return String.fromCodePoint(code);
    });
  }

  /** No `<` may come into the value of an attribute, also by detours (XML 1.0, 3.1). */
  private demandForAttribute(name: string, line: number): void {
    if (this.bringsMarkup(name)) throw notWellFormed(line, `The entity ${shown(name)} brings a "<" into the value of an attribute.`);
  }

  private unknown(name: string, line: number): never {
    throw notWellFormed(line, `The entity ${shown(name)} is not declared.`);
  }

  private enter(name: string, line: number): void {
    if (this.inProgress.has(name)) throw new XmlError('RECURSIVE_ENTITY', line, null, `The entity ${shown(name)} refers to itself.`);
    if (this.inProgress.size >= MAX_NESTING) throw new XmlError('ENTITY_LIMIT', line, null, 'Entities are nested too deeply.');
    this.inProgress.add(name);
  }
}

function notWellFormed(line: number, message: string): XmlError {
  return new XmlError('NOT_WELL_FORMED', line, null, message);
}

function shown(name: string): string {
  return name.slice(0, 80);
}

function htmlCharacter(name: string): string | null {
  const reference = `&${name};`;
  const decoded = decodeHTMLStrict(reference);
  return decoded === reference ? null : decoded;
}
