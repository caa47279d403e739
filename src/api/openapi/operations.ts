import type { Route } from '../rights.ts';
import { CAMERA_OPERATIONS } from './camera-operations.ts';
import { NODE_OPERATIONS } from './node-operations.ts';
import type { Operation } from './operation.ts';
import { PERSON_OPERATIONS } from './person-operations.ts';

/** What the document says of every route; one without a row does not compile. */
export const OPERATIONS: Readonly<Record<Route, Operation>> = {
  ...PERSON_OPERATIONS,
  ...CAMERA_OPERATIONS,
  ...NODE_OPERATIONS,
} satisfies Record<Route, Operation>;

/** The media types of a route's answers that are no failures; those are JSON everywhere. */
export function mediaTypesOf(route: Route): readonly string[] {
  const { json, types = {} } = OPERATIONS[route].answer;
  return [...(json === undefined ? [] : ['application/json']), ...Object.keys(types)];
}
