import type { FastifyRequest } from 'fastify';
import { PrivateKeyJwtNotConfigured } from '../../core/calls/call-errors.ts';
import type { CallRequest, RequestedSink } from '../../core/calls/call-request.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import { correlatorOf } from '../../platform/http/correlator.ts';
import type { CreateCallRequest } from './call-schemas.ts';

const SUPPORTED = 'ACCESSTOKEN';
const NAMES = { caller: 'caller.number', callee: 'callee.number' };

/** Runs before the schema, which would complain about the properties of other types. */
export async function refuseOtherCredentials({ body }: FastifyRequest): Promise<void> {
  const { sinkCredential } = (body ?? {}) as { sinkCredential?: { credentialType?: unknown } };
  const type = sinkCredential?.credentialType;
  if (typeof type !== 'string' || type === SUPPORTED) return;
  if (type === 'PRIVATE_KEY_JWT') throw new PrivateKeyJwtNotConfigured();
  throw new InvalidInput(
    'sinkCredential.credentialType',
    `sinkCredential.credentialType must be ${SUPPORTED}.`,
  );
}

/** @throws InvalidInput */
export function readCallRequest(request: FastifyRequest<{ Body: CreateCallRequest }>): CallRequest {
  const { caller, callee, recordingEnabled } = request.body;
  return {
    caller: caller.number,
    callee: callee.number,
    names: NAMES,
    once: true,
    recordingEnabled,
    sink: readSink(request.body, correlatorOf(request)),
  };
}

function readSink(
  { sink, sinkCredential }: CreateCallRequest,
  correlator: string,
): RequestedSink | undefined {
  if (sink === undefined) {
    if (sinkCredential === undefined) return undefined;
    throw new InvalidInput('sinkCredential', 'sinkCredential requires sink.');
  }
  if (sinkCredential === undefined) return { url: sink, correlator };
  const expiresAt = new Date(sinkCredential.accessTokenExpiresUtc);
  if (Number.isNaN(expiresAt.getTime())) {
    throw new InvalidInput(
      'sinkCredential.accessTokenExpiresUtc',
      'sinkCredential.accessTokenExpiresUtc must be a valid RFC 3339 time; leap seconds are not supported.',
    );
  }
  return { url: sink, credential: { accessToken: sinkCredential.accessToken, expiresAt }, correlator };
}
