/** What was said in a call. */
export interface Recording {
  readonly content: Buffer;
  readonly contentType: 'audio/wav' | 'audio/mp3' | 'audio/mpeg' | 'audio/ogg';
  readonly generatedAt: Date;
}
