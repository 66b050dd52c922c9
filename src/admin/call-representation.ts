import { type Call, durationSeconds } from '../calls/call.ts';

/** A call as administrators see it; duration and limits in seconds, times in ISO 8601. */
export function adminCall(call: Call, now: Date) {
  const { userName, clientId, ...rest } = call;
  return { ...rest, user: userName, client: clientId, duration: durationSeconds(call, now) };
}
