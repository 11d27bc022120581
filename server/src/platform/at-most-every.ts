/**
 * Does `work` when it is called, and of many calls in a row at most one in so many ms: the last of them is never left out.
 * `cancel` leaves out what is still to come.
 */
export function atMostEvery(ms: number, work: () => void): { (): void; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  let asked = false;
  const call = () => {
    if (timer) {
      asked = true;
      return;
    }
    timer = setTimeout(() => {
      timer = undefined;
      if (!asked) return;
      asked = false;
      call();
    }, ms);
    timer.unref();
    work();
  };
  call.cancel = () => {
    clearTimeout(timer);
    timer = undefined;
    asked = false;
  };
  return call;
}
