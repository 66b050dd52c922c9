from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

from social_core.backends.open_id_connect import OpenIdConnectAuth
from social_core.strategy import BaseStrategy

from room import CALL, CALLS, CLIENT_ID, CLIENT_SECRET, ISSUER, REDIRECT_URI, report, visit

# configuration, for instance in the settings of Django
SOCIAL_AUTH_OIDC_OIDC_ENDPOINT = ISSUER
SOCIAL_AUTH_OIDC_KEY = CLIENT_ID
SOCIAL_AUTH_OIDC_SECRET = CLIENT_SECRET
SOCIAL_AUTH_OIDC_SCOPE = ["call"]  # beside openid, profile and email
# end


class Associations(list):
    """Keeps nonces, as the storage of a framework does."""

    def store(self, url, association):
        self.append(association)

    def get(self, server_url, handle):
        return [SimpleNamespace(id=each.handle) for each in self if each.handle == handle]

    def remove(self, ids):
        self[:] = [each for each in self if each.handle not in ids]


class Strategy(BaseStrategy):
    """A framework with one session."""

    def __init__(self):
        super().__init__(SimpleNamespace(association=Associations()))
        self.session = {}
        self.answer = {}

    def get_setting(self, name):
        return globals()[name]

    def request_data(self, merge=True):
        return self.answer

    def build_absolute_uri(self, path=None):
        return path

    def session_get(self, name, default=None):
        return self.session.get(name, default)

    def session_set(self, name, value):
        self.session[name] = value

    def authenticate(self, backend, *args, response, **kwargs):
        return response


strategy = Strategy()
backend = OpenIdConnectAuth(strategy, redirect_uri=REDIRECT_URI)
strategy.answer = dict(parse_qsl(urlsplit(visit(backend.auth_url())).query))
backend.data = strategy.answer
response = backend.auth_complete()
access_token = response["access_token"]
refreshed = backend.refresh_token(response["refresh_token"])
headers = {"Authorization": f"Bearer {refreshed['access_token']}"}
report(
    claims=backend.id_token,
    userinfo=backend.user_data(access_token),
    refreshed=refreshed["access_token"] != access_token,
    call=backend.request(CALLS, "POST", json=CALL, headers=headers).json(),
)
