import { type Static, Type } from 'typebox';
import { MAX_SIP_ADDRESS_LENGTH } from '../../core/people/sip-address.ts';
import { MAX_LIMIT } from '../../core/people/user-input.ts';
import type { User } from '../../core/people/user-service.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import { dateTime, textOrNull, texts } from '../../platform/http/openapi/values.ts';

export const UserParams = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 64, description: 'Name of the user.' }),
});

export const limit = Type.Integer({
  minimum: 0,
  maximum: MAX_LIMIT,
  description: 'Limit of the user’s ongoing calls.',
});

export const ongoing = Type.Integer({ minimum: 0, description: 'The user’s ongoing calls.' });

export const numbers = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
  maxItems: 20,
  description: 'E.164, or as dialed in the server’s own country. The first number is the one that rings.',
});

export const sipAddress = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  maxLength: MAX_SIP_ADDRESS_LENGTH,
  description:
    'Where the user’s phone rings with the carrier `sip`: a `sip:` or `sips:` URI without password or headers. Null means the address from the configuration.',
  examples: ['sip:anna@pbx.example.com'],
});

export const password = Type.String({
  minLength: 4,
  maxLength: 1024,
  description: 'At least 4 characters.',
});

export const AdminUser = Type.Object(
  {
    name: Type.String(),
    administrator: Type.Boolean({ description: 'Whether the user may grant the scope `admin`.' }),
    disabled: Type.Boolean({ description: 'A disabled user can neither sign in nor open calls.' }),
    limit,
    ongoing,
    numbers: texts('E.164. The first number is the one that rings.'),
    sipAddress: textOrNull(
      'SIP URI at which the user’s phone rings with the carrier `sip`. Null means the address from the configuration.',
    ),
    createdAt: dateTime('When the user was added.'),
  },
  { title: 'User', description: 'A user.' },
);
export type AdminUser = Static<typeof AdminUser>;

export const shownUser = answer(AdminUser, 'The user.');

export function adminUser({
  name,
  administrator,
  disabled,
  maxOngoingCalls: limit,
  ongoingCalls: ongoing,
  numbers,
  sipAddress,
  createdAt,
}: User): AdminUser {
  return { name, administrator, disabled, limit, ongoing, numbers, sipAddress, createdAt };
}
