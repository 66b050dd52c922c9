/** The path of CAMARA Click to Dial 0.2.0-rc.1 and of this server's extensions. The source of events contains it. */
export const BASE_PATH = '/click-to-dial/v0.2';
