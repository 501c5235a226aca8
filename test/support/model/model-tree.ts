import { isWithin } from '../../../src/contracts/key-range.js';
import { parentPath } from '../../../src/contracts/repository-path.js';

/** What is known of an asset from its creation to its removal; it keeps this when it is moved. */
export interface ModelAsset {
  content: number;
  bornAtMs: number;
  /** The first one that was seen of this life. */
  guid: string | null;
  /** Whether a run for what is new or changed leaves it out; a job that may still run leaves that open. */
  isProcessed: 'yes' | 'no' | 'perhaps';
  /** What it held while a job may have processed it here. */
  readonly mayBeProcessed: Set<number>;
}

/** Hears what changes, so that jobs know what they may have missed. */
export interface TreeListener {
  /** @returns whether a job that may be running covers it */
  added(path: string): boolean;
  changed(path: string): boolean;
  removed(path: string): void;
}

/** Assets and folders as they must be, with the answers that imports, deletions and moves must get. */
export class ModelTree {
  readonly assets = new Map<string, ModelAsset>();
  /** Bytes that once were content and are none now: nothing removes them yet. */
  readonly everUsed = new Set<number>();
  private readonly folders = new Set<string>();

  constructor(private readonly listener: TreeListener) {}

  kindOf(path: string): 'asset' | 'folder' | null {
    return this.assets.has(path) ? 'asset' : this.folders.has(path) ? 'folder' : null;
  }

  below(path: string): string[] {
    return [...this.assets.keys()].filter((asset) => isWithin(asset, path));
  }

  put(path: string, content: number, nowMs: number): void {
    this.everUsed.add(content);
    const known = this.assets.get(path);
    if (known?.content === content) return;
    if (known) {
      known.content = content;
      renew(known, this.listener.changed(path), known.mayBeProcessed.has(content));
      return;
    }
    const asset: ModelAsset = { content, bornAtMs: nowMs, guid: null, isProcessed: 'no', mayBeProcessed: new Set() };
    renew(asset, this.listener.added(path), false);
    this.assets.set(path, asset);
    this.addFolders(parentPath(path));
  }

  /** A job begins that covers these. */
  begin(paths: Iterable<string>): void {
    for (const path of paths) {
      const asset = this.assets.get(path);
      if (!asset) continue;
      asset.mayBeProcessed.add(asset.content);
      if (asset.isProcessed === 'no') asset.isProcessed = 'perhaps';
    }
  }

  /** Whether it was there. Its folder stays. */
  remove(path: string): boolean {
    if (!this.assets.delete(path)) return false;
    this.listener.removed(path);
    return true;
  }

  /** How many assets moved; null where the move must be refused. */
  move(from: string, to: string): number | null {
    if (this.kindOf(from) === null || this.kindOf(to) !== null || isWithin(to, from)) return null;
    const moved = this.below(from);
    const folders = [...this.folders].filter((folder) => isWithin(folder, from));
    for (const folder of folders) this.folders.delete(folder);
    for (const folder of folders) this.folders.add(to + folder.slice(from.length));
    this.addFolders(parentPath(to));
    for (const path of moved) this.moveAsset(path, to + path.slice(from.length));
    return moved.length;
  }

  private moveAsset(from: string, to: string): void {
    const asset = this.assets.get(from);
    if (!asset) return;
    this.assets.delete(from);
    this.listener.removed(from);
    // It is read again at its new place.
    asset.mayBeProcessed.clear();
    renew(asset, this.listener.added(to), false);
    this.assets.set(to, asset);
  }

  private addFolders(path: string): void {
    for (let folder = path; folder !== '/'; folder = parentPath(folder)) this.folders.add(folder);
  }
}

function renew(asset: ModelAsset, mayRun: boolean, mayBeKnown: boolean): void {
  asset.isProcessed = mayRun || mayBeKnown ? 'perhaps' : 'no';
  if (mayRun) asset.mayBeProcessed.add(asset.content);
}
