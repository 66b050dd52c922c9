import type { Client, Provider } from 'oidc-provider';
import { isDocumentAddress } from '../../core/clients/document-client.ts';
import { ClientUnknown } from './authorization-errors.ts';

/**
 * Finds a client that may use the flows of 2012. Only a registered one may, so the server reads no document to find out.
 * @throws ClientUnknown also for another client
 */
export async function findClassicClient(provider: Provider, id: string): Promise<Client> {
  const client = isDocumentAddress(id) ? undefined : await provider.Client.find(id);
  if (client?.['classic'] !== true) throw new ClientUnknown();
  return client;
}
