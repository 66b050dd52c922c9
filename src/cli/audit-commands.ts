import { type Command, Option } from 'commander';
import { ACTIONS } from '../core/audit/act.ts';
import { createAuditLog, type RecordedAct } from '../core/audit/audit-log.ts';
import { createUserService } from '../core/people/user-service.ts';
import { addCommand, wholeNumber, withDatabase } from './command.ts';
import { printRows } from './output.ts';

const DEFAULT_COUNT = 100;

export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('the audit log: security-relevant actions');

  addCommand(audit, 'list', 'list actions, newest first')
    .option('--user <name>', 'only actions that concern this user')
    .option('--actor <name>', 'only actions of this user')
    .addOption(new Option('--action <action>', 'only this kind of action').choices(ACTIONS))
    .option('--count <n>', 'list at most this many', wholeNumber, DEFAULT_COUNT)
    .action((options) =>
      withDatabase(async ({ config, database }) => {
        const { findUser } = createUserService(database, config.defaultCountry);
        for (const name of [options.user, options.actor]) if (name !== undefined) await findUser(name);
        const filter = { userName: options.user, actorName: options.actor, action: options.action };
        const { items } = await createAuditLog(database).list(filter, { size: options.count });
        printRows(items.map(actRow), options.json);
      }),
    );
}

function actRow(act: RecordedAct) {
  const { at, action, actor, ipAddress, user, userId, clientName, clientId, subject, details } = act;
  return {
    at,
    action,
    by: act.actorUser ?? act.actorUserId ?? act.actorClientName ?? act.actorClientId ?? actor,
    from: ipAddress,
    user: user ?? userId,
    client: clientName ?? clientId,
    subject,
    details: Object.entries(details).map(([name, value]) => `${name}=${value}`),
  };
}
