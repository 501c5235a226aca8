import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { GuidesProcessingModule, type GuidesProcessingOptions } from 'nestjs-guides-processing';
import { ArticleLinksStep } from './articles/article-links.step.js';
import { ArticlesController } from './articles/articles.controller.js';
import { CmsDatabase } from './cms-database.js';
import { DatabaseModule } from './database.module.js';
import { MEDIA_ROOT, MediaController } from './media/media.controller.js';
import { MediaRepository } from './media/media.repository.js';
import { CmsUsers } from './users/cms-users.js';
import { UsersModule } from './users/users.module.js';

/** The whole CMS, with bulk processing of its media and of DITA. */
@Module({
  imports: [
    DatabaseModule,
    UsersModule,
    GuidesProcessingModule.forRootAsync({
      imports: [DatabaseModule, UsersModule],
      inject: [CmsDatabase, CmsUsers],
      useFactory: (database: CmsDatabase, users: CmsUsers): GuidesProcessingOptions => ({
        authenticator: users,
        mounts: { [MEDIA_ROOT]: new MediaRepository(database.source) },
        settings: {
          dataDir: join(database.folder, 'guides'),
          mounts: { '/content': 'jcr' },
          processing: { enabledPaths: ['/content/dam', MEDIA_ROOT] },
          schedule: { enabled: false },
        },
      }),
    }),
  ],
  controllers: [ArticlesController, MediaController],
  providers: [ArticleLinksStep],
})
export class CmsModule {}
