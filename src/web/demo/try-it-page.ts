import { html } from 'ghtml';
import { DEMO_APP, DEMO_NUMBER } from '../../core/demo/demo-data.ts';
import { formatPhoneNumber } from '../../core/phone-numbers/phone-number.ts';
import { SCOPE_CREATE, SCOPE_DELETE, SCOPE_READ } from '../../core/tokens/access-token.ts';
import { TICKING } from '../../platform/http/pages/assets.ts';
import type { Page } from '../../platform/http/pages/page.ts';
import { TRY_IT_SCRIPTS, TRY_IT_STYLE } from './try-it-assets.ts';

/** Simulated phones for the first call; docs/use-the-api/simulated-phones.md has all of them. */
export const PHONES: readonly {
  readonly number: string;
  readonly does: string;
  readonly ringTimeout?: number;
}[] = [
  { number: '+12025550100', does: 'answers after a second and stays on the line' },
  { number: '+12025550133', does: 'answers and hangs up 3 seconds later' },
  { number: '+12025550102', does: 'takes 5 seconds to answer' },
  { number: '+12025550103', does: 'does not answer for 6 seconds', ringTimeout: 6 },
  { number: '+12025550104', does: 'is busy' },
  { number: '+12025550105', does: 'rejects the call after 2 seconds' },
  { number: '+12025550107', does: 'answers; the line breaks 2 seconds later' },
  { number: '+12025550106', does: 'cannot be reached' },
  { number: '+12025550110', does: 'never rings, because your own phone is busy' },
];

const SCOPES = [SCOPE_CREATE, SCOPE_READ, SCOPE_DELETE].join(' ');

/** The page for a first call: the demo app, which uses the API like any other application in a browser. */
export function tryItPage(brand: string, publicUrl: string, apiPath: string): Page {
  return {
    title: 'Make your first call',
    connects: true,
    styles: [TRY_IT_STYLE],
    scripts: [...TRY_IT_SCRIPTS, TICKING],
    body: html`
      <p>${brand} is running. This page is the <strong>Demo app</strong>, an application in your browser. It asks for
        your permission and then places calls for you. No real phone rings.</p>
      <noscript><p class="notice problem">This page is an application in the browser and needs JavaScript. Turn it on, or open
        <a href="/docs">the API reference</a> or <a href="/account">My account</a>.</p></noscript>
      <div id="try-it" data-home="${publicUrl}" data-api="${apiPath}" data-client="${DEMO_APP}" data-scope="${SCOPES}"
        data-number="${DEMO_NUMBER}" data-spelled="${formatPhoneNumber(DEMO_NUMBER)}" data-now="${new Date().toISOString()}">
        <p id="problem" class="notice problem" role="alert" hidden></p>
        <p id="make-room" hidden><button type="button" id="end-others">Hang up the calls of this application</button>
          <a class="button quiet" href="/account">See all in My account</a></p>
        <p id="away" class="notice problem" role="status" hidden>Connection lost. Reconnecting…</p>
        !${signInStep}
        !${callStep()}
        !${liveStep}
      </div>
      <h2>What next?</h2>
      <ul>
        <li><a href="/account">My account</a>: your calls, and the applications you have allowed</li>
        <li><a href="/console">The console</a>: for administrators (<kbd>admin</kbd>, password <kbd>admin</kbd>)</li>
        <li><a href="/docs">The reference</a>: every operation, ready to try</li>
        <li><code>docs/README.md</code> in the project’s folder: the documentation, with the same call from curl</li>
      </ul>`,
  };
}

const signInStep = html`
  <section id="step-sign-in" class="card step" hidden>
    <h2 tabindex="-1">First, sign in</h2>
    <p>Your user name is <kbd>demo</kbd>, your password is <kbd>demo</kbd>. Then allow this application to call
      for you.</p>
    <button type="button" id="sign-in">Sign in as demo</button>
  </section>`;

const callStep = () => html`
  <section id="step-call" class="card step" hidden>
    <h2 tabindex="-1">Place a call</h2>
    <p>Your phone, <strong class="own-number"></strong>, will ring first, then theirs.</p>
    <div class="field">
      <label for="phone">Call a phone that</label>
      <select id="phone">
        !${PHONES.map(
          ({ number, does, ringTimeout }) =>
            html`<option value="${number}" data-spelled="${formatPhoneNumber(number)}"!${ringTimeout === undefined ? '' : html` data-ring-timeout="${String(ringTimeout)}"`}>${does}</option>`,
        )}
      </select>
    </div>
    <button type="button" id="call">Call ${formatPhoneNumber(PHONES[0]?.number ?? '')}</button>
  </section>`;

const liveStep = html`
  <section id="step-live" class="card step" hidden>
    <h2 tabindex="-1">Your call</h2>
    <div class="phones" aria-hidden="true">
      <span class="phone yours"><strong>You</strong><span class="own-number"></span></span>
      <span class="wire"></span>
      <span class="phone theirs"><strong>Callee</strong><span id="their-number"></span></span>
    </div>
    <p id="state" role="status"></p>
    <p id="blind" hidden>You did not allow this application to see its calls: <a href="/account">My account</a> shows this call.</p>
    <p><time id="clock" class="clock" hidden></time></p>
    <button type="button" id="hang-up" class="danger" hidden>Hang up</button>
    <button type="button" id="again" hidden>Make another call</button>
    <h3>Events from the server</h3>
    <ol id="life"></ol>
    <div id="request" hidden>
      <h3>The same call from a terminal</h3>
      <pre><code id="curl"></code></pre>
      <p><button type="button" id="copy" class="quiet">Copy with token</button> <span id="copied" role="status"></span></p>
    </div>
  </section>`;
