import { Body, Controller, Get, Inject, NotFoundException, Param, Post, UseGuards } from '@nestjs/common';
import { CmsDatabase } from '../cms-database.js';
import { EditorsGuard } from '../users/editors.guard.js';
import { Article } from './article.entity.js';
import { CreateArticleDto } from './create-article.dto.js';

@Controller('articles')
export class ArticlesController {
  constructor(@Inject(CmsDatabase) private readonly database: CmsDatabase) {}

  @Post()
  @UseGuards(EditorsGuard)
  async create(@Body() { slug, title, body }: CreateArticleDto): Promise<Article> {
    return this.database.source.getRepository(Article).save({ slug, title, body });
  }

  @Get(':slug')
  async read(@Param('slug') slug: string): Promise<Article> {
    const article = await this.database.source.getRepository(Article).findOneBy({ slug });
    if (!article) throw new NotFoundException(`There is no article ${slug}.`);
    return article;
  }
}
