import { DiscoveryService } from '@nestjs/core';
import type { ProcessingStep as Step } from '../contracts/pipeline.js';

/** See the contract: one named, versioned step of the pipeline. */
export interface ProcessingStep extends Step {}

/**
 * Marks a provider of the host as a step of the pipeline. It runs behind the steps of the product.
 * @param order lower ones run first; equal ones in the order of their names. @default 0
 */
export const ProcessingStep = DiscoveryService.createDecorator<{ order?: number } | undefined>();
