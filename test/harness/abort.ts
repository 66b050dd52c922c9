/** A signal that reports that it is aborted after `times` checks. */
export function abortedAfter(times: number): Pick<AbortSignal, 'aborted'> {
  let checks = 0;
  return {
    get aborted() {
      return ++checks > times;
    },
  };
}
