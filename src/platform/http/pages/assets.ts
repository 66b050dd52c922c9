import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const { resolve } = createRequire(import.meta.url);

/** A static file that pages use. */
export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
  /** Changes with the content, so that browsers may cache it forever. */
  readonly url: string;
}

const ASSETS = {
  'page.css': own('page.css', CSS),
  'show-fragment.js': own('show-fragment.js', JAVASCRIPT),
  'try-it.css': own('try-it.css', CSS),
  'try-it-client.js': own('try-it-client.js', JAVASCRIPT),
  'try-it.js': own('try-it.js', JAVASCRIPT),
  'passkey.js': own('passkey.js', JAVASCRIPT),
  'simplewebauthn.js': besides(
    'simplewebauthn.js',
    '@simplewebauthn/browser',
    '../dist/bundle/index.umd.min.js',
    JAVASCRIPT,
  ),
  'ticking.js': own('ticking.js', JAVASCRIPT),
  'charts.js': own('charts.js', JAVASCRIPT),
  'uplot.js': packaged('uplot.js', 'uplot/dist/uPlot.iife.min.js', JAVASCRIPT),
  'uplot.css': packaged('uplot.css', 'uplot/dist/uPlot.min.css', CSS),
  'htmx.js': packaged('htmx.js', 'htmx.org/dist/htmx.min.js', JAVASCRIPT),
  'htmx-sse.js': packaged('htmx-sse.js', 'htmx-ext-sse/dist/sse.min.js', JAVASCRIPT),
};

export type AssetName = keyof typeof ASSETS;

export const assets: readonly Asset[] = Object.values(ASSETS);

/** The URL path of an asset. */
export function assetUrl(name: AssetName): string {
  return ASSETS[name].url;
}

function own(name: string, type: string): Asset {
  return asset(name, type, readFileSync(new URL(`assets/${name}`, import.meta.url)));
}

function packaged(name: string, file: string, type: string): Asset {
  return asset(name, type, readFileSync(resolve(file)));
}

/** A file that the package contains but does not export. @param file relative to the main file of the package */
function besides(name: string, packageName: string, file: string, type: string): Asset {
  return asset(name, type, readFileSync(new URL(file, pathToFileURL(resolve(packageName)))));
}

function asset(name: string, type: string, content: Buffer): Asset {
  const version = createHash('sha256').update(content).digest('base64url').slice(0, 8);
  return { name, type, content, url: `/assets/${name}?v=${version}` };
}
