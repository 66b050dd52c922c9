/** A signal that is aborted once it was asked so many times whether it is. */
export function abortedAfter(times: number): Pick<AbortSignal, 'aborted'> {
  let asked = 0;
  return {
    get aborted() {
      return ++asked > times;
    },
  };
}
