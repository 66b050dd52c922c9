-- Decides whether a presented access token is valid for a request, and finds its user and client. Always returns one row;
-- `refusal` is NULL if the token is valid; 'token_for' is followed by a space and the one API that the token is for.
--   p_proof_jkt: thumbprint of the DPoP proof's key, NULL for a bearer token; a bound token without its proof is refused
--   p_in_query:  the token was in the query string, which is allowed only for tokens of classic clients
--   p_resource:  the API that the request is for, NULL outside of the APIs; a token for another API is refused
--   p_scopes:    the token needs at least one of these scopes
--   authorization_id:  of the authorization that the token was issued under; NULL for a token without a user
--   all_calls:   the token reaches all calls of the user, not only those of its client
CREATE OR REPLACE FUNCTION token_entitlement(p_hash bytea, p_proof_jkt text, p_in_query boolean, p_resource text, p_scopes text[])
RETURNS TABLE (refusal text, user_id uuid, client_id text, authorization_id text, user_name text, administrator boolean,
               max_ongoing_calls integer, all_calls boolean, expires_at timestamptz)
LANGUAGE sql STABLE ROWS 1
AS $$
  SELECT CASE
           WHEN t.hash IS NULL OR u.disabled_at IS NOT NULL OR c.removed_at IS NOT NULL THEN 'token_invalid'
           WHEN t.jkt IS DISTINCT FROM p_proof_jkt THEN 'token_invalid'
           WHEN p_in_query AND NOT c.classic THEN 'token_in_query'
           WHEN t.resource IS NOT NULL AND t.resource IS DISTINCT FROM p_resource THEN 'token_for ' || t.resource
           WHEN NOT t.scopes && p_scopes THEN 'scope_missing'
           WHEN t.user_id IS NULL THEN 'token_without_user'
         END,
         t.user_id, t.client_id, t.authorization_id, u.name, u.administrator, u.max_ongoing_calls,
         t.scopes @> ARRAY['call'], t.expires_at
    FROM (VALUES (1)) AS always (one)
    LEFT JOIN access_tokens t ON t.hash = p_hash AND t.expires_at > now()
    LEFT JOIN clients c ON c.id = t.client_id
    LEFT JOIN users u ON u.id = t.user_id
$$;
