import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const { resolve } = createRequire(import.meta.url);

/** A static file that pages use. */
export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
  /** Changes with the content, so that browsers may cache it forever. */
  readonly url: string;
}

/** Reads a script, a style sheet or an icon. @param name by default the name of the file */
export function readAsset(file: URL, name = basename(fileURLToPath(file))): Asset {
  const content = readFileSync(file);
  const version = createHash('sha256').update(content).digest('base64url').slice(0, 8);
  return { name, type: TYPES[extname(name)] ?? '', content, url: `/assets/${name}?v=${version}` };
}

/** The URL of a file that a package exports. */
export function packageFile(path: string): URL {
  return pathToFileURL(resolve(path));
}

const ownFile = (name: string) => new URL(`assets/${name}`, import.meta.url);

/** The icon of a server without a brand. */
export const ICON = readAsset(ownFile('icon.svg'));
export const PAGE_STYLE = readAsset(ownFile('page.css'));
export const SENDING = readAsset(ownFile('sending.js'));
export const LIVE = readAsset(ownFile('live.js'));
export const TICKING = readAsset(ownFile('ticking.js'));
export const CHARTS = readAsset(ownFile('charts.js'));
export const UPLOT = readAsset(packageFile('uplot/dist/uPlot.iife.min.js'), 'uplot.js');
export const UPLOT_STYLE = readAsset(packageFile('uplot/dist/uPlot.min.css'), 'uplot.css');
export const HTMX = readAsset(packageFile('htmx.org/dist/htmx.min.js'), 'htmx.js');

/** The assets that the pages of several surfaces use. */
export const sharedAssets: readonly Asset[] = [
  ICON,
  PAGE_STYLE,
  SENDING,
  LIVE,
  TICKING,
  CHARTS,
  UPLOT,
  UPLOT_STYLE,
  HTMX,
];
