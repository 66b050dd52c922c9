import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { openCallOf } from '../core/events/events.ts';
import type { TestApp } from '../harness/app.ts';
import { addClassicClient, addModernClient, addUser, type ClassicClient } from '../harness/people.ts';

/** Fields for hostile texts in everything that pages show. */
export interface World {
  /** Writes the texts directly to the database, without validation. @returns the names of the users */
  fill(texts: readonly string[]): Promise<readonly string[]>;
  readonly clients: readonly string[];
  readonly calls: readonly string[];
  readonly webhooks: readonly string[];
  /** Clients with hostile names only, so that consent pages can show them. */
  readonly asking: readonly ClassicClient[];
}

/** @param owner of the calls and grants @param administrator with the named second factor */
export async function makeWorld(
  app: TestApp,
  size: number,
  { owner, administrator }: { owner: string; administrator: string },
): Promise<World> {
  const users: string[] = [];
  const clients: string[] = [];
  const calls: string[] = [];
  const webhooks: string[] = [];
  const asking: ClassicClient[] = [];
  const id = async (name: string) =>
    (await app.sql<{ id: string }>('SELECT id FROM users WHERE name = $1', [name]))[0]?.id ?? '';
  const ownerId = await id(owner);
  for (let place = 0; place < size; place++) {
    await addUser(app, `user-${place}`);
    users.push(await id(`user-${place}`));
    const { client } = await addModernClient(app);
    clients.push(client.id);
    asking.push(await addClassicClient(app));
    calls.push(
      await openCallOf(app, { userName: owner, clientId: client.id, sink: 'https://sinks.example/' }),
    );
    const added = await app.events.webhooks.addWebhook(
      client.id,
      { url: 'https://hooks.example/' },
      COMMAND_LINE,
    );
    webhooks.push(added.webhook.id);
    await app.sql(`INSERT INTO grants (user_id, client_id, scopes) VALUES ($1, $2, '{call}')`, [
      ownerId,
      client.id,
    ]);
  }
  await app.sql(
    `INSERT INTO second_factors (user_id, kind, name, sealed_secret, last_step) VALUES ($1, 'totp', 'My phone', '', 0)`,
    [await id(administrator)],
  );

  return {
    ...{ clients, calls, webhooks, asking },
    async fill(texts) {
      const names = texts.map((text, place) => `${text.slice(0, 60)}·${place}`);
      const rows = texts.map((text, place) => ({
        ...{ text, name: names[place], person: users[place], client: clients[place], call: calls[place] },
        ...{ webhook: webhooks[place], asks: asking[place]?.id },
      }));
      const given = `jsonb_to_recordset($1) AS t(text text, name text, person uuid, client text, call text, webhook uuid, asks text)`;
      for (const statement of [
        `UPDATE users SET name = t.name, sip_address = t.text FROM ${given} WHERE id = t.person`,
        `UPDATE clients SET name = t.text, origins = ARRAY[t.text],
                metadata = metadata || jsonb_build_object('client_name', t.text, 'client_uri', t.text, 'redirect_uris', jsonb_build_array(t.text))
           FROM ${given} WHERE id = t.client`,
        `UPDATE clients SET name = t.text FROM ${given} WHERE id = t.asks`,
        `UPDATE calls SET client_reference = t.text, sink = t.text, sink_correlator = '0', metadata = jsonb_build_object('note', t.text)
           FROM ${given} WHERE id = t.call`,
        `UPDATE webhooks SET url = t.text FROM ${given} WHERE id = t.webhook`,
        `UPDATE delivery_attempts SET problem = t.text FROM ${given}, deliveries d WHERE d.id = delivery_id AND d.call_id = t.call`,
        `INSERT INTO delivery_attempts (delivery_id, at, milliseconds, problem)
         SELECT d.id, now(), 1, t.text FROM ${given}, deliveries d WHERE d.call_id = t.call`,
        `INSERT INTO audit_log (actor, ip_address, action, user_id, client_id, subject, details)
         SELECT 'server', t.text, 'callEnded', t.person, t.client, t.text, jsonb_build_object('reason', t.text) FROM ${given}`,
      ])
        await app.sql(statement, [JSON.stringify(rows)]);
      const [first] = texts;
      await app.sql('UPDATE second_factors SET name = $1', [first]);
      await app.sql('UPDATE users SET name = $1 WHERE id = $2', [`${first?.slice(0, 60)}·owner`, ownerId]);
      return names;
    },
  };
}
