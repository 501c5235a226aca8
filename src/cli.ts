#!/usr/bin/env node
import { runCli } from './cli/program.js';
import { endWithReader } from './cli/standard-output.js';

endWithReader();
process.exitCode = (await runCli(process.argv)) ?? process.exitCode;
