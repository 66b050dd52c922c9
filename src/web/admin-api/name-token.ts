import { isUserName } from '../../core/people/user-input.ts';
import { InvalidInput } from '../../platform/domain-error.ts';

/** Where a page of a list by users' names goes on: the last name of the page before; '' without one. @throws InvalidInput */
export function readNameToken(token: string | undefined): string {
  if (token === undefined) return '';
  const name = Buffer.from(token, 'base64url').toString();
  if (!isUserName(name) || writeNameToken(name) !== token) {
    throw new InvalidInput('page_token', 'page_token must be a nextPageToken as this server gave it');
  }
  return name;
}

export function writeNameToken(name: string): string {
  return Buffer.from(name).toString('base64url');
}
