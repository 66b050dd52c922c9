// Has the browser's passkey answer: a form with `data-passkey` (`create` or `show`) fetches what is to be answered from
// `data-options`, and is sent with the answer.
const { browserSupportsWebAuthn, startAuthentication, startRegistration } = globalThis.SimpleWebAuthnBrowser;

for (const form of document.querySelectorAll('form[data-passkey]')) {
  const problem = form.querySelector('[role="alert"]');
  const button = form.querySelector('button');

  const say = (text) => {
    problem.textContent = text;
    problem.hidden = text === '';
  };

  const answer = async () => {
    const asked = await fetch(form.dataset.options, {
      method: 'POST',
      headers: { accept: 'application/json' },
    });
    if (!asked.ok || asked.redirected)
      throw new Error('You are not signed in any more. Open this page again.');
    const optionsJSON = await asked.json();
    const start = form.dataset.passkey === 'create' ? startRegistration : startAuthentication;
    return JSON.stringify(await start({ optionsJSON }));
  };

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    say('');
    button.disabled = true;
    try {
      form.elements.namedItem('response').value = await answer();
      form.submit();
    } catch (error) {
      button.disabled = false;
      say(error.name === 'NotAllowedError' ? 'The passkey was not used. Try again.' : error.message);
    }
  });

  if (!browserSupportsWebAuthn()) {
    button.disabled = true;
    say('This browser knows no passkeys.');
  }
}
