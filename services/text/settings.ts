import type { Language } from '../model/reasons'

/** What looks like a mistake in `.env`; see `EnvProblem`. */
type Problem =
  | { kind: 'cut'; name: string; at: '#' | '"' }
  | { kind: 'lineFeed' | 'twice'; name: string }
  | { kind: 'unknown'; name: string; nearest: string | null }
  | { kind: 'predecessor'; name: string; now: string | null }
  | { kind: 'noAssignment'; line: number }
  | { kind: 'encoding' }

function build(language: Language) {
  const say = (german: string, english: string): string => (language === 'de' ? german : english)
  const problem = (found: Problem): string => {
    switch (found.kind) {
      case 'cut':
        return found.at === '#'
          ? say(
              `${found.name} in .env wird am # abgeschnitten: Setzen Sie den Wert in einfache Anführungszeichen, ${found.name}='…#…'`,
              `${found.name} in .env is cut off at the #: put the value in single quotes, ${found.name}='…#…'`,
            )
          : say(
              `${found.name} in .env wird hinter dem zweiten Anführungszeichen abgeschnitten: Nehmen Sie eine andere Art Anführungszeichen um den ganzen Wert`,
              `${found.name} in .env is cut off behind the second quotation mark: put another kind of quotes around the whole value`,
            )
      case 'lineFeed':
        return say(
          `${found.name} in .env enthält einen Zeilenumbruch: Zwischen doppelten Anführungszeichen ist \\n einer; nehmen Sie einfache`,
          `${found.name} in .env has a line feed: between double quotes \\n is one; use single quotes`,
        )
      case 'twice':
        return say(
          `${found.name} steht zweimal in .env: Es gilt die letzte Zeile`,
          `${found.name} stands twice in .env: the last line counts`,
        )
      case 'unknown':
        return found.nearest === null
          ? say(
              `${found.name} ist keine Einstellung und wird nicht beachtet (docs/reference.md)`,
              `${found.name} is no setting and has no effect (docs/reference.md)`,
            )
          : say(
              `${found.name} ist keine Einstellung und wird nicht beachtet: Gemeint ist wohl ${found.nearest}`,
              `${found.name} is no setting and has no effect: did you mean ${found.nearest}?`,
            )
      case 'predecessor':
        return found.now === null
          ? say(
              `${found.name} ist eine Einstellung des Vorgängers, die es nicht mehr gibt: Entfernen Sie die Zeile (docs/migration.md)`,
              `${found.name} is a setting of the predecessor and has no counterpart here: remove the line (docs/migration.md)`,
            )
          : say(
              `${found.name} heißt jetzt ${found.now}: Der Name des Vorgängers wird nicht gelesen (docs/migration.md)`,
              `${found.name} is now called ${found.now}: the predecessor's name is not read (docs/migration.md)`,
            )
      case 'noAssignment':
        return say(
          `Zeile ${found.line} in .env ist keine Einstellung (NAME=Wert) und kein Kommentar (#)`,
          `Line ${found.line} of .env is neither a setting (NAME=value) nor a comment (#)`,
        )
      case 'encoding':
        return say(
          '.env ist nicht als UTF-8 ohne BOM gespeichert und wird nicht ganz verstanden: Speichern Sie es so',
          '.env is not saved as UTF-8 without BOM and not fully understood: save it so',
        )
    }
  }
  return {
    problem,
    unreadable: (path: string, code: string) =>
      say(`${path} kann nicht gelesen werden (${code})`, `${path} cannot be read (${code})`),
  }
}

const TEXTS = { de: build('de'), en: build('en') }

export const settingsText = (language: Language): ReturnType<typeof build> => TEXTS[language]
