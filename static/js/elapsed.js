// How long ago something was, whatever the clock of the reader's machine does: set back, it makes nothing younger, and
// a sleep of the machine, in which some browsers stop their steady clock, counts too.

export const instant = () => ({ steady: performance.now(), clock: Date.now() });

// Whole seconds, never below zero.
export function secondsSince({ steady, clock }) {
  return Math.floor(Math.max(performance.now() - steady, Date.now() - clock, 0) / 1000);
}
