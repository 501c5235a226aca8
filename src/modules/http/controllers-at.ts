import { type Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { ConfigurationError } from '../../contracts/errors.js';
import { BASE_PATH, GuidesPath } from './guides-controller.js';

/** It is part of the names of schedules in the database. */
const MAX_LENGTH = 40;
const SEGMENTS = /^[\w.~-]+(?:\/[\w.~-]+)*$/;

/** The controllers below another base path: classes of their own, as Nest keeps a route's path on the class. @throws ConfigurationError */
export function controllersAt(basePath: string, controllers: readonly Type[]): Type[] {
  if (!SEGMENTS.test(basePath) || basePath.length > MAX_LENGTH) {
    throw new ConfigurationError(`basePath: "${basePath}" is no path like "${BASE_PATH}", without slashes around it and of at most ${MAX_LENGTH} characters.`);
  }
  if (basePath === BASE_PATH) return [...controllers];
  return controllers.map((controller) => {
    const Mounted = { [controller.name]: class extends controller {} }[controller.name] ?? controller;
    const path = String(Reflect.getMetadata(PATH_METADATA, controller));
    GuidesPath(basePath + path.slice(BASE_PATH.length))(Mounted);
    return Mounted;
  });
}
