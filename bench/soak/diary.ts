/** What happened, counted: what people did, which faults there were, and what the servers logged. */
export class Diary {
  /** Runs that began, and that ended well. */
  runs = 0
  synced = 0
  private readonly counts = new Map<string, number>()
  private readonly warnings = new Map<string, number>()

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  times(what: RegExp): number {
    return [...this.counts].filter(([name]) => what.test(name)).reduce((sum, [, times]) => sum + times, 0)
  }

  /** Reads a line of a server's log. */
  read(line: string): void {
    if (line.includes('🔄 Starting document sync')) this.runs += 1
    if (line.includes('✅ Sync complete')) this.synced += 1
    const text = /(?:❌|⚠️|🛑|\[ERROR\]|\b\w*Error:).*/u.exec(line)?.[0]
    if (text === undefined) return
    const kind = text
      .replace(/V:.*|„[^“]*“|"[^"]*"|\S*\.(docx|pdf)\S*/g, '…')
      .replace(/\d+/g, 'N')
      .slice(0, 110)
    this.warnings.set(kind, (this.warnings.get(kind) ?? 0) + 1)
  }

  story(): string {
    const list = (counts: Map<string, number>, most: number) =>
      [...counts]
        .sort(([, a], [, b]) => b - a)
        .slice(0, most)
        .map(([what, times]) => `${String(times).padStart(7)}  ${what}`)
    return [
      'What happened:',
      ...list(this.counts, 60),
      'What the servers complained of:',
      ...list(this.warnings, 25),
    ].join('\n')
  }
}
