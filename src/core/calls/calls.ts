import type { Database } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Stoppable } from '../../platform/shutdown.ts';
import type { DiallingPolicy } from '../phone-numbers/dialling-policy.ts';
import { type BoardService, createBoardService } from './board-service.ts';
import { type CallAdministration, createCallAdministration } from './call-administration.ts';
import type { OpeningMeter } from './call-metrics.ts';
import type { CallSettings, CarrierChoice, FindRecording, PrepareSink } from './call-options.ts';
import { type CallService, createCallService } from './call-service.ts';
import { startCallSweep } from './call-sweep.ts';
import type { ChangeSignal } from './change-signal.ts';
import { createUserCallService, type UserCallService } from './user-call-service.ts';

export interface CallsDeps {
  readonly database: Database;
  readonly settings: CallSettings;
  readonly policy: DiallingPolicy;
  readonly signal: ChangeSignal;
  readonly chooseCarrier: (callee: string) => CarrierChoice;
  readonly carrierBacklogMs: () => number;
  readonly prepareSink: PrepareSink;
  readonly findRecording: FindRecording;
  readonly openingMeter: OpeningMeter | undefined;
  readonly log: Pick<Logger, 'warn'>;
}

/** The services for calls, one for each kind of access. */
export interface Calls extends Stoppable {
  /** For applications with an access token. */
  readonly own: CallService;
  /** For signed-in users: their own calls. */
  readonly ofUser: UserCallService;
  /** For administrators: all calls. */
  readonly administration: CallAdministration;
  /** For administrators: all ongoing calls, by user. */
  readonly board: BoardService;
}

/** Creates the services and starts the sweep of overdue calls. */
export function createCalls({
  database,
  settings,
  policy,
  signal: { announce },
  chooseCarrier,
  carrierBacklogMs,
  prepareSink,
  findRecording,
  openingMeter,
  log,
}: CallsDeps): Calls {
  return {
    own: createCallService({
      database,
      settings,
      announce,
      chooseCarrier,
      carrierBacklogMs,
      policy,
      prepareSink,
      findRecording,
      openingMeter,
      log,
    }),
    ofUser: createUserCallService(database, announce),
    administration: createCallAdministration(database, announce, settings.defaultCountry),
    board: createBoardService(database),
    stop: startCallSweep(database, announce, log).stop,
  };
}
