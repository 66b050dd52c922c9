/** Values for the examples of the API definition, as the demo data has them. */
export const SAMPLES = {
  user: 'demo',
  client: 'demo-app',
  clientName: 'Demo app',
  redirectUri: 'http://localhost:8888/test',
  caller: '+447700900000',
  callee: '+12025550133',
  call: '6c1f8a1f0a5f4c1d9e2b7a3c5d4e6f70',
  event: '01a0c1a8-9d0c-4f3f-a1a5-6f0f5d3a7c11',
  webhook: '5b1f0c5e-6c5b-4a0e-9f5a-0f3c9f6d2b11',
  webhookUrl: 'https://crm.example/calls',
  password: 'correct horse battery staple',
} as const;
