import type { CanActivate, Type } from '@nestjs/common';
import { GUARDS_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ConfigurationError } from '../../contracts/errors.js';
import { BASE_PATH, GuidesPath } from './guides-controller.js';

/** It is part of the names of schedules in the database. */
const MAX_LENGTH = 40;
const SEGMENTS = /^[\w.~-]+(?:\/[\w.~-]+)*$/;

/**
 * The controllers below another base path, behind a guard of the host: classes of their own, as Nest keeps both on the class.
 * @param guard before the module's own guards, on what is not public
 * @throws ConfigurationError
 */
export function controllersAt(basePath: string, controllers: readonly Type[], guard?: Type<CanActivate>): Type[] {
  if (!SEGMENTS.test(basePath) || basePath.length > MAX_LENGTH) {
    throw new ConfigurationError(`basePath: "${basePath}" is no path like "${BASE_PATH}", without slashes around it and of at most ${MAX_LENGTH} characters.`);
  }
  if (guard !== undefined && typeof guard !== 'function') throw new ConfigurationError('guard: must be a class.');
  if (basePath === BASE_PATH && !guard) return [...controllers];
  return controllers.map((controller) => {
    const Mounted = { [controller.name]: class extends controller {} }[controller.name] ?? controller;
    const path = String(Reflect.getMetadata(PATH_METADATA, controller));
    GuidesPath(basePath + path.slice(BASE_PATH.length))(Mounted);
    const guards = (Reflect.getMetadata(GUARDS_METADATA, controller) ?? []) as unknown[];
    if (guard && guards.length > 0) Reflect.defineMetadata(GUARDS_METADATA, [guard, ...guards], Mounted);
    return Mounted;
  });
}
