import type { Language } from '../model/reasons'
import { loginText } from '../text/login'

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)

/** The page that asks for a token; works without scripts and loads nothing. */
export function loginPage(next: string, language: Language, problem?: string): string {
  const text = loginText(language)
  const alert = problem === undefined ? '' : `<p role="alert">${escapeHtml(problem)}</p>`
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text.title}</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { min-height: 100vh; margin: 0; display: grid; place-items: center; background: Canvas; color: CanvasText; }
  form { display: grid; gap: .75rem; width: min(22rem, 90vw); }
  h1 { font-size: 1.25rem; margin: 0; }
  p { margin: 0; }
  [role=alert] { color: #c02626; font-weight: 600; }
  @media (prefers-color-scheme: dark) { [role=alert] { color: #ff8a8a; } }
  input, button { font: inherit; padding: .6rem .75rem; border-radius: .5rem; border: 1px solid GrayText; }
  button { background: #1e5fd0; border-color: #1e5fd0; color: #fff; cursor: pointer; }
  :focus-visible { outline: 3px solid #6ea8ff; outline-offset: 2px; }
</style>
</head>
<body>
<main>
<form method="post" action="/login">
  <h1>Document Sync</h1>
  ${alert}
  <label for="token">${text.label}</label>
  <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
  <input type="hidden" name="next" value="${escapeHtml(next)}">
  <button type="submit">${text.button}</button>
</form>
</main>
</body>
</html>
`
}
