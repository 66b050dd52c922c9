/** A carrier cannot start. The message is one line that tells the operator what to fix. */
export class CarrierNotStarted extends Error {
  override readonly name = 'CarrierNotStarted';
}
