// How old something is, in words: the same as `age` in dashboard/web/formatting.py. tests/web/ages.json checks both.

const [MINUTE, HOUR, DAY] = [60, 3600, 86400];

// `seconds` is a whole number; below zero it counts as zero.
export function formatAge(seconds) {
  if (seconds < MINUTE) return `${Math.max(seconds, 0)} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds >= 2 * DAY) return `${Math.floor(seconds / DAY)} d`;
  const [hours, minutes] = [Math.floor(seconds / HOUR), Math.floor(seconds % HOUR / MINUTE)];
  return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
}
