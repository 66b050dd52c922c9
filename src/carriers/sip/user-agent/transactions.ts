import { Core } from 'sip.js';

/**
 * Keeps all client transactions of a core at hand until they are over. Where a request is repeated with credentials sip.js
 * forgets the first one, whose timer of half a minute would keep the process from ending.
 * @returns ends them all
 */
export function watchTransactions(core: Core.UserAgentCore): () => void {
  const transactions = new Set<Core.ClientTransaction>();
  const clients = core.userAgentClients;
  const set = clients.set.bind(clients);
  clients.set = (id, client) => {
    const { transaction } = client as unknown as { readonly transaction: Core.ClientTransaction };
    transactions.add(transaction);
    transaction.addStateChangeListener(() => {
      if (transaction.state === Core.TransactionState.Terminated) transactions.delete(transaction);
    });
    return set(id, client);
  };
  return () => {
    for (const transaction of transactions) transaction.dispose();
  };
}
