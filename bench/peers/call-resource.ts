/** A row of the table of calls. Times are dates as the driver reads them, and text as `row_to_json` writes them. */
export interface CallRow<Time = Date> {
  readonly id: string;
  readonly client_id: string;
  readonly caller: string;
  readonly callee: string;
  readonly state: string;
  readonly reason: string | null;
  readonly ended_by: string | null;
  readonly ring_timeout: number;
  readonly time_limit: number;
  readonly deadline_at: Time;
  readonly client_reference: string | null;
  readonly created_at: Time;
  readonly connected_at: Time | null;
  readonly ended_at: Time | null;
}

const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const integer = { type: 'integer' };

/** For the serializer, which writes these properties in this order: the bytes of our own API. */
export const callSchema = {
  type: 'object',
  properties: {
    ...{
      id: text,
      client: text,
      caller: text,
      callee: text,
      state: text,
      reason: textOrNull,
      endedBy: textOrNull,
    },
    ...{ ringTimeout: integer, timeLimit: integer, deadlineAt: text, clientReference: textOrNull },
    ...{ metadata: { type: 'object', additionalProperties: text }, recordingEnabled: { type: 'boolean' } },
    ...{
      recordingResult: textOrNull,
      createdAt: text,
      callerAnsweredAt: textOrNull,
      connectedAt: textOrNull,
    },
    ...{ endedAt: textOrNull, duration: { type: ['integer', 'null'] } },
  },
};

/** No call of this service has metadata or a recording, and none rings. */
export function callResource(row: CallRow) {
  return {
    id: row.id,
    client: row.client_id,
    caller: row.caller,
    callee: row.callee,
    state: row.state,
    reason: row.reason,
    endedBy: row.ended_by,
    ringTimeout: row.ring_timeout,
    timeLimit: row.time_limit,
    deadlineAt: row.deadline_at.toISOString(),
    clientReference: row.client_reference,
    metadata: {},
    recordingEnabled: false,
    recordingResult: null,
    createdAt: row.created_at.toISOString(),
    callerAnsweredAt: null,
    connectedAt: row.connected_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    duration: row.ended_at && row.connected_at && Math.floor((+row.ended_at - +row.connected_at) / 1000),
  };
}
