import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importContent } from './import-content.mjs';
import { ServiceProcess } from './service-process.mjs';

/** Database of the fleet with so many workers. */
export const databaseOf = (workers) => `guides_${workers}`;

/** One api and so many workers, on a database and a Redis of their own. */
export class ClusterFleet {
  /**
   * @param sources path in the repository: folder that is imported there before the processes start.
   * @param workers each of one core and with one batch at a time: more would take what the second worker, the database and Redis need of two cores.
   */
  static async start(servers, folder, sources, workers) {
    const database = databaseOf(workers);
    const { url } = await servers.createDatabase(database);
    const GUIDES_CONFIG = join(folder, 'guides.yaml');
    writeFileSync(GUIDES_CONFIG, 'schedule: { enabled: false }\nprocessing: { workerThreads: 1, concurrency: 1 }\n');
    const environment = { DATABASE_URL: url, REDIS_URL: servers.redisUrl(workers), DATA_DIR: join(folder, database), GUIDES_CONFIG };
    await importContent(sources, environment);
    const services = [await ServiceProcess.start({ ...environment, ROLE: 'api' })];
    for (let i = 0; i < workers; i++) services.push(await ServiceProcess.start({ ...environment, ROLE: 'worker' }));
    return new ClusterFleet(workers, services);
  }

  constructor(workers, services) {
    this.workers = workers;
    this.services = services;
  }

  /** Assets a second of one job, from its start to its end by the database's clock. */
  async rate(path) {
    const { triggeredCount, startedAt, completedAt } = await this.services[0].process(path, { pollMs: 1000 });
    return triggeredCount / ((completedAt - startedAt) / 1000);
  }

  async stop() {
    await Promise.all(this.services.map((service) => service.stop('SIGKILL')));
  }
}
