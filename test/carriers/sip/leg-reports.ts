import { saveLegs } from '../../../src/carriers/carried-leg-store.ts';
import type { Report, ReportWithLegs } from '../../../src/carriers/carrier.ts';
import type { TestApp } from '../../harness/app.ts';

/** Both ways in which a carrier reports, for a test that takes the reports instead of the calls. */
export function takeReports(
  app: TestApp,
  nodeId: string,
  report: Report,
): { readonly report: Report; readonly reportWithLegs: ReportWithLegs } {
  return {
    report,
    async reportWithLegs(step, legs) {
      await saveLegs(app.database, nodeId, legs);
      report(legs.callId, step);
    },
  };
}
