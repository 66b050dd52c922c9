import { once } from 'node:events';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import { afterFile } from './clean-up.ts';

/**
 * Ends TLS in front of a server, as an operator's proxy does.
 * @param port of the proxy; `target` is the port of the server
 */
export async function startTlsProxy(
  port: number,
  target: number,
  certificate: { readonly cert: string; readonly key: string },
): Promise<void> {
  const { cert, key } = certificate;
  const server = createServer({ cert, key }, (client) => {
    const onward = connect(target, 'localhost');
    client.on('error', () => {}).once('close', () => onward.destroy());
    onward.on('error', () => {}).once('close', () => client.destroy());
    client.pipe(onward).pipe(client);
  });
  server.listen(port, 'localhost');
  await once(server, 'listening');
  afterFile(() => server.close());
}
