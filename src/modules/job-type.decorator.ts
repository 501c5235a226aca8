import { DiscoveryService } from '@nestjs/core';
import type { JobType as Type } from '../contracts/job-type.js';

/** See the contract: a kind of job of the host's own. */
export interface JobType<Result = unknown> extends Type<Result> {}

/** Marks a provider of the host as a type of job, which callers start by its name. */
export const JobType = DiscoveryService.createDecorator<undefined>();
