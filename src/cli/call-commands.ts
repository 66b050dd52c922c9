import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { COMMAND_LINE } from '../core/audit/actor.ts';
import {
  type Call,
  DISCONNECTION_REASONS,
  durationSeconds,
  Q850_CAUSES,
  SIP_STATUSES,
} from '../core/calls/call.ts';
import { type CallAdministration, createCallAdministration } from '../core/calls/call-administration.ts';
import { createChangeSignal } from '../core/calls/change-signal.ts';
import { createUserService, type UserService } from '../core/people/user-service.ts';
import { addCommand, wholeNumber, wholeNumberIn, withDatabase } from './command.ts';
import { printRow, printRows } from './output.ts';

const DEFAULT_COUNT = 100;

export function addCallCommands(program: Command): void {
  const call = program.command('call').description('ongoing and ended calls');

  addCommand(call, 'list', 'list calls, newest first')
    .option('--user <name>', 'only calls of this user')
    .option('--ongoing', 'only ongoing calls')
    .addOption(
      new Option('--reason <reason>', 'only calls that ended for this reason').choices(DISCONNECTION_REASONS),
    )
    .option('--sip-status <n>', 'only calls that ended with this SIP status', wholeNumberIn(SIP_STATUSES))
    .option(
      '--q850-cause <n>',
      'only calls that ended with this cause of ITU-T Q.850',
      wholeNumberIn(Q850_CAUSES),
    )
    .option('--count <n>', 'list at most this many', wholeNumber, DEFAULT_COUNT)
    .action((options) =>
      withCalls(async (calls, users) => {
        if (options.user !== undefined) await users.findUser(options.user);
        const filter = {
          ...(options.user !== undefined && { userName: options.user }),
          ...(options.ongoing === true && { ongoing: true }),
          ...(options.reason !== undefined && { reason: options.reason }),
          ...(options.sipStatus !== undefined && { sipStatus: options.sipStatus }),
          ...(options.q850Cause !== undefined && { q850Cause: options.q850Cause }),
        };
        const { items } = await calls.listCalls(filter, { size: options.count });
        printRows(items.map(callRow), options.json);
      }),
    );

  addCommand(call, 'end <id>', 'end a call')
    .option('--reason <text>', 'reason for the audit log')
    .action((id: string, options) =>
      withCalls(async (calls) =>
        printRow(callRow(await calls.endCall(id, COMMAND_LINE, options.reason)), options.json),
      ),
    );
}

function withCalls<T>(work: (calls: CallAdministration, users: UserService) => Promise<T>): Promise<T> {
  return withDatabase(async ({ config, database }) => {
    const signal = createChangeSignal(database, randomUUID(), { warn: () => {} });
    try {
      return await work(
        createCallAdministration(database, signal.announce, config.defaultCountry),
        createUserService(database, config.defaultCountry),
      );
    } finally {
      await signal.stop();
    }
  });
}

function callRow(call: Call) {
  const { id, userName, clientId, caller, callee, state, reason, sipStatus, q850Cause, createdAt } = call;
  const seconds = durationSeconds(call, new Date());
  return {
    ...{ id, user: userName, client: clientId, caller, callee, state, reason, sipStatus, q850Cause },
    ...{ created: createdAt, seconds },
  };
}
