import express from 'express';
import session from 'express-session';
import passport from 'passport';
import OpenIDConnectStrategy from 'passport-openidconnect';
import { CLIENT_ID, CLIENT_SECRET, call, ISSUER, REDIRECT_URI } from './room.mjs';

// configuration
const strategy = new OpenIDConnectStrategy(
  {
    issuer: ISSUER,
    authorizationURL: `${ISSUER}/oauth/authorize`,
    tokenURL: `${ISSUER}/oauth/token`,
    userInfoURL: `${ISSUER}/oauth/userinfo`,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    callbackURL: REDIRECT_URI,
    scope: ['profile', 'call'],
    nonce: true, // instead of PKCE
  },
  (_issuer, userinfo, claims, _context, idToken, accessToken, _refreshToken, _params, done) =>
    done(null, { userinfo, claims, idToken, accessToken }),
);
// end

const app = express();
app.use(session({ secret: 'a secret of the application', resave: false, saveUninitialized: false }));
passport.use('clicktocall', strategy);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));
app.use(passport.session());
app.get(new URL(REDIRECT_URI).pathname, passport.authenticate('clicktocall', { successRedirect: '/' }));
app.get('/sign-out', (request, response, next) => {
  const parameters = new URLSearchParams({
    id_token_hint: request.user.idToken,
    post_logout_redirect_uri: new URL('/signed-out', REDIRECT_URI),
  });
  request.logout((error) =>
    error ? next(error) : response.redirect(`${ISSUER}/oauth/end_session?${parameters}`),
  );
});
app.get('/signed-out', (request, response) => response.json({ signedIn: request.isAuthenticated() }));
app.get('/', (request, response, next) => {
  if (!request.isAuthenticated()) return passport.authenticate('clicktocall')(request, response, next);
  const { userinfo, claims, accessToken } = request.user;
  const claimsOf = ({ id, username, displayName }) => ({
    sub: id,
    preferred_username: username,
    name: displayName,
  });
  call(accessToken).then((opened) =>
    response.json({ userinfo: claimsOf(userinfo), claims: claimsOf(claims), call: opened }),
  );
});
app.listen(new URL(REDIRECT_URI).port, 'localhost', () => console.log('ready'));
