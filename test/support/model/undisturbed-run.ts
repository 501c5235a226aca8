import { RunningService } from '../running-service.js';
import { ServiceData } from '../service-data.js';
import { ContentEditor } from './model-content-editor.js';
import { ROOT } from './model-content.js';
import { storedFindings } from './stored-findings.js';

/** A service of its own that nobody disturbs: what it finds out about some content is what must be found out. */
export class UndisturbedRun {
  private trees = 0;

  private constructor(
    private readonly data: ServiceData,
    private readonly service: RunningService,
    private readonly editor: ContentEditor,
  ) {}

  static async open(): Promise<UndisturbedRun> {
    const data = ServiceData.create({ sweepMs: 20, workerThreads: 1 });
    return new UndisturbedRun(data, await RunningService.open(data.settings), await ContentEditor.open(data.settings));
  }

  /** All that is found out about this content, brought in and processed in one go. @param texts by path below `ROOT` */
  async findings(texts: ReadonlyMap<string, string>): Promise<string[]> {
    const root = `/content/dam/undisturbed-${++this.trees}`;
    await this.editor.import(root, new Map([...texts].map(([path, text]) => [path.slice(ROOT.length + 1), text])));
    await this.service.ended(await this.service.start(root));
    return storedFindings(this.data.settings.databaseUrl, root);
  }

  async close(): Promise<void> {
    await this.editor.close();
    await this.service.close();
    this.data.remove();
  }
}
