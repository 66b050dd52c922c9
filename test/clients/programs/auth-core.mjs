import { createServer } from 'node:http';
import { Auth } from '@auth/core';
import { CLIENT_ID, CLIENT_SECRET, call, ISSUER, REDIRECT_URI } from './room.mjs';

// configuration
const config = {
  providers: [
    {
      id: 'clicktocall',
      name: 'ClickToCall',
      type: 'oidc',
      issuer: ISSUER,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      authorization: { params: { scope: 'openid profile call' } },
    },
  ],
  callbacks: {
    jwt: ({ token, account, profile }) => (account ? { ...token, account, profile } : token),
    session: ({ session, token }) => ({ ...session, account: token.account, profile: token.profile }),
  },
  basePath: '/auth', // the redirect URI is /auth/callback/clicktocall
  secret: 'a secret of the application',
  trustHost: true,
};
// end

const origin = new URL(REDIRECT_URI).origin;

/** Answers a request of Node.js by a function of fetch's types. */
async function answer(request, response) {
  const chunks = await request.toArray();
  const result = await handle(
    new Request(new URL(request.url, origin), {
      method: request.method,
      headers: request.headers,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    }),
  );
  response.statusCode = result.status;
  response.setHeaders(result.headers);
  response.end(await result.text());
}

async function handle(request) {
  const { pathname } = new URL(request.url);
  if (pathname !== '/') return Auth(request, config);
  const { headers } = request;
  const session = await (await Auth(new Request(`${origin}/auth/session`, { headers }), config)).json();
  if (!session?.account) return Response.redirect(`${origin}/auth/signin?callbackUrl=${origin}/`);
  return Response.json({ claims: session.profile, call: await call(session.account.access_token), session });
}

createServer(answer).listen(new URL(REDIRECT_URI).port, 'localhost', () => console.log('ready'));
