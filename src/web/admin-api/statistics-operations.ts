import { Type } from 'typebox';
import { OUTCOMES, type Outcome } from '../../core/calls/call-outcome.ts';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import { time } from '../../platform/http/openapi/values.ts';

const tags = [TAGS.adminStatistics];
const days = Type.Optional(
  Type.String({ description: 'How many, with today, in UTC; from 1 to 90, 30 when absent.' }),
);
const count = (description: string) => Type.Integer({ minimum: 0, description });
const secondsOrNull = (description: string) =>
  Type.Unsafe<number | null>({ type: ['number', 'null'], minimum: 0, description });

export const showOngoing = {
  operationId: 'showOngoing',
  summary: 'Show how many calls went on over the last hours',
  description: '241 points at equal distances, the last of now; up to five seconds old.',
  tags,
  querystring: Type.Object(
    { hours: Type.Optional(Type.String({ description: 'From 1 to 72; 24 when absent.' })) },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object(
      {
        stepSeconds: Type.Number({ description: 'Between two points.' }),
        points: Type.Array(
          Type.Object({ at: time('When.'), ongoing: count('How many calls went on then, of all users.') }),
          { description: 'Oldest first.' },
        ),
      },
      { description: 'The points.' },
    ),
  },
};

const meanings: Readonly<Record<Outcome, string>> = {
  answered: 'Both answered, whoever ended it then.',
  busy: 'Caller or callee was busy.',
  noAnswer: 'Caller or callee did not answer in time.',
  abandoned: 'Given up before both had answered, by the caller, or by who ended it on request.',
  failed: 'A phone could not be reached.',
  other: 'Ended before both had answered for another reason: withdrawn, or overdue.',
};

export const showOutcomes = {
  operationId: 'showOutcomes',
  summary: 'Show what became of calls, day by day',
  description:
    'Calls by the day on which they ended, in UTC. Days that are over were counted for good: they stay when their calls are removed. Today is up to five seconds old.',
  tags,
  querystring: Type.Object({ days }, { additionalProperties: false }),
  response: {
    200: Type.Object(
      {
        days: Type.Array(
          Type.Object({
            day: Type.String({ format: 'date' }),
            ...(Object.fromEntries(OUTCOMES.map((each) => [each, count(meanings[each])])) as Record<
              Outcome,
              ReturnType<typeof count>
            >),
          }),
          { description: 'Oldest first.' },
        ),
      },
      { description: 'The days.' },
    ),
  },
};

export const showConnectTimes = {
  operationId: 'showConnectTimes',
  summary: 'Show how long it took until calls were connected',
  description:
    'From the opening until both had answered, of calls that ended in these days; those of the carrier `session`, which are connected at once, are left out. Up to five seconds old.',
  tags,
  querystring: Type.Object({ days }, { additionalProperties: false }),
  response: {
    200: Type.Object(
      {
        calls: count('All of them.'),
        median: secondsOrNull('Seconds, to a tenth; null without calls.'),
        p95: secondsOrNull('Seconds within which 95 of 100 were connected, to a tenth; null without calls.'),
        ranges: Type.Array(
          Type.Object({
            from: Type.Number({ description: 'Seconds.' }),
            to: secondsOrNull('Seconds, not included; null: without end.'),
            calls: count('How many took that long.'),
          }),
        ),
      },
      { description: 'The times.' },
    ),
  },
};
