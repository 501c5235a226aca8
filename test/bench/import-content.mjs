import { openContentImport } from '../../dist/modules/composition/content-import.factory.js';
import { openContentSource } from '../../dist/modules/content/open-content-source.js';
import { loadSettings } from '../../dist/settings.js';

/** @param sources path in the repository: folder that is imported there. */
export async function importContent(sources, environment) {
  const { contentImport, close } = await openContentImport(loadSettings({ ADMIN_PASSWORD: 'bench', ...environment }));
  for (const [targetPath, folder] of Object.entries(sources)) {
    await contentImport.run(await openContentSource(folder), { targetPath, createdBy: 'bench' });
  }
  await close();
}
