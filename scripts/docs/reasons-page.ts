import {
  GENERAL_SIP_FAILURES,
  type LegFailure,
  Q850_FAILURES,
  REASONS,
  SIP_FAILURES,
} from '../../src/carriers/leg-endings.ts';
import {
  DISCONNECTION_REASONS,
  type DisconnectionReason,
  REASONS_BY_STATE,
} from '../../src/core/calls/call.ts';
import { CAMARA_REASON_OF, camaraReasonOf } from '../../src/core/events/camara-reasons.ts';
import { REASON_WORDS } from '../../src/web/representations/reason-words.ts';
import { type GeneratedPage, generatedFrom, table } from './page.ts';

export const reasonsPage: GeneratedPage = { file: 'docs/phones/reasons.md', text: write };

function write(): string {
  return [
    '# Why calls end',
    generatedFrom(
      'src/carriers/leg-endings.ts, src/core/events/camara-reasons.ts and scripts/docs/reasons-page.ts',
    ),
    introduction,
    '## Reasons',
    table(['`reason`', 'meaning', 'state', 'CAMARA'], DISCONNECTION_REASONS.map(reasonRow)),
    camara,
    '## From SIP',
    sip,
    table(
      ['status', 'caller’s phone', 'callee’s phone'],
      failureRows({ ...SIP_FAILURES, ...GENERAL_SIP_FAILURES }),
    ),
    sipRest,
    '## From Q.850',
    q850,
    table(['cause', 'caller’s phone', 'callee’s phone'], failureRows(Q850_FAILURES)),
    q850Rest,
    '## The cause',
    cause,
  ]
    .join('\n\n')
    .concat('\n');
}

function reasonRow(reason: DisconnectionReason): string[] {
  const states = Object.entries(REASONS_BY_STATE)
    .filter(([, reasons]) => (reasons as readonly string[]).includes(reason))
    .map(([state]) => `\`${state}\``);
  const forCamara = reason in CAMARA_REASON_OF ? `\`${camaraReasonOf(reason)}\`` : '–';
  return [`\`${reason}\``, REASON_WORDS[reason].label, states.join(', '), forCamara];
}

/** One row for all codes that lead to the same reasons, in ascending order of the first code. */
function failureRows(failures: Readonly<Record<number, LegFailure>>): string[][] {
  const rows = Map.groupBy(Object.entries(failures), ([, failure]) => failure);
  return Array.from(rows, ([failure, codes]) => [
    codes.map(([code]) => code).join(', '),
    ...(failure === 'busy'
      ? ['`callerBusy`', '`calleeBusy`']
      : [`\`${REASONS.caller[failure]}\``, `\`${REASONS.callee[failure]}\``]),
  ]);
}

const introduction = `A call ends once, with one reason. The APIs for applications and administrators, webhooks, live events, exports, charts
and pages use the same reasons. Reasons that begin with \`caller\` are about the user's own phone, which rings first. Those
with \`callee\` are about the number that was called.`;

const camara = `A call that ended as \`failed\` was never connected. With \`disconnected\`, look at \`connectedAt\` or \`duration\`: \`hangUp\`
before the callee answered means that the application, the user or an administrator ended the call. \`endedBy\` says who.

CAMARA defines nine reasons, and its events have one only for \`disconnected\`. The last column has it. CAMARA has no reason
for a call that was declined: such a call is \`failed\`, as one that was not answered.`;

const sip = `The final response of a phone, its PBX or the trunk decides.`;

const sipRest = `All other statuses, also 401 and 407, are \`callerFailure\` and \`calleeFailure\`.

- 480, 500, 502, 503 and 504 say little. If the response has a \`Reason\` header field with a cause of Q.850 that the table
  below has, that cause decides.
- A phone that rang (180) and then gets 480 was not answered: \`callerNoAnswer\` and \`calleeNoAnswer\`. So was a phone that
  rings until \`ringTimeout\`.
- No response until \`ringTimeout\` or for 32 seconds, no connection and no address in DNS are \`networkFailure\`. So is a phone that no longer responds during a
  connected call. A phone that no longer knows the call (481) is \`other\`.
- A connected call that ends with BYE is \`hangUp\`, unless a \`Reason\` header field of the BYE says \`networkFailure\` or
  \`noCommonMedia\`.`;

const q850 = `With \`CARRIER=ari\` Asterisk reports a cause of Q.850. From Asterisk 22.7 on it also reports the status of a SIP phone, and
that status decides. Older versions report 401, 403, 407 and 603 as cause 21, and 480 as cause 19, so there a forbidden call is
\`calleeDeclined\`, and a phone that is not registered is \`calleeNoAnswer\`.`;

const q850Rest = `Cause 18 is \`callerNoAnswer\` and \`calleeNoAnswer\` if the phone rang, else \`networkFailure\`: the peer never responded. All
other causes are \`callerFailure\` and \`calleeFailure\`. A connected call with cause 16 or 31 is \`hangUp\`. If Asterisk cannot be
reached, new calls end with \`networkFailure\`. A call whose channels are gone after a restart of Asterisk, or after a time
without connection, ends with \`other\`.`;

const cause = `Administrators also see what the carrier reported: in the console, in the admin API and in exports. Applications do not.

| field | meaning |
| --- | --- |
| \`causeLeg\` | \`caller\` or \`callee\`: the phone that refused, hung up or was not reached |
| \`sipStatus\` | the status of the SIP response, or of a \`Reason\` header field of a BYE |
| \`q850Cause\` | the cause of Q.850, from a \`Reason\` header field or from Asterisk |
| \`causeText\` | the peer's phrase, or the error of this server; at most 200 characters. [Retention](../operate/retention.md) removes it with the numbers of the call |

[Troubleshooting](troubleshooting.md) leads from the reason and the status to what to do.`;
