export { DocumentSyncPage } from './components/document-sync-page'
