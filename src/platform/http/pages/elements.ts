import { html } from 'ghtml';
import { secondText } from '../../time-formats.ts';

/** Something to choose; an attribute is left out when it does not hold. */
export type Option = readonly [value: string, text: string];

interface FieldBase {
  readonly name: string;
  readonly label: string;
  readonly value?: string | undefined;
  /** Stands below the label, and is read with the field. */
  readonly hint?: string;
}

export interface TextField extends FieldBase {
  readonly type?: 'text' | 'password' | 'number' | 'date' | 'datetime-local' | 'url' | 'search';
  readonly required?: boolean;
  readonly autocomplete?: string;
  readonly autofocus?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Of a number. */
  readonly least?: number;
  readonly most?: number;
  readonly numeric?: boolean;
}

export function textField(field: TextField): string {
  const { name, label, value, type = 'text', hint, required, autocomplete, autofocus } = field;
  return html`<div class="field">
    <label for="${name}">${label}</label>
    !${hintOf(field)}
    <input id="${name}" name="${name}" type="${type}"
      !${attribute('value', value)}!${attribute('autocomplete', autocomplete)}
      !${attribute('aria-describedby', hint && `${name}-hint`)}
      !${attribute('minlength', field.minLength)}!${attribute('maxlength', field.maxLength)}!${attribute('min', field.least)}!${attribute('max', field.most)}
      !${attribute('inputmode', field.numeric ? 'numeric' : undefined)}
      !${autocomplete === 'username' ? ' autocapitalize="none" spellcheck="false"' : ''}
      !${required ? ' required' : ''}!${autofocus ? ' autofocus' : ''}>
  </div>`;
}

export function selectField(field: FieldBase & { readonly options: readonly Option[] }): string {
  const { name, label, value, options, hint } = field;
  return html`<div class="field">
    <label for="${name}">${label}</label>
    !${hintOf(field)}
    <select id="${name}" name="${name}"!${attribute('aria-describedby', hint && `${name}-hint`)}>
      !${options.map(
        ([option, text]) =>
          html`<option value="${option}"!${option === value ? ' selected' : ''}>${text}</option>`,
      )}
    </select>
  </div>`;
}

export function textArea(field: FieldBase & { readonly required?: boolean; readonly rows?: number }): string {
  const { name, label, value = '', hint, required, rows = 3 } = field;
  return html`<div class="field">
    <label for="${name}">${label}</label>
    !${hintOf(field)}
    <textarea id="${name}" name="${name}" rows="${String(rows)}"!${attribute('aria-describedby', hint && `${name}-hint`)}!${required ? ' required' : ''}>${value}</textarea>
  </div>`;
}

export function checkbox({
  name,
  label,
  value = 'true',
  hint,
  id = name,
  checked = false,
  fixed = false,
}: FieldBase & {
  readonly id?: string;
  readonly checked?: boolean;
  /** To be seen, not to be changed; and not sent. */
  readonly fixed?: boolean;
}): string {
  return html`<div class="choice">
    <input id="${id}" name="${name}" value="${value}" type="checkbox"!${attribute('aria-describedby', hint && `${id}-hint`)}!${checked ? ' checked' : ''}!${fixed ? ' disabled' : ''}>
    <label for="${id}">${label}</label>
    !${hint === undefined ? '' : html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`;
}

/** One of a few. @param choice.name their common name, which with the value makes each one's id */
export function radioGroup(choice: {
  readonly name: string;
  readonly legend: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string; readonly hint: string }[];
}): string {
  const { name, legend, value: chosen, options } = choice;
  return html`<fieldset>
    <legend>${legend}</legend>
    !${options.map(({ value, label, hint }) => {
      const id = `${name}-${value}`;
      return html`<div class="choice">
        <input id="${id}" name="${name}" value="${value}" type="radio" aria-describedby="${id}-hint"!${value === chosen ? ' checked' : ''}>
        <label for="${id}">${label}</label>
        <p class="hint" id="${id}-hint">${hint}</p>
      </div>`;
    })}
  </fieldset>`;
}

function hintOf({ name, hint }: FieldBase): string {
  return hint === undefined ? '' : html`<p class="hint" id="${name}-hint">${hint}</p>`;
}

/** A leading space, so that nothing is left behind where there is none. */
function attribute(name: string, value: string | number | undefined): string {
  return value === undefined ? '' : html` ${name}="${String(value)}"`;
}

/** One button that does one thing: a form of its own, since it changes something. */
export function actionButton(button: {
  readonly action: string;
  /** Of the button, so that one that is made anew while it has the focus keeps it. */
  readonly id?: string;
  readonly text: string;
  /** Sent along unseen. */
  readonly fields?: Readonly<Record<string, string>>;
  /** For those who hear the button without the row around it. */
  readonly label?: string;
  readonly tone?: 'danger' | 'quiet';
}): string {
  const { action, id, text, fields = {}, label, tone } = button;
  return html`<form method="post" action="${action}" class="action">
    !${hiddenFields(fields)}
    <button type="submit"!${attribute('id', id)}!${attribute('class', tone)}!${attribute('aria-label', label)}>${text}</button>
  </form>`;
}

export function hiddenFields(fields: Readonly<Record<string, string>>): string[] {
  return Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
}

/** Something that went wrong, or was done: read out at once. */
export function notice(kind: 'problem' | 'done', text: string): string {
  return html`<p class="notice ${kind}" role="${kind === 'problem' ? 'alert' : 'status'}">${text}</p>`;
}

export interface Table {
  /** Says what the table holds, to those who do not see it in its place. */
  readonly caption: string;
  readonly columns: readonly string[];
  /** HTML, escaped already; the first cell of a row names it. */
  readonly rows: readonly (readonly string[])[];
  /** In place of a table without rows. */
  readonly empty: string;
}

/**
 * On a narrow screen each row becomes a card; the cells then show their column's name. The roles say what the elements
 * are anyway: browsers forget it of those that the style sheet makes blocks.
 */
export function table({ caption, columns, rows, empty }: Table): string {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<table role="table">
    <caption>${caption}</caption>
    !${tableHead(columns)}
    <tbody role="rowgroup">
      !${rows.map((cells) => tableRow(columns, cells))}
    </tbody>
  </table>`;
}

export function tableHead(columns: readonly string[]): string {
  const heads = columns.map((column) => html`<th scope="col" role="columnheader">${column}</th>`);
  return html`<thead role="rowgroup"><tr role="row">!${heads}</tr></thead>`;
}

export function tableRow(columns: readonly string[], cells: readonly string[]): string {
  return html`<tr role="row">!${cells.map(
    (cell, index) => html`<td role="cell" data-column="${columns[index] ?? ''}">!${cell}</td>`,
  )}</tr>`;
}

/** What there is to know of one thing. @param entries each with its value in HTML, escaped already */
export function facts(entries: readonly (readonly [term: string, value: string])[]): string {
  return html`<dl class="facts">!${entries.map(([term, value]) => html`<dt>${term}</dt><dd>!${value}</dd>`)}</dl>`;
}

/** UTC, to the second; a script may show it in the reader's own time. */
export function time(at: Date): string {
  return html`<time datetime="${at.toISOString()}">${secondText(at)} UTC</time>`;
}

/** How long something has been going on: the time it began, which `ticking.js` makes a duration that goes on. */
export function elapsed(since: Date): string {
  const iso = since.toISOString();
  return html`<time datetime="${iso}" data-since="${iso}">since ${secondText(since).slice(11)} UTC</time>`;
}

/** A short word that stands out, such as a state. */
export function badge(text: string, tone: 'good' | 'bad' | 'busy' | 'plain' = 'plain'): string {
  return html`<span class="badge ${tone}">${text}</span>`;
}

/** @param next where the next page is; undefined on the last one. @param text what comes there */
export function pager(next: string | undefined, text = 'Older'): string {
  return next === undefined ? '' : html`<p class="pager"><a href="${next}" rel="next">${text}</a></p>`;
}
