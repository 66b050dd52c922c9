import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterFile } from '../harness/clean-up.ts';

const WITH_WINDOWS = ['chromium', 'chromium-browser', 'google-chrome'];
const WITHOUT_WINDOWS = ['chromium-headless-shell', 'chrome-headless-shell'];

/** The browser of the machine: `CHROMIUM` names it, or it is in the path. */
export function findChromium(): string | undefined {
  return find(WITH_WINDOWS);
}

/** Takes half the time, because it has no windows of its own to draw; and so it hides no tab. */
export function findHeadlessShell(): string | undefined {
  return find(WITHOUT_WINDOWS);
}

function find(names: readonly string[]): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM) return CHROMIUM;
  const candidates = PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return candidates.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts Chromium, without windows if it can, and ends it after the file's last test. */
export function launchChromium(): Promise<Browser> {
  return launch(findHeadlessShell() ?? findChromium());
}

/** Starts a Chromium whose tabs can be hidden, and ends it after the file's last test. */
export function launchWindowedChromium(args: readonly string[]): Promise<Browser> {
  return launch(findChromium(), args);
}

async function launch(executablePath: string | undefined, args: readonly string[] = []): Promise<Browser> {
  if (executablePath === undefined) throw new Error('run the browser tests with npm run test:browser');
  const asRoot = process.getuid?.() === 0;
  const browser = await chromium.launch({
    executablePath,
    args: [...(asRoot ? ['--no-sandbox'] : []), ...args],
  });
  afterFile(() => browser.close());
  return browser;
}

/** A page with cookies of its own, which remembers what the browser complained of. */
export interface Visit {
  readonly page: Page;
  /** Errors of scripts, and what the Content-Security-Policy forbade. */
  readonly complaints: readonly string[];
}

export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  return { page, complaints: complaintsOf(page) };
}

/** What the browser complains of from now on. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return complaints;
}
