import { Type } from 'typebox';

/** What a page may be told by the form that led to it. */
export const DoneQuery = Type.Object({ done: Type.Optional(Type.String({ maxLength: 64 })) });
