import type { Client } from 'oidc-provider';
import { isDocumentAddress, nameOfDocumentClient } from '../../core/clients/document-client.ts';

/** The name under which pages show a client of the provider. What a document says is not verified. */
export function shownNameOf({ clientId, clientName }: Client): string {
  return isDocumentAddress(clientId) ? nameOfDocumentClient(clientId, clientName) : (clientName ?? clientId);
}
