import { CreateContent1764000000001 } from './1764000000001-create-content.js';
import { CreateRecords1764000000002 } from './1764000000002-create-records.js';
import { CreateJobs1764000000003 } from './1764000000003-create-jobs.js';
import { CreateKeySpaces1764000000004 } from './1764000000004-create-key-spaces.js';

/** Every migration in order; a host can add them to its own. */
export const MIGRATIONS = [CreateContent1764000000001, CreateRecords1764000000002, CreateJobs1764000000003, CreateKeySpaces1764000000004];
