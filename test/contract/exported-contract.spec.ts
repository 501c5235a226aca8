import { ASSET_REPOSITORY_CONTRACT, type AssetRepositoryUnderTest } from '../../src/asset-repository-contract.js';
import { ProviderFixture, PROVIDERS_ON_DATABASES } from '../support/provider-fixture.js';

/** What a host runs against its own repository, run against those of the product. */
describe.each(PROVIDERS_ON_DATABASES)('the exported contract, on the %s provider on %s', (provider, databaseName) => {
  let fixture: ProviderFixture;
  let underTest: AssetRepositoryUnderTest;

  beforeAll(async () => {
    fixture = await ProviderFixture.open(provider, databaseName);
    const table = provider === 'jcr' ? 'SELECT p.* FROM jcr_property p JOIN jcr_node n ON n.id = p.node_id WHERE n.path >= ? AND n.path < ?' : 'SELECT * FROM guides_asset WHERE path >= ? AND path < ?';
    underTest = {
      repository: fixture.repository,
      unitOfWork: fixture.database,
      newRoot: () => fixture.newRoot(),
      put: async (path, content) => {
        await fixture.put({ [path]: content });
      },
      remove: async (path) => {
        await fixture.database.run((tx) => fixture.repository.remove([path], tx));
      },
      stored: async (path) => (await fixture.database.reader.query(table, [path, `${path}0`])).map((row) => JSON.stringify(row)).sort(),
    };
  });
  afterAll(() => fixture.close());

  for (const { rule, check } of ASSET_REPOSITORY_CONTRACT) it(rule, () => check(underTest));
});
