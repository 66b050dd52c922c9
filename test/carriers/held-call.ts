import { listHeldCalls } from '../../src/carriers/carried-call-store.ts';
import type { CarriedCall } from '../../src/carriers/carrier.ts';
import type { Database } from '../../src/platform/database/database.ts';

/** A call that a node holds. */
export async function heldCall(database: Database, nodeId: string, id: string): Promise<CarriedCall> {
  const call = (await listHeldCalls(database, nodeId)).find((each) => each.id === id);
  if (!call) throw new Error(`the node holds no call ${id}`);
  return call;
}
