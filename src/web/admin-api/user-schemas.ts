import { type Static, Type } from 'typebox';
import { PASSWORD_LENGTHS, PASSWORD_RULES } from '../../core/people/password-rules.ts';
import { MAX_SIP_ADDRESS_LENGTH } from '../../core/people/sip-address.ts';
import { MAX_LIMIT } from '../../core/people/user-input.ts';
import type { User } from '../../core/people/user-service.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import { dateTime, textOrNull, texts } from '../../platform/http/openapi/values.ts';
import { SAMPLES } from '../representations/samples.ts';

export const UserParams = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 64, description: 'Name of the user.' }),
});

export const limit = Type.Integer({
  minimum: 0,
  maximum: MAX_LIMIT,
  description: 'Limit of the user’s ongoing calls.',
  examples: [2],
});

export const ongoing = Type.Integer({ minimum: 0, description: 'The user’s ongoing calls.', examples: [1] });

export const numbers = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
  maxItems: 20,
  description: 'E.164, or as dialled in the server’s own country. The first number is the one that rings.',
  examples: [['+447700900123']],
});

export const sipAddress = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  maxLength: MAX_SIP_ADDRESS_LENGTH,
  description:
    'Where the user’s phone rings with the carrier `sip`: a `sip:` or `sips:` URI without password or headers. Null means the address from the configuration.',
  examples: ['sip:anna@pbx.example.com'],
});

export const password = Type.String({
  minLength: 1,
  maxLength: PASSWORD_LENGTHS.max,
  description: PASSWORD_RULES,
  examples: [SAMPLES.password],
});

export const passwordChangeRequired = Type.Boolean({
  description:
    'Whether the user must choose another password at the next sign-in, before anything else. The sign-in of the classic flow does not ask.',
});

export const AdminUser = Type.Object(
  {
    name: Type.String({ examples: [SAMPLES.user] }),
    administrator: Type.Boolean({ description: 'Whether the user may grant the scope `admin`.' }),
    passwordChangeRequired,
    disabled: Type.Boolean({ description: 'A disabled user can neither sign in nor place calls.' }),
    limit,
    ongoing,
    numbers: texts('E.164. The first number is the one that rings.', [SAMPLES.caller]),
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
  passwordChangeRequired,
  disabled,
  maxOngoingCalls: limit,
  ongoingCalls: ongoing,
  numbers,
  sipAddress,
  createdAt,
}: User): AdminUser {
  return {
    name,
    administrator,
    passwordChangeRequired,
    disabled,
    limit,
    ongoing,
    numbers,
    sipAddress,
    createdAt,
  };
}
