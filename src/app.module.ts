import { type DynamicModule, Module } from '@nestjs/common';
import type { GuidesSettings } from './contracts/settings.js';
import { GuidesProcessingModule } from './modules/guides-processing.module.js';

/** A host as small as can be: it mounts the module the way a CMS does, and has nothing of its own. */
@Module({})
export class AppModule {
  static forRoot(settings: GuidesSettings): DynamicModule {
    return { module: AppModule, imports: [GuidesProcessingModule.forRoot({ settings })] };
  }
}
