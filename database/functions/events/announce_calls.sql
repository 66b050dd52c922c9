-- Notifies the nodes of transitions, in the format of src/core/calls/change-signal.ts. Sends 30 changes per notification: a
-- payload must have less than 8,000 bytes, and a change has about 200.
CREATE OR REPLACE FUNCTION announce_calls(p_calls calls[]) RETURNS void
LANGUAGE sql
AS $$
  SELECT pg_notify('call_changes', jsonb_build_object('changes', jsonb_agg(jsonb_build_object(
           'callId', c.id, 'userId', c.user_id, 'state', c.state, 'carrier', c.carrier, 'nodeId', c.node_id)))::text)
    FROM unnest(p_calls) WITH ORDINALITY AS c
   GROUP BY (c.ordinality - 1) / 30
$$;
