import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedPages } from './pages.ts';

/** `npm run docs`: writes the generated pages of the documentation. */
const root = join(import.meta.dirname, '../..');
for (const { file, text } of generatedPages) {
  writeFileSync(join(root, file), text());
  console.log(file);
}
