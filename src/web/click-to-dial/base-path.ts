/** Path of CAMARA Click to Dial 0.2.0-rc.1 and of this server's extensions to it. Events have it in their source. */
export const BASE_PATH = '/click-to-dial/v0.2rc1';
