// Shows the parameters in the fragment of the address, which browsers do not send to a server. Removes the fragment from the
// address, so that no token stays in the address bar or in the history.
const received = document.getElementById('received');
const fragment = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
if (received && Object.keys(fragment).length > 0) {
  received.textContent = JSON.stringify({ ...JSON.parse(received.textContent), ...fragment }, null, 2);
  history.replaceState(null, '', location.pathname + location.search);
}
