import { admin } from './admin.ts';
import { apiCalls } from './api-calls.ts';
import { classicAuthorization } from './classic-authorization.ts';
import { classicCalls } from './classic-calls.ts';
import { clickToDial } from './click-to-dial.ts';
import type { ExercisesOfFace } from './exercise.ts';
import { liveEvents } from './live-events.ts';
import { server } from './server.ts';
import { webhooks } from './webhooks.ts';

/** The exercises of every operation. */
export const exercises: ExercisesOfFace = {
  ...clickToDial,
  ...apiCalls,
  ...liveEvents,
  ...classicCalls,
  ...classicAuthorization,
  ...admin,
  ...server,
  ...webhooks,
};
