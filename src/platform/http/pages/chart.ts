import { html } from 'ghtml';
import { type Asset, CHARTS, UPLOT, UPLOT_STYLE } from './assets.ts';
import { tableHead } from './elements.ts';

/** The scripts and styles of a page with charts. */
export const CHART_SCRIPTS: readonly Asset[] = [UPLOT, CHARTS];
export const CHART_STYLES: readonly Asset[] = [UPLOT_STYLE];

export interface ChartRow {
  readonly label: string;
  /** For a line: seconds since 1970. Bars have the order of their rows. */
  readonly x?: number;
  readonly values: readonly number[];
}

export interface Chart {
  readonly title: string;
  /** The message of the chart, also for people who cannot see it. */
  readonly summary: string;
  /** A line over time, grouped bars, or stacked bars. */
  readonly kind: 'line' | 'bars' | 'stack';
  /** The heading of the labels, then the headings of the values. */
  readonly columns: readonly string[];
  readonly rows: readonly ChartRow[];
}

/** A chart with its data as a table; assets/charts.js draws the chart from the table. */
export function chart({ title, summary, kind, columns, rows }: Chart): string {
  return html`<figure class="chart card" data-chart="${kind}">
    <figcaption><h2>${title}</h2><p>${summary}</p></figcaption>
    <div class="drawing" aria-hidden="true"></div>
    <details>
      <summary>The numbers of “${title}”</summary>
      <table role="table">
        <caption>${title}</caption>
        !${tableHead(columns)}
        <tbody role="rowgroup">!${rows.map((row) => chartRow(row, columns))}</tbody>
      </table>
    </details>
  </figure>`;
}

function chartRow({ label, x, values }: ChartRow, columns: readonly string[]): string {
  return html`<tr role="row">
    <th scope="row" role="rowheader"!${x === undefined ? '' : html` data-x="${String(x)}"`}>${label}</th>
    !${values.map((value, index) => html`<td role="cell" data-value="${String(value)}" data-column="${columns[index + 1] ?? ''}">${value.toLocaleString('en')}</td>`)}
  </tr>`;
}
