import { type Asset, readAsset } from '../../platform/http/pages/assets.ts';

const ownFile = (name: string) => new URL(`assets/${name}`, import.meta.url);

export const TRY_IT_STYLE = readAsset(ownFile('try-it.css'));
export const TRY_IT_SCRIPTS: readonly Asset[] = [
  readAsset(ownFile('try-it-client.js')),
  readAsset(ownFile('try-it.js')),
];
