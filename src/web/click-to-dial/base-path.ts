/**
 * Of all addresses of CAMARA Click to Dial 0.2.0-rc.1, and of this server's extensions to it; events name it as their
 * source.
 */
export const BASE_PATH = '/click-to-dial/v0.2rc1';
