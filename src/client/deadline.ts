/** Milliseconds that a timer may be late. If it is later, something has kept the process from reading what has arrived. */
const tolerance = 50;
/**
 * A timer that fired late is set again as many short timers, one after the other. The event loop reads from the sockets
 * before each of them, so that a busy machine gets as many looks as an idle one. All of them take a second.
 *
 * Measured with stopped processes on Node 20 and 24, over TLS, with four busy loops on two cores: one look after 1 ms was
 * enough for each of 32 short responses, but for fewer than half of those of 900 kB. Ten looks in 200 ms lost one of 32 of
 * these, since most of such a response is still on its way.
 */
const looks = 50;
const gap = 20;
/** How many looks one deadline gets in all, so that a clock that keeps jumping cannot put it off for ever. */
const mostLooks = 150;

/**
 * Calls `onOver` after a time, but not before the event loop has read what arrived until then.
 *
 * When a process was stopped (Ctrl-Z, a paused container) or its machine slept, a plain timer fires first on waking, and the
 * response that has been waiting in the socket is thrown away: it may hold the only copy of a secret. A timer that fires late
 * is therefore set again for about a second.
 *
 * undici's own limits need no such care: its clock counts ticks of half a second, and so stands still with the process.
 *
 * @param milliseconds at most 2^31 - 1.
 * @param onOver called once, unless the deadline is ended before.
 * @returns Ends the deadline; may be called at any time, and again.
 */
export function startDeadline(milliseconds: number, onOver: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const set = (wait: number, looksLeft: number, most: number) => {
    // The monotonic clock stops while a machine sleeps, and the date can be set back: either may show that it is late.
    const date = Date.now() + wait + tolerance;
    const monotonic = performance.now() + wait + tolerance;
    timer = setTimeout(() => {
      const left = Date.now() > date || performance.now() > monotonic ? looks : looksLeft;
      if (left && most) set(gap, left - 1, most - 1);
      else onOver();
    }, wait);
  };
  // Once in any case: a process that was stopped for just so long that the timer is due finds it due first.
  set(milliseconds, 1, mostLooks);
  return () => clearTimeout(timer);
}
