from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken

from room import CALL, CALLS, CLIENT_ID, CLIENT_SECRET, ISSUER, REDIRECT_URI, report, visit

# configuration
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

session = OAuth2Session(
    CLIENT_ID, CLIENT_SECRET, redirect_uri=REDIRECT_URI,
    scope="openid profile call", code_challenge_method="S256",
)
server = session.get(f"{ISSUER}/.well-known/openid-configuration", withhold_token=True).json()
verifier, nonce = generate_token(48), generate_token()
url, state = session.create_authorization_url(server["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
# end

token = session.fetch_token(
    server["token_endpoint"], authorization_response=visit(url), state=state, code_verifier=verifier,
)
session.scope = token["scope"]
keys = JsonWebKey.import_key_set(session.get(server["jwks_uri"], withhold_token=True).json())
claims = jwt.decode(
    token["id_token"], keys, claims_cls=CodeIDToken,
    claims_options={"iss": {"value": ISSUER}, "aud": {"value": CLIENT_ID}}, claims_params={"nonce": nonce},
)
claims.validate()
userinfo = session.get(server["userinfo_endpoint"]).json()
session.refresh_token(server["token_endpoint"])
introspection = session.introspect_token(server["introspection_endpoint"], token=session.token["access_token"]).json()
call = session.post(CALLS, json=CALL)
session.revoke_token(server["revocation_endpoint"], token=session.token["refresh_token"])
report(
    claims=claims,
    userinfo=userinfo,
    refreshed=session.token["access_token"] != token["access_token"],
    introspection=introspection,
    call=call.json(),
    status_after_revocation=session.get(CALLS).status_code,
)
