import { API_PATH } from '../api/base-path.ts';

/** The first call with curl, as the demo user, with this server's URL. A test compares it with the README. */
export function firstCall(publicUrl: string): string {
  return `## A first call

With the demo data, paste this into a terminal. It signs in as \`demo\`, allows the demo application to place calls, exchanges the
code for an access token, and places a call to a simulated phone.

\`\`\`sh
URL=${publicUrl}
VERIFIER=$(openssl rand -hex 32)
CHALLENGE=$(printf %s "$VERIFIER" | openssl dgst -sha256 -binary | openssl base64 | tr '+/' '-_' | tr -d '=')
QUERY="client_id=demo-app&response_type=code&redirect_uri=$URL/test&scope=call&prompt=consent&code_challenge=$CHALLENGE&code_challenge_method=S256"
browse() { curl -s -L -b cookies.txt -c cookies.txt -o /dev/null -w '%{url_effective}' "$@"; }
SIGN_IN=$(browse "$URL/oauth/authorize?$QUERY")
CONSENT=$(browse "$SIGN_IN" -d 'username=demo&password=demo')
CODE=$(browse "$CONSENT" -d 'grant=true' | sed -n 's/.*[?&]code=\\([^&]*\\).*/\\1/p')
rm cookies.txt
TOKEN=$(curl -s "$URL/oauth/token" -d "grant_type=authorization_code&client_id=demo-app&code=$CODE&redirect_uri=$URL/test&code_verifier=$VERIFIER" | sed -n 's/.*"access_token":"\\([^"]*\\)".*/\\1/p')
curl -s "$URL${API_PATH}/calls" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"callee":"+12025550133"}'
\`\`\``;
}
