/** A carrier cannot begin its work; one line on what whoever starts the server can mend. */
export class CarrierNotStarted extends Error {
  override readonly name = 'CarrierNotStarted';
}
