import { MotiaStreamProvider } from '@motiadev/stream-client-react'
import { createRoot } from 'react-dom/client'
import { DocumentSyncPage } from './components/document-sync-page'
import './office.css'

/** The page `/office`: the tab's components without the Workbench around them. The server's HTML names the language. */
const root = document.getElementById('office')
const isDark = window.matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark', isDark.matches)
isDark.addEventListener('change', follow)
follow()
if (root) {
  const language = document.documentElement.lang === 'en' ? 'en' : 'de'
  createRoot(root).render(
    <MotiaStreamProvider address={window.location.origin.replace(/^http/, 'ws')}>
      <DocumentSyncPage language={language} isWholeWindow />
    </MotiaStreamProvider>,
  )
}
