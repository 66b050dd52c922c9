-- Notifies the nodes of transitions, as src/core/calls/change-signal.ts reads it. Thirty changes at once: a payload has less
-- than 8,000 bytes, and a change about 200.
CREATE OR REPLACE FUNCTION announce_calls(p_calls calls[]) RETURNS void
LANGUAGE sql
AS $$
  SELECT pg_notify('call_changes', jsonb_build_object('changes', jsonb_agg(jsonb_build_object(
           'callId', c.id, 'userId', c.user_id, 'state', c.state, 'carrier', c.carrier, 'nodeId', c.node_id)))::text)
    FROM unnest(p_calls) WITH ORDINALITY AS c
   GROUP BY (c.ordinality - 1) / 30
$$;
