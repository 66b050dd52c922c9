// The OAuth and API client of the demo application: authorization code with PKCE (RFC 7636), requests with the token, and live
// events. It reads the events with fetch, because an EventSource sends no Authorization header.
window.tryItClient = (() => {
  const place = document.getElementById('try-it').dataset;
  const home = `${place.home}/`;

  /** A request failed; the page reacts to its `kind`. */
  class RequestFailed extends Error {
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
    sessionStorage.setItem('try-it sign-in', JSON.stringify({ verifier, state }));
    const challenge = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
    const query = new URLSearchParams({
      client_id: place.client,
      response_type: 'code',
      redirect_uri: home,
      scope: place.scope,
      state,
      code_challenge: base64url(challenge),
      code_challenge_method: 'S256',
    });
    location.assign(`/oauth/authorize?${query}`);
  }

  /** Removes the response to a sign-in from the address, and redeems its code. Returns null without a response. */
  async function finishSignIn() {
    const response = new URLSearchParams(location.search);
    if (!response.has('code') && !response.has('error')) return null;
    history.replaceState(null, '', location.pathname);
    const pending = JSON.parse(sessionStorage.getItem('try-it sign-in') ?? 'null');
    sessionStorage.removeItem('try-it sign-in');
    if (pending === null || response.get('state') !== pending.state || response.get('iss') !== place.home)
      throw new RequestFailed('stranger', 'This sign-in did not start on this page. Start again.');
    if (response.get('error') === 'access_denied')
      throw new RequestFailed('denied', 'You denied access, so the application got nothing.');
    if (response.has('error'))
      throw new RequestFailed(
        'denied',
        `The sign-in failed: ${response.get('error_description') ?? response.get('error')}.`,
      );
    const tokenResponse = await send('/oauth/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: place.client,
        code: response.get('code'),
        redirect_uri: home,
        code_verifier: pending.verifier,
      }),
    });
    const body = await tokenResponse.json();
    if (!tokenResponse.ok)
      throw new RequestFailed('expired', 'This sign-in has expired, or was already used. Start again.');
    return { token: body.access_token, scopes: body.scope.split(' ') };
  }

  async function send(path, request) {
    try {
      return await fetch(path, request);
    } catch {
      throw new RequestFailed('away', 'The server does not respond. Is it still running?');
    }
  }

  /** Sends a request to the API. @returns the body of the response, if any */
  async function callApi(token, method, path, body) {
    const response = await send(place.api + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const content = text === '' ? undefined : JSON.parse(text);
    if (response.ok) return content;
    if (response.status === 401)
      throw new RequestFailed('expired', 'The permission has expired or was removed. Sign in again.');
    const kinds = { 403: 'scope', 409: 'conflict', 429: 'limit' };
    throw new RequestFailed(
      kinds[response.status] ?? 'refused',
      content?.detail ?? `HTTP ${response.status}`,
      content,
    );
  }

  /**
   * Follows the events of all calls until the token ends. Reconnects after the last event if the connection breaks. A hidden tab
   * has no connection, because a browser opens only a few to a server.
   * @param onStatus called with undefined when connected, and with the reason when not
   */
  async function followEvents(token, onEvent, onStatus) {
    let last;
    for (;;) {
      await becomesVisible();
      const hidden = signalWhenHidden();
      try {
        const response = await fetch(`${place.api}/events`, {
          signal: hidden,
          headers: { authorization: `Bearer ${token}`, ...(last !== undefined && { 'last-event-id': last }) },
        });
        if (response.status === 401) return onStatus('expired');
        if (!response.ok) return onStatus('scope');
        onStatus(undefined);
        for await (const frame of framesOf(response.body)) {
          last = frame.id ?? last;
          if (frame.data !== undefined) onEvent(JSON.parse(frame.data));
        }
      } catch {
        if (!hidden.aborted) onStatus('away');
      }
      if (!hidden.aborted) await new Promise((resolve) => setTimeout(resolve, 1500));
    }
  }

  async function becomesVisible() {
    if (document.visibilityState === 'visible') return;
    await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
  }

  function signalWhenHidden() {
    const abort = new AbortController();
    document.addEventListener('visibilitychange', () => abort.abort(), { once: true });
    return abort.signal;
  }

  /** Parses Server-Sent Events. The server's data has no line breaks. */
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

  return { signIn, finishSignIn, callApi, followEvents };
})();
