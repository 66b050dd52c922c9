import { type SimulatedPhone, simulatedPhones } from '../../src/carriers/simulated-phones.ts';
import { type GeneratedPage, generatedFrom, table } from './page.ts';

export const simulatedPhonesPage: GeneratedPage = {
  file: 'docs/use-the-api/simulated-phones.md',
  text: write,
};

function write(): string {
  const rows = simulatedPhones.map(([number, phone]) => [`\`${number}\``, phone.behaviour, pathOf(phone)]);
  return [
    '# Simulated phones',
    generatedFrom('src/carriers/simulated-phones.ts'),
    introduction,
    table(['callee', 'what happens', 'states after `callingCaller`, and the reason'], rows),
    rest,
  ]
    .join('\n\n')
    .concat('\n');
}

/** The states, with the reason of the last one. */
function pathOf({ steps }: SimulatedPhone): string {
  return steps
    .map(({ progress }) => ('reason' in progress ? `${progress.state}: ${progress.reason}` : progress.state))
    .filter((state) => state !== 'callingCaller')
    .map((state) => `\`${state}\``)
    .join(' → ');
}

const introduction = `The carrier \`simulator\` places calls between simulated phones. They behave according to the callee's number, so an
application can meet every outcome of a call at any time: in tests, in a demonstration, during development. Calls,
events, limits, deadlines and recordings work as with real phones.

## Which numbers are simulated

- With \`CARRIER=simulator\`: all numbers.
- With demo data: +1 202 555 0100 to 0199, whatever \`CARRIER\` is. Other numbers use \`CARRIER\`.
- Otherwise: none. North America reserves +1 202 555 0100 to 0199 for fiction and assigns these numbers to no one.

## Behaviour by number

The caller's phone rings first (\`callingCaller\`) and answers after a second, unless the table says otherwise. Then the
callee's phone rings (\`callingCallee\`). A phone that does not answer rings for the call's \`ringTimeout\`. Events
of [CAMARA](camara.md) have fewer reasons: [the table](../phones/reasons.md#reasons) has both.`;

const rest = `All other numbers of the hundred, and with \`CARRIER=simulator\` all other numbers, answer like \`+12025550100\`.

If an application, an administrator, the time limit or a revocation ends the call first, the phones stop and nothing
more happens. If the server stops or crashes during calls, another server or the next start continues them from their
last state. An interrupted step starts again.

A connected call with \`recordingEnabled\` has a recording: one second of a 440 Hz tone.

## Example

With a token from the [example application](example-application.md), call someone who does not answer within five
seconds:

\`\`\`
curl -X POST http://localhost:8888/api/v1/calls \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"callee":"+12025550103","ringTimeout":5}'
\`\`\``;
