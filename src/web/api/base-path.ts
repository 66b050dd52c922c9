/** The path of this server's own API for applications. */
export const API_PATH = '/api/v1';
