import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { RETENTION_ACTIONS, type Retention } from '../../core/retention/retention.ts';
import { dateTime, dateTimeOrNull, oneOf } from '../../platform/http/openapi/values.ts';
import { TAGS } from '../representations/tags.ts';

const action = oneOf(
  RETENTION_ACTIONS,
  '`remove` deletes old calls; `strip` deletes their phone numbers and the clients’ data.',
);

const RetentionSettings = Type.Object(
  {
    days: Type.Unsafe<number | null>({
      type: ['integer', 'null'],
      minimum: 1,
      description: 'How many full days calls are kept; null means forever.',
      examples: [90],
    }),
    action,
    lastRun: Type.Optional(
      Type.Object(
        {
          action,
          endedBefore: dateTime('The run covers calls that ended before this time.'),
          calls: Type.Integer({
            minimum: 0,
            description: 'How many calls were removed or stripped so far.',
            examples: [250],
          }),
          startedAt: dateTime('When the run started.'),
          finishedAt: dateTimeOrNull('When the run finished; null while it is running.'),
        },
        { description: 'The last run; absent before the first one.' },
      ),
    ),
  },
  { description: 'The retention settings.' },
);

interface AdminRetentionDeps {
  readonly retention: Retention;
}

export const adminRetentionRoutes: FastifyPluginAsyncTypebox<AdminRetentionDeps> = async (
  app,
  { retention },
) => {
  app.get(
    '/admin/retention',
    {
      config: { entry: 'administrator' },
      schema: {
        operationId: 'showRetention',
        summary: 'Show how long calls are kept',
        description: 'The retention settings of the server, and the last run.',
        tags: [TAGS.adminRetention],
        response: { 200: RetentionSettings },
      },
    },
    async () => {
      const { days = null, action, lastRun } = await retention.show();
      return { days, action, ...(lastRun && { lastRun }) };
    },
  );
};
