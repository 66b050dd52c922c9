/** The media types of recordings, as CAMARA lists them. */
export const RECORDING_TYPES = ['audio/wav', 'audio/mp3', 'audio/mpeg', 'audio/ogg'] as const;

/** What was said in a call. */
export interface Recording {
  readonly content: Buffer;
  readonly contentType: (typeof RECORDING_TYPES)[number];
  readonly generatedAt: Date;
}
