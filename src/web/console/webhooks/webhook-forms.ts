import { html } from 'ghtml';
import { Type } from 'typebox';
import { CALL_STATES } from '../../../core/calls/call.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { checkbox } from '../../../platform/http/pages/elements.ts';
import { STATE_WORDS } from '../records.ts';

/** A browser sends one selected checkbox as a text, and none not at all. */
export const SelectedEvents = Type.Optional(
  Type.Union([
    Type.String({ maxLength: 64 }),
    Type.Array(Type.String({ maxLength: 64 }), { maxItems: CALL_STATES.length }),
  ]),
);

/** @param selected null: all */
export function eventsField(selected: readonly string[] | null): string {
  return html`<fieldset>
    <legend>Events</legend>
    <p class="hint">The changes of calls that are sent.</p>
    !${CALL_STATES.map((state) =>
      checkbox({
        name: 'events',
        id: `event-${state}`,
        value: state,
        label: STATE_WORDS[state],
        checked: selected === null || selected.includes(state),
      }),
    )}
  </fieldset>`;
}

/** @returns null if all are selected: then those of later versions are sent, too */
export function readEvents(given: string | readonly string[] | undefined): readonly string[] | null {
  const selected = [given ?? []].flat();
  return CALL_STATES.every((state) => selected.includes(state)) ? null : selected;
}

/** The error of a form, in its words. @param given the selected events */
export function formError(error: Error, given: string | readonly string[] | undefined): string {
  const none = readEvents(given)?.length === 0;
  return none && error instanceof InvalidInput && error.details['field'] === 'events'
    ? 'Select at least one event.'
    : error.message;
}
