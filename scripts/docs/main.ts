import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedPages } from './pages.ts';
import { ROUTES_PAGE, writeRoutesPage } from './routes-page.ts';

/** `npm run docs`: writes the generated pages of the documentation. */
const root = join(import.meta.dirname, '../..');
for (const { file, text } of generatedPages) write(file, text());
write(ROUTES_PAGE, await writeRoutesPage());

function write(file: string, text: string): void {
  writeFileSync(join(root, file), text);
  console.log(file);
}
