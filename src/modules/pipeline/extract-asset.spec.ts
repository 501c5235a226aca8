import type { Extraction } from '../../contracts/asset.js';
import { DEFAULT_EXTRACTION_LIMITS } from '../../contracts/pipeline.js';
import { extractAsset } from './extract-asset.js';
import { pipelineVersion } from './steps.js';

async function extract(xml: string, elementClasses?: string[]): Promise<Extraction> {
  const bytes = Buffer.from(xml);
  const source = { path: '/content/dam/a.dita', damRoot: '/content/dam', sizeBytes: bytes.length, bytes };
  return extractAsset(source, { limits: DEFAULT_EXTRACTION_LIMITS, renditions: false, elementClasses });
}

describe('lines of a host for the vocabulary', () => {
  const DOCUMENT = '<partlist id="p"><parttitle>Parts</parttitle><body><partref href="b.dita"/></body></partlist>';
  const LINES = ['partlist topic/topic acme/partlist', 'parttitle topic/title acme/parttitle', 'partref topic/xref acme-d/partref'];

  it('say what specialised elements without @class are', async () => {
    const { facts, refs } = await extract(DOCUMENT, LINES);
    expect([facts.fileType, facts.title, facts.topicIds, facts.elementIds]).toEqual(['DITATOPIC', 'Parts', ['p'], ['p']]);
    expect(refs.map(({ kind, element }) => [kind, element])).toEqual([['xref', 'partref']]);
  });

  it('are not there where nobody gave them', async () => {
    const { facts, refs } = await extract(DOCUMENT);
    expect([facts.title, refs.map(({ kind }) => kind)]).toEqual([null, ['other']]);
  });

  it('make another version of the pipeline, so that assets count as unprocessed', () => {
    expect(pipelineVersion({ renditions: false, elementClasses: LINES })).not.toBe(pipelineVersion({ renditions: false }));
    expect(pipelineVersion({ renditions: false, elementClasses: [] })).toBe(pipelineVersion({ renditions: false }));
  });
});
