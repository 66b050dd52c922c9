// What the demo application does of OAuth and of the API: authorization code with PKCE (RFC 7636), requests with the token,
// and the live events, read as a stream since an EventSource sends no Authorization header.
window.tryItClient = (() => {
  const place = document.getElementById('try-it').dataset;
  const home = `${place.home}/`;

  /** Anything but what was asked for; `kind` says what the page does about it. */
  class Refused extends Error {
    constructor(kind, message, body = {}) {
      super(message);
      this.kind = kind;
      this.body = body;
    }
  }

  const base64url = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '');
  const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

  async function signIn() {
    const [verifier, state] = [random(), random()];
    sessionStorage.setItem('try-it asked', JSON.stringify({ verifier, state }));
    const challenge = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
    const asked = new URLSearchParams({
      client_id: place.client,
      response_type: 'code',
      redirect_uri: home,
      scope: place.scope,
      state,
      code_challenge: base64url(challenge),
      code_challenge_method: 'S256',
    });
    location.assign(`/oauth/authorize?${asked}`);
  }

  /** Takes the answer to a sign-in out of the address, and redeems its code; null when there was no answer. */
  async function takeAnswer() {
    const answer = new URLSearchParams(location.search);
    if (!answer.has('code') && !answer.has('error')) return null;
    history.replaceState(null, '', location.pathname);
    const asked = JSON.parse(sessionStorage.getItem('try-it asked') ?? 'null');
    sessionStorage.removeItem('try-it asked');
    if (asked === null || answer.get('state') !== asked.state || answer.get('iss') !== place.home)
      throw new Refused(
        'stranger',
        'That answer belongs to no sign-in that began on this page. Begin again.',
      );
    if (answer.get('error') === 'access_denied')
      throw new Refused(
        'denied',
        'You refused, so nothing has happened: the application got nothing at all.',
      );
    if (answer.has('error'))
      throw new Refused(
        'denied',
        `The sign-in failed: ${answer.get('error_description') ?? answer.get('error')}.`,
      );
    const response = await reach('/oauth/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: place.client,
        code: answer.get('code'),
        redirect_uri: home,
        code_verifier: asked.verifier,
      }),
    });
    const body = await response.json();
    if (!response.ok)
      throw new Refused('expired', 'That sign-in took too long, or was used already. Begin again.');
    return { token: body.access_token, scopes: body.scope.split(' ') };
  }

  async function reach(path, request) {
    try {
      return await fetch(path, request);
    } catch {
      throw new Refused('away', 'The server does not answer. Is it still running?');
    }
  }

  /** A request to the API. @returns the body of the answer; undefined without one */
  async function ask(token, method, path, body) {
    const response = await reach(place.api + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = text === '' ? undefined : JSON.parse(text);
    if (response.ok) return answer;
    if (response.status === 401)
      throw new Refused(
        'expired',
        'The permission has expired or was withdrawn. Sign in again: it takes a click.',
      );
    const kinds = { 403: 'scope', 409: 'conflict', 429: 'limit' };
    throw new Refused(
      kinds[response.status] ?? 'refused',
      answer?.message ?? `HTTP ${response.status}`,
      answer,
    );
  }

  /** Passes on every change of a call until the token ends, and comes back after the last one whenever the stream breaks. */
  async function follow(token, hear, broken) {
    let last;
    for (;;) {
      try {
        const response = await fetch(`${place.api}/events`, {
          headers: { authorization: `Bearer ${token}`, ...(last !== undefined && { 'last-event-id': last }) },
        });
        if (response.status === 401) return broken('expired');
        if (!response.ok) return broken('scope');
        broken(undefined);
        for await (const frame of framesOf(response.body)) {
          last = frame.id ?? last;
          if (frame.data !== undefined) hear(JSON.parse(frame.data));
        }
      } catch {
        broken('away');
      }
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
  }

  /** Server-Sent Events, field by field; the server's data has no line breaks. */
  async function* framesOf(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop();
      for (const block of blocks)
        yield Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)));
    }
  }

  return { signIn, takeAnswer, ask, follow };
})();
