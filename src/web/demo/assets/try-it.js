// The demo application: one step at a time, from the sign-in to the end of a call.
const { signIn, finishSignIn, callApi, followEvents } = window.tryItClient;
const root = document.getElementById('try-it');
const $ = (id) => document.getElementById(id);

const STATE_TEXTS = {
  initiating: 'Starting the call',
  callingCaller: 'Your phone is ringing',
  callingCallee: 'You answered. Their phone is ringing',
  connected: 'Connected',
  hangUp: 'Call ended: one of you hung up',
  callerBusy: 'Call ended: your own phone is busy',
  callerDeclined: 'Call ended: your own phone declined',
  callerNoAnswer: 'Call ended: you did not answer',
  callerNotRegistered: 'Call ended: your phone is switched off or offline',
  callerForbidden: 'Call ended: the phone network does not allow calling your phone',
  callerWrongNumber: 'Call ended: your own number does not exist',
  callerFailure: 'Call ended: your phone cannot be reached',
  callerAbandon: 'Call ended: you hung up before they answered',
  calleeBusy: 'Call ended: they are busy',
  calleeDeclined: 'Call ended: they declined',
  calleeNoAnswer: 'Call ended: they did not answer',
  calleeNotRegistered: 'Call ended: their phone is switched off or offline',
  calleeForbidden: 'Call ended: the phone network does not allow calling this number',
  calleeWrongNumber: 'Call ended: this number does not exist',
  calleeFailure: 'Call ended: they cannot be reached',
  noCommonMedia: 'Call ended: the two phones cannot exchange sound',
  networkFailure: 'Call ended: the phone network failed',
  other: 'Call ended: the connection was lost',
};
const FINAL_STATES = ['disconnected', 'failed'];

/** The access token and its scopes, kept for this tab only. */
let permission = JSON.parse(sessionStorage.getItem('try-it permission') ?? 'null');
let caller;
/** The id of the call that is shown. */
let shown;
/** Events by call id: some arrive before the response with the id. */
const eventsByCall = new Map();
let hungUp = false;

function show(step) {
  for (const section of root.querySelectorAll('.step')) section.hidden = section.id !== step;
  $(step).querySelector('h2').focus();
}

function showProblem(problem) {
  $('problem').textContent = problem ?? '';
  $('problem').hidden = problem === undefined;
}

/** Runs the action of a button, one click at a time, and shows what went wrong. */
function onClick(id, act) {
  $(id).addEventListener('click', async () => {
    showProblem();
    $(id).disabled = true;
    await act().catch(handleFailure);
    $(id).disabled = false;
  });
}

function handleFailure(error) {
  showProblem(error.kind === undefined ? 'Something went wrong on this page. Reload it.' : error.message);
  if (error.kind === undefined) console.error(error);
  if (error.kind === 'expired') signOut();
  if (error.kind === 'scope')
    showProblem(
      'You did not allow this application to do that. Sign in again to allow it, or open My account.',
    );
  if (error.kind === 'limit') showLimit(error.body);
}

function signOut() {
  permission = null;
  sessionStorage.removeItem('try-it permission');
  show('step-sign-in');
}

function showLimit({ limit }) {
  showProblem(`demo already has ${limit} ongoing calls, which is the limit for all applications together.`);
  $('make-room').hidden = false;
}

function hasScope(scope) {
  return permission.scopes.some((each) => each.endsWith(`:${scope}`));
}

async function begin() {
  const { numbers } = await callApi(permission.token, 'GET', '/me/numbers');
  caller = numbers[0];
  if (caller === undefined) {
    signOut();
    showProblem(
      'You are signed in as a user without a phone number. Sign out in My account, then sign in as demo.',
    );
    return;
  }
  for (const element of root.querySelectorAll('.own-number')) element.textContent = formatNumber(caller);
  if (hasScope('read')) {
    followEvents(permission.token, onEvent, (why) => {
      $('away').hidden = why !== 'away';
      if (why !== 'expired' || permission === null) return;
      signOut();
      showProblem('Your sign-in has expired, or you removed the permission. Sign in again.');
    });
  }
  const { calls = [] } = hasScope('read')
    ? await callApi(permission.token, 'GET', '/calls?ongoing=true')
    : {};
  if (calls.length > 0) view(calls[0]);
  else show('step-call');
}

function onEvent({ timestamp, data: { callId, state, reason } }) {
  const before = (eventsByCall.get(callId) ?? []).filter((event) => event.state !== state);
  eventsByCall.set(callId, [...before, { state, reason, at: timestamp }]);
  if (callId === shown) draw();
}

/** Shows a call from the API: events before this page connected are missed. */
function view(call) {
  shown = call.id;
  hungUp = false;
  if (!eventsByCall.has(shown))
    eventsByCall.set(shown, [
      { state: call.state, at: call.connectedAt ?? call.createdAt, reason: call.reason },
    ]);
  $('their-number').textContent = formatNumber(call.callee);
  $('blind').hidden = hasScope('read');
  show('step-live');
  draw();
}

function draw() {
  const events = eventsByCall.get(shown);
  const { state, reason, at } = events.at(-1);
  const over = FINAL_STATES.includes(state);
  if (over) showProblem();
  $('state').textContent =
    over && hungUp ? 'Call ended: you hung up' : STATE_TEXTS[over ? (reason ?? 'other') : state];
  root.querySelector('.phones').dataset.state = state;
  $('life').replaceChildren(...events.map((event) => eventLine(event, events[0].at)));
  updateClock(events, over, at);
  $('hang-up').hidden = over || !hasScope('delete');
  $('again').hidden = !over && hasScope('read');
}

function eventLine({ state, reason, at }, began) {
  const item = document.createElement('li');
  const code = document.createElement('code');
  code.textContent = reason ? `${state}: ${reason}` : state;
  item.append(code, ` after ${((Date.parse(at) - Date.parse(began)) / 1000).toFixed(1)} s`);
  return item;
}

/** How long the call has been connected; `ticking.js` updates the clock. */
function updateClock(events, over, at) {
  const talking = events.find(({ state }) => state === 'connected');
  const clock = $('clock');
  clock.hidden = talking === undefined;
  if (talking === undefined) return;
  clock.dateTime = talking.at;
  if (!over) clock.dataset.since = talking.at;
  else {
    delete clock.dataset.since;
    clock.textContent = `Talked for ${Math.round((Date.parse(at) - Date.parse(talking.at)) / 1000)} s`;
  }
}

function requestOf() {
  const callee = $('phone').value;
  const { ringTimeout } = $('phone').selectedOptions[0].dataset;
  return {
    callee,
    ...(ringTimeout && { ringTimeout: Number(ringTimeout) }),
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

function formatNumber(number) {
  if (number === root.dataset.number) return root.dataset.spelled;
  return [...$('phone').options].find(({ value }) => value === number)?.dataset.spelled ?? number;
}

onClick('sign-in', signIn);

onClick('call', async () => {
  $('make-room').hidden = true;
  const request = requestOf();
  $('curl').textContent = curlOf(request, '$TOKEN');
  $('request').hidden = false;
  $('copy').onclick = async () => {
    await navigator.clipboard.writeText(curlOf(request, permission.token));
    $('copied').textContent = 'Copied.';
  };
  try {
    view(await callApi(permission.token, 'POST', '/calls', request));
  } catch (error) {
    if (error.kind !== 'conflict' || !hasScope('read')) throw error;
    const { calls } = await callApi(
      permission.token,
      'GET',
      `/calls?ongoing=true&callee=${encodeURIComponent(request.callee)}`,
    );
    if (calls.length === 0) throw error;
    view(calls[0]);
    showProblem('You already have a call to that phone. This is it.');
  }
});

onClick('hang-up', async () => {
  hungUp = true;
  await callApi(permission.token, 'DELETE', `/calls/${shown}`).catch((error) => {
    hungUp = false;
    throw error;
  });
});

onClick('again', async () => {
  shown = undefined;
  show('step-call');
});

onClick('end-others', async () => {
  const { calls } = await callApi(permission.token, 'GET', '/calls?ongoing=true');
  await Promise.all(calls.map(({ id }) => callApi(permission.token, 'DELETE', `/calls/${id}`)));
  $('make-room').hidden = true;
});

$('phone').addEventListener('change', () => {
  $('call').textContent = `Call ${$('phone').selectedOptions[0].dataset.spelled}`;
});

async function start() {
  const newPermission = await finishSignIn();
  if (newPermission) {
    permission = newPermission;
    sessionStorage.setItem('try-it permission', JSON.stringify(newPermission));
  }
  if (permission === null) return show('step-sign-in');
  if (!hasScope('create')) {
    signOut();
    return showProblem('This application needs your permission to place calls. Sign in again and allow it.');
  }
  await begin();
}

// The sign-in returns to the public URL, so the page must be open there.
if (location.origin !== root.dataset.home) location.replace(`${root.dataset.home}/`);
else
  start().catch((error) => {
    show('step-sign-in');
    handleFailure(error);
  });
