import { cliPage } from './cli-page.ts';
import { clientLibrariesPage } from './client-libraries-page.ts';
import { configurationPage } from './configuration-page.ts';
import { errorsPage } from './errors-page.ts';
import type { GeneratedPage } from './page.ts';
import { reasonsPage } from './reasons-page.ts';
import { simulatedPhonesPage } from './simulated-phones-page.ts';

/** `npm run docs` writes these pages; a test compares them with the code. */
export const generatedPages: readonly GeneratedPage[] = [
  configurationPage,
  cliPage,
  simulatedPhonesPage,
  reasonsPage,
  errorsPage,
  clientLibrariesPage,
];
