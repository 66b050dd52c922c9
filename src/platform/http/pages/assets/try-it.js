// The demo application: one step at a time, from the sign-in to the end of a call.
const { signIn, takeAnswer, ask, follow } = window.tryItClient;
const root = document.getElementById('try-it');
const $ = (id) => document.getElementById(id);

const WORDS = {
  initiating: 'Starting the call',
  callingCaller: 'Your phone is ringing',
  callingCallee: 'You answered. Their phone is ringing',
  connected: 'Connected',
  hangUp: 'Call ended: one of you hung up',
  callerBusy: 'Call ended: your own phone is busy',
  callerNoAnswer: 'Call ended: you did not answer',
  callerFailure: 'Call ended: your phone cannot be reached',
  callerAbandon: 'Call ended: you hung up before they answered',
  calleeBusy: 'Call ended: they are busy',
  calleeNoAnswer: 'Call ended: they did not answer',
  calleeFailure: 'Call ended: they cannot be reached',
  other: 'Call ended: the connection was lost',
};
const OVER = ['disconnected', 'failed'];

/** The access token and its scopes, kept for this tab only. */
let permission = JSON.parse(sessionStorage.getItem('try-it permission') ?? 'null');
let caller;
/** The id of the call that is shown. */
let shown;
/** Events by call id: some arrive before the response with the id. */
const lives = new Map();
let hungUp = false;

function show(step) {
  for (const section of root.querySelectorAll('.step')) section.hidden = section.id !== step;
  $(step).querySelector('h2').focus();
}

function say(problem) {
  $('problem').textContent = problem ?? '';
  $('problem').hidden = problem === undefined;
}

/** Runs the action of a button, one click at a time, and shows what went wrong. */
function on(id, act) {
  $(id).addEventListener('click', async () => {
    say();
    $(id).disabled = true;
    await act().catch(failed);
    $(id).disabled = false;
  });
}

function failed(error) {
  say(error.kind === undefined ? 'Something went wrong on this page. Reload it.' : error.message);
  if (error.kind === undefined) console.error(error);
  if (error.kind === 'expired') signedOut();
  if (error.kind === 'scope')
    say('You did not allow this application to do that. Sign in again to allow it, or open My account.');
  if (error.kind === 'limit') atLimit(error.body);
}

function signedOut() {
  permission = null;
  sessionStorage.removeItem('try-it permission');
  show('step-sign-in');
}

function atLimit({ limit }) {
  say(`demo already has ${limit} ongoing calls, which is the limit for all applications together.`);
  $('make-room').hidden = false;
}

function may(scope) {
  return permission.scopes.some((each) => each.endsWith(`:${scope}`));
}

async function begin() {
  const { numbers } = await ask(permission.token, 'GET', '/me/numbers');
  caller = numbers[0];
  if (caller === undefined) {
    signedOut();
    say('You are signed in as a user without a phone number. Sign out in My account, then sign in as demo.');
    return;
  }
  for (const element of root.querySelectorAll('.own-number')) element.textContent = spelled(caller);
  if (may('read')) {
    follow(permission.token, heard, (why) => {
      $('away').hidden = why !== 'away';
      if (why !== 'expired' || permission === null) return;
      signedOut();
      say('Your sign-in has expired, or you removed the permission. Sign in again.');
    });
  }
  const { calls = [] } = may('read') ? await ask(permission.token, 'GET', '/calls?ongoing=true') : {};
  if (calls.length > 0) view(calls[0]);
  else show('step-call');
}

function heard({ data }) {
  const before = (lives.get(data.callId) ?? []).filter(({ state }) => state !== data.status.state);
  lives.set(data.callId, [...before, { ...data.status, at: data.timestamp }]);
  if (data.callId === shown) draw();
}

/** Shows a call from the API: events before this page connected are missed. */
function view(call) {
  shown = call.callId;
  hungUp = false;
  if (!lives.has(shown))
    lives.set(shown, [
      {
        state: call.status,
        at: call.clickToCall?.connectedAt ?? call.createdAt,
        reason: call.clickToCall?.reason,
      },
    ]);
  $('their-number').textContent = spelled(call.callee.number);
  $('blind').hidden = may('read');
  show('step-live');
  draw();
}

function draw() {
  const life = lives.get(shown);
  const { state, reason, at } = life.at(-1);
  const over = OVER.includes(state);
  $('state').textContent =
    over && hungUp ? 'Call ended: you hung up' : WORDS[over ? (reason ?? 'other') : state];
  root.querySelector('.phones').dataset.state = state;
  $('life').replaceChildren(...life.map((event) => line(event, life[0].at)));
  clockOf(life, over, at);
  $('hang-up').hidden = over || !may('delete');
  $('again').hidden = !over && may('read');
}

function line({ state, reason, at }, began) {
  const item = document.createElement('li');
  const code = document.createElement('code');
  code.textContent = reason ? `${state}: ${reason}` : state;
  item.append(code, ` after ${((Date.parse(at) - Date.parse(began)) / 1000).toFixed(1)} s`);
  return item;
}

/** How long the call has been connected; `ticking.js` updates the clock. */
function clockOf(life, over, at) {
  const talking = life.find(({ state }) => state === 'connected');
  const clock = $('clock');
  clock.hidden = talking === undefined;
  if (talking === undefined) return;
  clock.dateTime = talking.at;
  if (!over) clock.dataset.since = talking.at;
  else {
    delete clock.dataset.since;
    clock.textContent = `talked for ${Math.round((Date.parse(at) - Date.parse(talking.at)) / 1000)} s`;
  }
}

function requestOf() {
  const callee = $('phone').value;
  const { ringTimeout } = $('phone').selectedOptions[0].dataset;
  return {
    caller: { number: caller },
    callee: { number: callee },
    ...(ringTimeout && { clickToCall: { ringTimeout: Number(ringTimeout) } }),
  };
}

function curlOf(request, token) {
  return [
    `curl -X POST ${root.dataset.home}${root.dataset.api}/calls`,
    `  -H "Authorization: Bearer ${token}"`,
    "  -H 'Content-Type: application/json'",
    `  -d '${JSON.stringify(request)}'`,
  ].join(' \\\n');
}

function spelled(number) {
  if (number === root.dataset.number) return root.dataset.spelled;
  return [...$('phone').options].find(({ value }) => value === number)?.dataset.spelled ?? number;
}

on('sign-in', signIn);

on('call', async () => {
  $('make-room').hidden = true;
  const request = requestOf();
  $('curl').textContent = curlOf(request, '$TOKEN');
  $('request').hidden = false;
  $('copy').onclick = async () => {
    await navigator.clipboard.writeText(curlOf(request, permission.token));
    $('copied').textContent = 'Copied.';
  };
  try {
    view(await ask(permission.token, 'POST', '/calls', request));
  } catch (error) {
    if (error.kind !== 'conflict' || !may('read')) throw error;
    const { calls } = await ask(
      permission.token,
      'GET',
      `/calls?ongoing=true&callee=${encodeURIComponent(request.callee.number)}`,
    );
    if (calls.length === 0) throw error;
    view(calls[0]);
    say('You already have a call to that phone. This is it.');
  }
});

on('hang-up', async () => {
  hungUp = true;
  await ask(permission.token, 'DELETE', `/calls/${shown}`).catch((error) => {
    hungUp = false;
    if (error.kind !== 'conflict') throw error; // the call has already ended
  });
});

on('again', async () => {
  shown = undefined;
  show('step-call');
});

on('end-others', async () => {
  const { calls } = await ask(permission.token, 'GET', '/calls?ongoing=true');
  await Promise.all(calls.map(({ callId }) => ask(permission.token, 'DELETE', `/calls/${callId}`)));
  $('make-room').hidden = true;
});

$('phone').addEventListener('change', () => {
  $('call').textContent = `Call ${$('phone').selectedOptions[0].dataset.spelled}`;
});

async function start() {
  const fresh = await takeAnswer();
  if (fresh) {
    permission = fresh;
    sessionStorage.setItem('try-it permission', JSON.stringify(fresh));
  }
  if (permission === null) return show('step-sign-in');
  if (!may('create')) {
    signedOut();
    return say('This application needs your permission to place calls. Sign in again and allow it.');
  }
  await begin();
}

// The sign-in returns to the public URL, so the page must be open there.
if (location.origin !== root.dataset.home) location.replace(`${root.dataset.home}/`);
else
  start().catch((error) => {
    show('step-sign-in');
    failed(error);
  });
