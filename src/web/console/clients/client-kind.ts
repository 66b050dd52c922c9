import type { Client, RegisteredBy } from '../../../core/clients/client-service.ts';
import { badge } from '../../../platform/http/pages/elements.ts';

const KINDS = {
  classic: 'classic: the API of 2012, with secrets and tokens in addresses',
  confidential: 'confidential: it keeps a secret',
  public: 'public: it cannot keep a secret, and has none',
  keyed: 'confidential: it signs with a key of its own',
} as const;

type Kind = keyof typeof KINDS;

function kindOf({ classic, secretHash, metadata }: Client): Kind {
  if (classic) return 'classic';
  if (secretHash !== null) return 'confidential';
  return metadata['token_endpoint_auth_method'] === 'none' ? 'public' : 'keyed';
}

export function kindInWords(client: Client): string {
  return KINDS[kindOf(client)];
}

/** What stands out in a list. */
export function kindBadge(client: Client): string {
  const kind = kindOf(client);
  if (kind === 'classic') return badge('classic', 'busy');
  return kind === 'public' ? badge('public') : '';
}

const REGISTRARS: Readonly<Record<RegisteredBy, string>> = {
  administrator: 'an administrator',
  commandLine: 'the command line',
  itself: 'itself, by dynamic registration',
  demo: 'the demonstration',
};

export function registrarInWords({ registeredBy }: Client): string {
  return REGISTRARS[registeredBy];
}
