import { Controller, type Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { ConfigurationError } from '../../contracts/errors.js';
import { BASE_PATH } from './guides-controller.js';

const SEGMENTS = /^[\w.~-]+(?:\/[\w.~-]+)*$/;

/** The controllers below another base path: classes of their own, as Nest keeps a route's path on the class. @throws ConfigurationError */
export function controllersAt(basePath: string, controllers: readonly Type[]): Type[] {
  if (!SEGMENTS.test(basePath)) throw new ConfigurationError(`basePath: "${basePath}" is no path like "${BASE_PATH}", without slashes around it.`);
  if (basePath === BASE_PATH) return [...controllers];
  return controllers.map((controller) => {
    const Mounted = { [controller.name]: class extends controller {} }[controller.name] ?? controller;
    const path = String(Reflect.getMetadata(PATH_METADATA, controller));
    Controller(basePath + path.slice(BASE_PATH.length))(Mounted);
    return Mounted;
  });
}
