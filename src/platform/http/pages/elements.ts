import { html } from 'ghtml';
import { secondText } from '../../time-formats.ts';

/** An option of a select field. */
export type Option = readonly [value: string, text: string];

interface FieldBase {
  readonly name: string;
  readonly label: string;
  readonly value?: string | undefined;
  /** Shown below the label, and read out with the field. */
  readonly hint?: string;
}

export interface TextField extends FieldBase {
  readonly type?: 'text' | 'password' | 'number' | 'date' | 'datetime-local' | 'url' | 'search';
  readonly required?: boolean;
  readonly autocomplete?: string;
  readonly autofocus?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** For a number. */
  readonly min?: number;
  readonly max?: number;
  readonly numeric?: boolean;
  /** Visible, but cannot be changed and is not submitted. */
  readonly fixed?: boolean;
}

export function textField(field: TextField): string {
  const { name, label, value, type = 'text', hint, required, autocomplete, autofocus } = field;
  return html`<div class="field">
    <label for="${name}">${label}</label>
    !${hintOf(field)}
    <input id="${name}" name="${name}" type="${type}"
      !${attribute('value', value)}!${attribute('autocomplete', autocomplete)}
      !${attribute('aria-describedby', hint && `${name}-hint`)}
      !${attribute('minlength', field.minLength)}!${attribute('maxlength', field.maxLength)}!${attribute('min', field.min)}!${attribute('max', field.max)}
      !${attribute('inputmode', field.numeric ? 'numeric' : undefined)}
      !${autocomplete === 'username' ? ' autocapitalize="none" spellcheck="false"' : ''}
      !${required ? ' required' : ''}!${field.fixed ? ' disabled' : ''}!${autofocus ? ' autofocus' : ''}>
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

export function textArea(
  field: FieldBase & { readonly required?: boolean; readonly rows?: number; readonly fixed?: boolean },
): string {
  const { name, label, value = '', hint, required, rows = 3, fixed } = field;
  return html`<div class="field">
    <label for="${name}">${label}</label>
    !${hintOf(field)}
    <textarea id="${name}" name="${name}" rows="${String(rows)}"!${attribute('aria-describedby', hint && `${name}-hint`)}!${required ? ' required' : ''}!${fixed ? ' disabled' : ''}>${value}</textarea>
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
  /** Visible, but cannot be changed and is not submitted. */
  readonly fixed?: boolean;
}): string {
  return html`<div class="choice">
    <input id="${id}" name="${name}" value="${value}" type="checkbox"!${attribute('aria-describedby', hint && `${id}-hint`)}!${checked ? ' checked' : ''}!${fixed ? ' disabled' : ''}>
    <label for="${id}">${label}</label>
    !${hint === undefined ? '' : html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`;
}

/** @param choice.name common name of the options; with the value it forms the id of each option */
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

/** An attribute with a leading space, or nothing. */
function attribute(name: string, value: string | number | undefined): string {
  return value === undefined ? '' : html` ${name}="${String(value)}"`;
}

/** A button with its own form, because its action changes something. */
export function actionButton(button: {
  readonly action: string;
  /** Id of the button, so that it keeps the focus when a live view is rendered again. */
  readonly id?: string;
  readonly text: string;
  /** Hidden fields. */
  readonly fields?: Readonly<Record<string, string>>;
  /** For screen readers, which read the button without its row. */
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

/** A message that screen readers read out at once. */
export function notice(kind: 'problem' | 'done', text: string): string {
  return html`<p class="notice ${kind}" role="${kind === 'problem' ? 'alert' : 'status'}">${text}</p>`;
}

export interface Table {
  /** Describes the table to screen readers. */
  readonly caption: string;
  readonly columns: readonly string[];
  /** Escaped HTML; the first cell of a row is its name. */
  readonly rows: readonly (readonly string[])[];
  /** Shown instead of a table without rows. */
  readonly empty: string;
}

/**
 * On a narrow screen each row becomes a card whose cells show the names of their columns. The roles are explicit, because
 * browsers drop the implicit ones when the style sheet displays the elements as blocks.
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

/** A list of terms and values. @param entries values are escaped HTML */
export function facts(entries: readonly (readonly [term: string, value: string])[]): string {
  return html`<dl class="facts">!${entries.map(([term, value]) => html`<dt>${term}</dt><dd>!${value}</dd>`)}</dl>`;
}

/** A time in UTC, to the second. */
export function time(at: Date): string {
  return html`<time datetime="${at.toISOString()}">${secondText(at)} UTC</time>`;
}

/** A start time, which `ticking.js` replaces by a running duration. */
export function elapsed(since: Date): string {
  const iso = since.toISOString();
  return html`<time datetime="${iso}" data-since="${iso}">since ${secondText(since).slice(11)} UTC</time>`;
}

/** A short highlighted word, such as a state. */
export function badge(text: string, tone: 'good' | 'bad' | 'busy' | 'plain' = 'plain'): string {
  return html`<span class="badge ${tone}">${text}</span>`;
}

/** @param next URL of the next page; undefined on the last page. @param text label of the link */
export function pager(next: string | undefined, text = 'Older'): string {
  return next === undefined ? '' : html`<p class="pager"><a href="${next}" rel="next">${text}</a></p>`;
}
