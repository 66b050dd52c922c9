/** The path of CAMARA Click to Dial 0.2.0. The source of events contains it. */
export const BASE_PATH = '/click-to-dial/v0.2';
