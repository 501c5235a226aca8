// For hosts that run the module's migrations with their own.
export { guidesMigrations, type MigrationClass } from '../../repository/migrations/index.js';
