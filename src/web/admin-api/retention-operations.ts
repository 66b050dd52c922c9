import { Type } from 'typebox';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import { oneOf, time, timeOrNull } from '../../platform/http/openapi/values.ts';
import { NoQuery } from '../../platform/http/query.ts';

const action = oneOf(['remove', 'strip'], 'Whether calls are removed, or stripped of numbers.');

export const showRetention = {
  operationId: 'showRetention',
  summary: 'Show how long calls are kept',
  description: 'As the server’s settings have it, and what was done last.',
  tags: [TAGS.adminRetention],
  querystring: NoQuery,
  response: {
    200: Type.Object(
      {
        days: Type.Unsafe<number | null>({
          type: ['integer', 'null'],
          minimum: 1,
          description: 'How many full days; null: calls are kept for good.',
        }),
        action,
        lastRun: Type.Optional(
          Type.Object(
            {
              action,
              endedBefore: time('It concerned the calls that had ended before.'),
              calls: Type.Integer({
                minimum: 0,
                description: 'How many calls it removed or stripped, so far.',
              }),
              startedAt: time('When it began.'),
              finishedAt: timeOrNull('When nothing was left to do; null while there is.'),
            },
            { description: 'Absent when nothing was done yet.' },
          ),
        ),
      },
      { description: 'The settings.' },
    ),
  },
};
