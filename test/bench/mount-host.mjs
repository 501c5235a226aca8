import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

// A host with nothing of its own; with MOUNTED=1 it mounts the module. Says on its output when it listens.
const imports = [];
if (process.env.MOUNTED === '1') {
  const { GuidesProcessingModule } = await import('../../dist/index.js');
  imports.push(GuidesProcessingModule.forRoot({ settings: { dataDir: process.env.DATA_DIR, schedule: { enabled: false } } }));
}
class HostModule {}
Module({ imports })(HostModule);
const app = await NestFactory.create(HostModule, { logger: false });
await app.listen(0, '127.0.0.1');
console.log('listening');
