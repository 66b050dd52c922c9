import type { FastifyRequest } from 'fastify';
import { CredentialNotSupported } from '../../core/calls/call-errors.ts';
import { type CallRequest, type RequestedSink, readIdempotency } from '../../core/calls/call-request.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { CreateCallRequest } from './call-schemas.ts';

const SUPPORTED = 'ACCESSTOKEN';
const NAMES = {
  caller: 'caller.number',
  callee: 'callee.number',
  timeLimit: 'clickToCall.timeLimit',
  ringTimeout: 'clickToCall.ringTimeout',
};

/** Runs before the schema, which would complain about the properties of other types. */
export async function refuseOtherCredentials({ body }: FastifyRequest): Promise<void> {
  const { sinkCredential } = (body ?? {}) as { sinkCredential?: { credentialType?: unknown } };
  const type = sinkCredential?.credentialType;
  if (typeof type === 'string' && type !== SUPPORTED) {
    throw new CredentialNotSupported(
      'sinkCredential.credentialType',
      `sinkCredential.credentialType must be ${SUPPORTED}.`,
    );
  }
}

/** @throws InvalidInput */
export function readCallRequest(body: CreateCallRequest, idempotencyKey: string | undefined): CallRequest {
  const { timeLimit, ringTimeout, clientReference, metadata } = body.clickToCall ?? {};
  return {
    caller: body.caller.number,
    callee: body.callee.number,
    names: NAMES,
    once: true,
    recordingEnabled: body.recordingEnabled,
    sink: readSink(body),
    timeLimit,
    ringTimeout,
    clientReference,
    metadata,
    idempotency: readIdempotency(idempotencyKey, body),
  };
}

function readSink({ sink, sinkCredential }: CreateCallRequest): RequestedSink | undefined {
  if (sink === undefined) {
    if (sinkCredential === undefined) return undefined;
    throw new InvalidInput('sinkCredential', 'sinkCredential requires sink.');
  }
  if (sinkCredential === undefined) return { url: sink };
  const expiresAt = new Date(sinkCredential.accessTokenExpiresUtc);
  if (Number.isNaN(expiresAt.getTime())) {
    throw new InvalidInput(
      'sinkCredential.accessTokenExpiresUtc',
      'sinkCredential.accessTokenExpiresUtc must be a valid RFC 3339 time; leap seconds are not supported.',
    );
  }
  return { url: sink, credential: { accessToken: sinkCredential.accessToken, expiresAt } };
}
