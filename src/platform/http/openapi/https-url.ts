import { type TUnsafe, Type } from 'typebox';

/** As in CAMARA's definitions. */
export const HTTPS_URL_PATTERN = '^https:\\/\\/.+$';

/** An absolute https: URL. */
export function httpsUrl(description: string): TUnsafe<string> {
  return Type.Unsafe<string>({
    ...{ type: 'string', format: 'uri', pattern: HTTPS_URL_PATTERN, maxLength: 2048 },
    description,
    examples: ['https://endpoint.example.com/sink'],
  });
}
