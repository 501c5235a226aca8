import { Module } from '@nestjs/common';
import { CmsDatabase } from './cms-database.js';

@Module({ providers: [{ provide: CmsDatabase, useFactory: () => CmsDatabase.open() }], exports: [CmsDatabase] })
export class DatabaseModule {}
