/**
 * Timers.
 * @public
 */
export const Timers = {
    ...timersFrom(500),
    PROVISIONAL_RESPONSE_INTERVAL: 60000 // See RFC 3261 Section 13.3.1.1
};
/**
 * Sets T1, in milliseconds, and with it every other timer, for the whole process.
 * @param T1 -
 */
export function setT1(T1) {
    Object.assign(Timers, timersFrom(T1));
}
/** The timers of unreliable transports: https://tools.ietf.org/html/rfc3261#section-17 */
function timersFrom(T1) {
    const T2 = 8 * T1;
    const T4 = 10 * T1;
    return {
        T1,
        T2,
        T4,
        TIMER_B: 64 * T1,
        TIMER_D: 64 * T1,
        TIMER_F: 64 * T1,
        TIMER_H: 64 * T1,
        TIMER_I: T4,
        TIMER_J: 64 * T1,
        TIMER_K: T4,
        TIMER_L: 64 * T1,
        TIMER_M: 64 * T1,
        TIMER_N: 64 * T1
    };
}
