import type { ExercisesOfFace } from './exercise.ts';
import { METRICS_TOKEN } from './stage.ts';

export const server: ExercisesOfFace = {
  showWelcome: { ordinary: () => ({ path: '/' }) },
  showHealth: { ordinary: () => ({ path: '/healthz' }) },
  showReadiness: { ordinary: () => ({ path: '/readyz' }) },
  showMetrics: { ordinary: () => ({ path: '/metrics', token: METRICS_TOKEN }) },
  getDefinition: { ordinary: () => ({ path: '/openapi.json' }) },
};
