/** What a check found out about one thing, and what an administrator does about it. */
export interface Finding {
  /** `error`: the sync cannot work so. `warning`: it works, but less well or less safely. */
  level: 'ok' | 'warning' | 'error'
  /** The system or part it is about, such as `EspoCRM`. */
  about: string
  text: string
  /** What to do; on everything that is not ok. */
  advice?: string
}

/** What is not as it should be, and what to do about it. */
export type Advised = Required<Pick<Finding, 'text' | 'advice'>>

/** Both in one line, for logs and lists. */
export const inOneLine = ({ text, advice }: Advised): string => `${text}. ${advice}`

/** Findings about one system. */
export class Findings {
  readonly all: Finding[] = []

  constructor(private readonly about: string) {}

  /** Adds what works. */
  ok(text: string): void {
    this.all.push({ level: 'ok', about: this.about, text })
  }

  /** Adds what makes the sync less good or less safe, with what to do. */
  warning(text: string, advice: string): void {
    this.all.push({ level: 'warning', about: this.about, text, advice })
  }

  /** Adds what keeps the sync from working, with what to do. */
  error(text: string, advice: string): void {
    this.all.push({ level: 'error', about: this.about, text, advice })
  }
}

const MARKS = { ok: '✅', warning: '⚠️ ', error: '❌' }

/** Findings as lines for a terminal. */
export function findingLines(findings: Finding[]): string[] {
  return findings.flatMap(({ level, about, text, advice }) => [
    `${MARKS[level]} ${about}: ${text}`,
    ...(advice ? [`      → ${advice}`] : []),
  ])
}

/** True when something keeps the sync from working. */
export const hasErrors = (findings: Finding[]): boolean => findings.some(({ level }) => level === 'error')
