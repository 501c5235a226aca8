import type { AssetPatch } from '../../contracts/asset.js';
import type { Tx } from '../../contracts/unit-of-work.js';
import type { Dialect } from '../unit-of-work/dialect.js';
import { takeIds } from '../unit-of-work/id-sequence.js';
import { resourceProperties } from './asset-properties.js';
import { findNodes, IdBlock, insertNodes } from './jcr-nodes.js';
import { putProperties } from './jcr-properties.js';
import { jcrDate } from './property-type.js';

interface RenditionTarget {
  patch: AssetPatch;
  renditionsId: number;
}

/** Writes thumbnails as `nt:file` nodes beside the original; an existing one of the same name gets the new bytes. */
export async function putRenditions(targets: readonly RenditionTarget[], tx: Tx, dialect: Dialect): Promise<void> {
  for (const { patch, renditionsId } of targets) {
    if (patch.renditions.length === 0) continue;
    const folder = `${patch.ref.path}/jcr:content/renditions`;
    const modified = jcrDate(patch.processedAtMs);
    const resources = patch.renditions.map(({ name }) => `${folder}/${name}/jcr:content`);
    const known = await findNodes(resources, tx, dialect);
    for (const [i, { name, mimeType, blob }] of patch.renditions.entries()) {
      const path = `${folder}/${name}`;
      let resourceId = known.get(`${path}/jcr:content`)?.id;
      if (resourceId === undefined) {
        const ids = new IdBlock(await takeIds(tx, dialect, 'jcr_node', 2));
        const fileId = ids.take();
        resourceId = ids.take();
        await insertNodes(
          [
            { id: fileId, parentId: renditionsId, path, primaryType: 'nt:file', position: i + 1 },
            { id: resourceId, parentId: fileId, path: `${path}/jcr:content`, primaryType: 'nt:resource', position: 0 },
          ],
          tx,
          dialect,
        );
      }
      await putProperties([{ nodeId: resourceId, properties: resourceProperties(blob.sha256, mimeType, modified) }], tx, dialect);
    }
  }
}
