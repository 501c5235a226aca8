import { Inject, Injectable } from '@nestjs/common';
import { type AssetSource, type Extraction, ProcessingStep } from 'nestjs-guides-processing';
import { CmsDatabase } from '../cms-database.js';
import { Article } from './article.entity.js';

/** Finds out which articles a text speaks of, `[[slug]]`, and keeps them as keywords. */
@ProcessingStep()
@Injectable()
export class ArticleLinksStep implements ProcessingStep {
  readonly name = 'article-links';
  readonly version = 1;

  constructor(@Inject(CmsDatabase) private readonly database: CmsDatabase) {}

  async process(asset: AssetSource, soFar: Extraction): Promise<Extraction> {
    if (!asset.path.endsWith('.md')) return soFar;
    const slugs = [...Buffer.from(asset.bytes).toString('utf8').matchAll(/\[\[([a-z0-9-]{1,80})\]\]/g)].map(([, slug]) => slug ?? '');
    const known: string[] = [];
    for (const slug of new Set(slugs)) {
      if (await this.database.source.getRepository(Article).existsBy({ slug })) known.push(`article:${slug}`);
    }
    const { facts } = soFar;
    return { ...soFar, facts: { ...facts, metadata: { ...facts.metadata, keywords: [...facts.metadata.keywords, ...known] } } };
  }
}
