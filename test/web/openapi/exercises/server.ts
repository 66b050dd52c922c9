import type { ExercisesOfFace } from './exercise.ts';

export const server: ExercisesOfFace = {
  showWelcome: { ordinary: () => ({ path: '/' }) },
  showHealth: { ordinary: () => ({ path: '/healthz' }) },
  showReadiness: { ordinary: () => ({ path: '/readyz' }) },
  getDefinition: { ordinary: () => ({ path: '/openapi.json' }) },
};
