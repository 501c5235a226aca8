import { Controller, Get, Inject, NotFoundException, Param, PayloadTooLargeException, Put, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { CmsDatabase } from '../cms-database.js';
import { EditorsGuard } from '../users/editors.guard.js';
import { Medium } from './medium.entity.js';
import { storeUpload } from './store-upload.js';

/** Where media lie in the repository. */
export const MEDIA_ROOT = '/content/cms/media';
const MAX_BYTES = 10 * 1024 * 1024;

@Controller('media')
export class MediaController {
  constructor(@Inject(CmsDatabase) private readonly database: CmsDatabase) {}

  @Put('*path')
  @UseGuards(EditorsGuard)
  async upload(@Param('path') segments: string[], @Req() request: Request): Promise<{ path: string; version: number }> {
    const path = `${MEDIA_ROOT}/${segments.join('/')}`;
    const bytes = await readBody(request);
    return { path, version: await storeUpload(this.database.source, path, bytes) };
  }

  @Get('*path')
  async read(@Param('path') segments: string[]): Promise<Medium> {
    const path = `${MEDIA_ROOT}/${segments.join('/')}`;
    const medium = await this.database.source.getRepository(Medium).findOneBy({ path });
    if (!medium) throw new NotFoundException(`There is no ${path}.`);
    return medium;
  }
}

async function readBody(request: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new PayloadTooLargeException();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
