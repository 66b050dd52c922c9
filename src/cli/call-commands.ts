import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { COMMAND_LINE } from '../core/audit/actor.ts';
import { type Call, durationSeconds } from '../core/calls/call.ts';
import { type CallAdministration, createCallAdministration } from '../core/calls/call-administration.ts';
import { createChangeSignal } from '../core/calls/change-signal.ts';
import { createUserService, type UserService } from '../core/people/user-service.ts';
import { addCommand, wholeNumber, withDatabase } from './command.ts';
import { printRow, printRows } from './output.ts';

const DEFAULT_COUNT = 100;

export function addCallCommands(program: Command): void {
  const call = program.command('call').description('ongoing and ended calls');

  addCommand(call, 'list', 'list calls, newest first')
    .option('--user <name>', 'only calls of this user')
    .option('--ongoing', 'only ongoing calls')
    .option('--count <n>', 'list at most this many', wholeNumber, DEFAULT_COUNT)
    .action((options) =>
      withCalls(async (calls, users) => {
        if (options.user !== undefined) await users.findUser(options.user);
        const filter = {
          ...(options.user !== undefined && { userName: options.user }),
          ...(options.ongoing === true && { ongoing: true }),
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
  const { id, userName, clientId, caller, callee, state, reason, createdAt } = call;
  const seconds = durationSeconds(call, new Date());
  return { id, user: userName, client: clientId, caller, callee, state, reason, created: createdAt, seconds };
}
