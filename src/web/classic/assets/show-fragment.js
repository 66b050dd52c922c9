// Shows what a demo client received in the fragment of the address, which browsers do not send with it: the server decides what
// may be shown. Removes the fragment from the address, so that no token stays in the address bar or in the history.
const received = document.getElementById('received');
const fragment = location.hash.slice(1);

async function showFragment() {
  history.replaceState(null, '', location.pathname + location.search);
  const response = await fetch(location.pathname, { method: 'POST', body: new URLSearchParams(fragment) });
  if (!response.ok) return;
  const shown = { ...JSON.parse(received.textContent), ...(await response.json()) };
  received.textContent = JSON.stringify(shown, null, 2);
}

if (received && fragment !== '') void showFragment();
