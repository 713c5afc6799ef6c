/**
 * Motia prints each log line with `toLocaleTimeString`: a time without a date, written by the machine's locale. From here
 * on it is `2026-11-26 08:15:03`. Nothing else in the server process asks for a time that way. Returns how to undo it.
 */
export function datesInLog(): () => void {
  const original = Date.prototype.toLocaleTimeString
  Date.prototype.toLocaleTimeString = function (this: Date) {
    return this.toLocaleString('sv')
  }
  return () => {
    Date.prototype.toLocaleTimeString = original
  }
}
