import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { DISCONNECTION_REASONS, type DisconnectionReason } from '../../core/calls/call.ts';
import { OUTCOMES, type Outcome } from '../../core/calls/call-outcome.ts';
import type { Statistics } from '../../core/statistics/statistics-service.ts';
import { dateTime } from '../../platform/http/openapi/values.ts';
import { readCount } from '../../platform/http/query.ts';
import { OUTCOME_WORDS } from '../representations/outcome-words.ts';
import { REASON_WORDS } from '../representations/reason-words.ts';
import { TAGS } from '../representations/tags.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminStatistics];

const Days = Type.Object(
  {
    days: Type.Optional(
      Type.String({ description: 'How many days in UTC, including today: 1 to 90, default 30.' }),
    ),
  },
  { additionalProperties: false },
);
const count = (description: string) => Type.Integer({ minimum: 0, description, examples: [12] });
const secondsOrNull = (description: string, example: number) =>
  Type.Unsafe<number | null>({
    type: ['number', 'null'],
    minimum: 0,
    description,
    examples: [example],
  });

const OngoingHistory = Type.Object(
  {
    stepSeconds: Type.Number({ description: 'Seconds between two points.', examples: [300] }),
    points: Type.Array(
      Type.Object({ at: dateTime('Time of the point.'), ongoing: count('Ongoing calls of all users.') }),
      { description: 'Oldest first.' },
    ),
  },
  { description: 'The points.' },
);

/** The number of calls of each name, for each day. */
function daily<Name extends string>(names: readonly Name[], meaningOf: (name: Name) => string) {
  const counts = Object.fromEntries(names.map((name) => [name, count(meaningOf(name))])) as Record<
    Name,
    ReturnType<typeof count>
  >;
  return Type.Object(
    {
      days: Type.Array(Type.Object({ day: Type.String({ format: 'date' }), ...counts }), {
        description: 'Oldest first.',
      }),
    },
    { description: 'The days.' },
  );
}

const DailyOutcomes = daily<Outcome>(OUTCOMES, (outcome) => OUTCOME_WORDS[outcome].meaning);
const DailyReasons = daily<DisconnectionReason>(
  DISCONNECTION_REASONS,
  (reason) => `${REASON_WORDS[reason].label}.`,
);

const ConnectTimes = Type.Object(
  {
    calls: count('Number of calls.'),
    median: secondsOrNull('Median in seconds, to a tenth; null without calls.', 7.4),
    p95: secondsOrNull('95th percentile in seconds, to a tenth; null without calls.', 18.2),
    ranges: Type.Array(
      Type.Object({
        from: Type.Number({ description: 'Seconds.', examples: [5] }),
        to: secondsOrNull('Seconds, exclusive; null for the last range.', 10),
        calls: count('Number of calls in this range.'),
      }),
    ),
  },
  { description: 'The times.' },
);

interface AdminStatisticsDeps {
  readonly statistics: Statistics;
}

export const adminStatisticsRoutes: FastifyPluginAsyncTypebox<AdminStatisticsDeps> = async (
  app,
  { statistics },
) => {
  app.get(
    '/admin/statistics/ongoing',
    {
      config,
      schema: {
        operationId: 'showOngoing',
        summary: 'Show the number of ongoing calls over the last hours',
        description: '241 points at equal distances; the last one is now. Up to five seconds old.',
        tags,
        querystring: Type.Object(
          { hours: Type.Optional(Type.String({ description: 'How many hours: 1 to 72, default 24.' })) },
          { additionalProperties: false },
        ),
        response: { 200: OngoingHistory },
      },
    },
    async ({ query }) => statistics.ongoing(readCount('hours', query.hours ?? '24', 72)),
  );

  app.get(
    '/admin/statistics/outcomes',
    {
      config,
      schema: {
        operationId: 'showOutcomes',
        summary: 'Show the outcomes of calls by day',
        description:
          'Calls by the day on which they ended, in UTC. The figures of past days are final: they stay when their calls are removed. Today’s are up to five seconds old.',
        tags,
        querystring: Days,
        response: { 200: DailyOutcomes },
      },
    },
    async ({ query }) => ({ days: await statistics.outcomes(readCount('days', query.days ?? '30', 90)) }),
  );

  app.get(
    '/admin/statistics/reasons',
    {
      config,
      schema: {
        operationId: 'showReasons',
        summary: 'Show why calls ended, by day',
        description:
          'Calls by their disconnection reason and the day on which they ended, in UTC; also those that both parties answered. The figures of past days are final: they stay when their calls are removed. Today’s are up to five seconds old.',
        tags,
        querystring: Days,
        response: { 200: DailyReasons },
      },
    },
    async ({ query }) => ({ days: await statistics.reasons(readCount('days', query.days ?? '30', 90)) }),
  );

  app.get(
    '/admin/statistics/connect-times',
    {
      config,
      schema: {
        operationId: 'showConnectTimes',
        summary: 'Show how long calls took to connect',
        description:
          'Time from opening a call until both parties answered, for calls that ended in these days. Calls of the carrier `session` are not counted: they connect at once. Up to five seconds old.',
        tags,
        querystring: Days,
        response: { 200: ConnectTimes },
      },
    },
    async ({ query }) => statistics.connectTimes(readCount('days', query.days ?? '30', 90)),
  );
};
