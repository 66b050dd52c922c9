from room import CALL, CALLS, CLIENT_ID, CLIENT_SECRET, ISSUER, REDIRECT_URI, report, visit

# configuration
import os

import requests
from oauthlib.oauth2 import WebApplicationClient
from requests_oauthlib import OAuth2Session

os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"  # the person may allow less than requested
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # only for http:
server = requests.get(f"{ISSUER}/.well-known/openid-configuration").json()
client = WebApplicationClient(CLIENT_ID)
session = OAuth2Session(client=client, redirect_uri=REDIRECT_URI, scope="openid profile call")
verifier = client.create_code_verifier(64)
url, state = session.authorization_url(
    server["authorization_endpoint"],
    code_challenge=client.create_code_challenge(verifier, "S256"),
    code_challenge_method="S256",
)
# end

first = session.fetch_token(
    server["token_endpoint"], authorization_response=visit(url), code_verifier=verifier, client_secret=CLIENT_SECRET,
)["access_token"]
userinfo = session.get(server["userinfo_endpoint"]).json()
session.scope = session.token["scope"]
session.refresh_token(server["token_endpoint"], auth=(CLIENT_ID, CLIENT_SECRET))
report(
    userinfo=userinfo,
    refreshed=session.access_token != first,
    call=session.post(CALLS, json=CALL).json(),
)
