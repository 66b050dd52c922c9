import { html } from 'ghtml';
import { DISCONNECTION_REASONS, type DisconnectionReason } from '../../../core/calls/call.ts';
import { OUTCOMES, type Outcome } from '../../../core/calls/call-outcome.ts';
import type { ConnectTimes } from '../../../core/statistics/connect-times.ts';
import type {
  DayOfOutcomes,
  DayOfReasons,
  OngoingHistory,
} from '../../../core/statistics/statistics-service.ts';
import { chart } from '../../../platform/http/pages/chart.ts';
import { type Option, selectField, table } from '../../../platform/http/pages/elements.ts';
import { minuteText } from '../../../platform/time-formats.ts';
import { OUTCOME_WORDS } from '../../representations/outcome-words.ts';
import { REASON_WORDS } from '../../representations/reason-words.ts';
import { CHARTS, HISTORY } from '../addresses.ts';
import { addressOf } from '../forms.ts';

/** Periods that the page offers. */
export const HOURS = [6, 24, 72] as const;
export const DAYS = [7, 30, 90] as const;

export interface Figures {
  readonly hours: string;
  readonly days: string;
  readonly ongoing: OngoingHistory;
  readonly outcomes: readonly DayOfOutcomes[];
  readonly reasons: readonly DayOfReasons[];
  readonly connectTimes: ConnectTimes;
}

export function chartsBody(figures: Figures): string {
  const { hours, days } = figures;
  const texts = (numbers: readonly number[], unit: string) =>
    numbers.map((number): Option => [String(number), `${number} ${unit}`]);
  return html`<form method="get" action="${CHARTS}" class="filters" aria-label="Periods">
      !${selectField({ name: 'hours', label: 'Ongoing calls, last', value: hours, options: texts(HOURS, 'hours') })}
      !${selectField({ name: 'days', label: 'Other charts, last', value: days, options: texts(DAYS, 'days') })}
      <button type="submit" class="quiet">Show</button>
    </form>
    !${ongoingChart(figures)}
    !${outcomeChart(figures)}
    !${reasonTable(figures)}
    !${connectTimeChart(figures)}`;
}

function ongoingChart({ hours, ongoing: { points, stepSeconds } }: Figures): string {
  const counts = points.map(({ ongoing }) => ongoing);
  const highest = Math.max(0, ...counts);
  return chart({
    title: 'Ongoing calls',
    summary: `${counts.at(-1) ?? 0} now. Highest in the last ${hours} hours: ${highest}, counted every ${stepText(stepSeconds)}.`,
    kind: 'line',
    columns: ['Time (UTC)', 'Ongoing calls'],
    rows: points.map(({ at, ongoing }) => ({
      label: minuteText(at),
      x: Math.round(at.getTime() / 1000),
      values: [ongoing],
    })),
  });
}

function outcomeChart({ days, outcomes }: Figures): string {
  const total = (outcome: Outcome) => outcomes.reduce((sum, day) => sum + day[outcome], 0);
  const all = OUTCOMES.reduce((sum, outcome) => sum + total(outcome), 0);
  const answered = all === 0 ? 0 : Math.round((100 * total('answered')) / all);
  return chart({
    title: 'Calls per day, by outcome',
    summary: `${all.toLocaleString('en')} calls ended in ${days} days; ${answered} % were answered.`,
    kind: 'stack',
    columns: ['Day (UTC)', ...OUTCOMES.map((outcome) => OUTCOME_WORDS[outcome].label)],
    rows: outcomes.map((day) => ({ label: day.day, values: OUTCOMES.map((outcome) => day[outcome]) })),
  });
}

/** Why the calls of all days ended, the most frequent reason first. Each leads to its calls. */
function reasonTable({ days, reasons }: Figures): string {
  const total = (reason: DisconnectionReason) => reasons.reduce((sum, day) => sum + day[reason], 0);
  const counted = DISCONNECTION_REASONS.map((reason) => ({ reason, calls: total(reason) }))
    .filter(({ calls }) => calls > 0)
    .toSorted((one, other) => other.calls - one.calls);
  return html`<section class="card" aria-labelledby="reasons">
    <h2 id="reasons">Why calls ended</h2>
    !${table({
      caption: `Calls that ended in ${days} days, by reason`,
      columns: ['Reason', 'Calls'],
      rows: counted.map(({ reason, calls }) => [
        html`<a href="${addressOf(HISTORY, { reason })}">${REASON_WORDS[reason].label}</a>`,
        calls.toLocaleString('en'),
      ]),
      empty: 'No calls ended in these days.',
    })}
  </section>`;
}

function connectTimeChart({ days, connectTimes: { calls, median, p95, ranges } }: Figures): string {
  return chart({
    title: 'Time to connect',
    summary:
      median === null
        ? `No calls were connected in ${days} days.`
        : `Of ${calls.toLocaleString('en')} calls, 50 % connected within ${median} s and 95 % within ${p95} s.`,
    kind: 'bars',
    columns: ['Seconds', 'Calls'],
    rows: ranges.map(({ from, to, calls: count }) => ({
      label: to === null ? `${from} or more` : `${from}–${to}`,
      values: [count],
    })),
  });
}

function stepText(seconds: number): string {
  return seconds < 120 ? `${seconds} seconds` : `${seconds / 60} minutes`;
}
