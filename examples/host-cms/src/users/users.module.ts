import { Module } from '@nestjs/common';
import { CmsUsers } from './cms-users.js';
import { EditorsGuard } from './editors.guard.js';

@Module({ providers: [CmsUsers, EditorsGuard], exports: [CmsUsers, EditorsGuard] })
export class UsersModule {}
