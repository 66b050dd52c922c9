import type { ExercisesOfFace } from './exercise.ts';

export const server: ExercisesOfFace = {
  listErrors: { ordinary: () => ({ path: '/errors' }) },
  showWelcome: { ordinary: () => ({ path: '/' }) },
  showHealth: { ordinary: () => ({ path: '/healthz' }) },
  showReadiness: { ordinary: () => ({ path: '/readyz' }) },
  getDefinition: { ordinary: () => ({ path: '/openapi.json' }) },
  getApiMetadataApiV1: metadataOf('/api/v1'),
  getApiMetadataClickToDialV02: metadataOf('/click-to-dial/v0.2'),
  getApiMetadataRest: metadataOf('/rest'),
  getApiMetadataAdmin: metadataOf('/admin'),
};

function metadataOf(api: string) {
  return { ordinary: () => ({ path: `/.well-known/oauth-protected-resource${api}` }) };
}
