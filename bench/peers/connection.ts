import pg from 'pg';
import postgres from 'postgres';

/** Connects postgres.js, which reads no URLs without a host: those of a Unix socket. @param max connections of its pool */
export function connectTo(url: string, max: number): postgres.Sql {
  const { host, port, user, password, database } = new pg.Client({ connectionString: url });
  return postgres({
    ...{ host, port, max },
    ...(database !== undefined && { database }),
    ...(user !== undefined && { user }),
    ...(password && { password }),
  });
}
