import type { Language } from '../model/reasons'

function build(language: Language) {
  const say = (german: string, english: string): string => (language === 'de' ? german : english)
  return {
    settings: {
      about: say('Einstellungen', 'Settings'),
      advice: say(
        'In .env berichtigen; .env.example sagt, was jede Einstellung ist',
        'Correct it in .env; .env.example says what each setting is',
      ),
    },
  }
}

const TEXTS = { de: build('de'), en: build('en') }

export const doctorText = (language: Language): ReturnType<typeof build> => TEXTS[language]
